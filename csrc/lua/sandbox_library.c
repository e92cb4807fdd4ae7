// SPDX-License-Identifier: MIT
// What a script sees: Lua's own functions where they do little, with their work
// counted where they may do much. Nothing here reads, writes, loads or leads to
// a metatable, a coroutine or pcall (which would catch what stops a script).

#include "sandbox.h"

#include <string.h>

enum { BYTES_PER_STEP = 16 }; // that a library function goes over

// ---- what a call of Lua's own function will cost, in steps ----

static size_t text_length(lua_State *S, int index) {
  size_t length = 0;
  if (lua_type(S, index) == LUA_TSTRING)
    lua_tolstring(S, index, &length);
  return length;
}

static uint64_t texts_cost(lua_State *S) {
  uint64_t bytes = 0;
  for (int i = lua_gettop(S); i > 0; i--)
    bytes += text_length(S, i);
  return bytes / BYTES_PER_STEP;
}

static uint64_t rep_cost(lua_State *S) {
  double count = lua_tonumber(S, 2);
  double bytes = (double)(text_length(S, 1) + text_length(S, 3));
  double steps = count * (1 + bytes) / BYTES_PER_STEP;
  if (!(steps > 0))
    return 0;
  return steps < 1e15 ? (uint64_t)steps : (uint64_t)1e15;
}

static uint64_t list_cost(lua_State *S) {
  return lua_istable(S, 1) ? lua_rawlen(S, 1) : 0;
}

// ---- the same function for all of them: charge, then call it ----

typedef struct charged {
  const char *library, *name;
  uint64_t (*cost)(lua_State *S);
} charged;

static const charged counted[] = {
    {"_G", "tonumber", texts_cost},    {"string", "byte", texts_cost},
    {"string", "lower", texts_cost},   {"string", "rep", rep_cost},
    {"string", "reverse", texts_cost}, {"string", "sub", texts_cost},
    {"string", "upper", texts_cost},   {"table", "concat", list_cost},
    {"table", "insert", list_cost},    {"table", "remove", list_cost},
};

static int call_own(lua_State *S) {
  lua_pushvalue(S, lua_upvalueindex(1));
  lua_insert(S, 1);
  lua_call(S, lua_gettop(S) - 1, LUA_MULTRET);
  return lua_gettop(S);
}

static int call_counted(lua_State *S) {
  const charged *which = lua_touserdata(S, lua_upvalueindex(2));
  sandbox_charge(S, which->cost(S));
  return call_own(S);
}

// ---- sorting: some lists take the square of their length, so what is counted
// is each comparison ----

// Its upvalue is the script's own function, or nil.
static int counted_less(lua_State *S) {
  sandbox_charge(S, 1 + texts_cost(S));
  if (lua_isnil(S, lua_upvalueindex(1))) {
    lua_pushboolean(S, vision_less(S, 1, 2));
    return 1;
  }
  lua_pushvalue(S, lua_upvalueindex(1));
  lua_insert(S, 1);
  lua_call(S, 2, 1);
  return 1;
}

static int table_sort(lua_State *S) {
  lua_settop(S, 2);
  if (lua_isnil(S, 2) || lua_isfunction(S, 2))
    lua_pushcclosure(S, counted_less, 1); // else Lua says what is wrong
  return call_own(S);
}

// ---- texts of values: without addresses, which are nobody's business ----

static void push_text(lua_State *S, int index) {
  switch (lua_type(S, index)) {
  case LUA_TNUMBER:
  case LUA_TSTRING:
    lua_pushvalue(S, index);
    lua_tostring(S, -1);
    break;
  case LUA_TBOOLEAN:
    lua_pushstring(S, lua_toboolean(S, index) ? "true" : "false");
    break;
  default:
    lua_pushstring(S, luaL_typename(S, index));
  }
}

static int base_tostring(lua_State *S) {
  luaL_checkany(S, 1);
  push_text(S, 1);
  return 1;
}

// The letter of the conversion that begins after the '%' at `at`.
static const char *conversion(const char *at, const char *end) {
  while (at < end && strchr("-+ #0123456789.", *at) && *at != '\0')
    at++;
  return at;
}

// Makes texts of what goes to a %s.
static int string_format(lua_State *S) {
  size_t length;
  const char *format = luaL_checklstring(S, 1, &length);
  const char *end = format + length, *at = format;
  int argument = 1, count = lua_gettop(S);
  while ((at = memchr(at, '%', (size_t)(end - at))) != NULL) {
    at = conversion(at + 1, end);
    if (at == end || *at == '%') {
      at += at < end;
      continue;
    }
    if (*at == 'p')
      return luaL_error(S, "invalid conversion '%%p' to 'format'");
    if (++argument <= count && *at == 's') {
      push_text(S, argument);
      lua_replace(S, argument);
    }
  }
  sandbox_charge(S, texts_cost(S));
  return call_own(S);
}

// ---- the library ----

typedef struct section {
  const char *name;
  lua_CFunction open;
  const char *const *kept; // Lua's own functions and constants, as they are
} section;

static const char *const kept_base[] = {"assert", "error",  "ipairs", "next",
                                        "pairs",  "select", "type",   NULL};
static const char *const kept_string[] = {"char", "len", NULL};
static const char *const kept_table[] = {NULL};
static const char *const kept_math[] = {"abs", "ceil", "floor", "fmod", "huge",
                                        "max", "min",  "pi",    "sqrt", NULL};

static const section sections[] = {
    {"_G", luaopen_base, kept_base},
    {"string", luaopen_string, kept_string},
    {"table", luaopen_table, kept_table},
    {"math", luaopen_math, kept_math},
};

// Pushes Lua's own library of a name.
static void open_own(lua_State *S, const section *s) {
  lua_pushcfunction(S, s->open);
  lua_pushstring(S, s->name);
  lua_call(S, 1, 1);
}

// From the library at `own` into what is seen, at `seen`.
static void keep(lua_State *S, const char *const *names, int own, int seen) {
  for (; *names; names++) {
    lua_getfield(S, own, *names);
    lua_setfield(S, seen, *names);
  }
}

static void keep_counted(lua_State *S, const char *library, int own, int seen) {
  for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
    if (strcmp(counted[i].library, library) != 0)
      continue;
    lua_getfield(S, own, counted[i].name);
    lua_pushlightuserdata(S, (void *)&counted[i]);
    lua_pushcclosure(S, call_counted, 2);
    lua_setfield(S, seen, counted[i].name);
  }
}

static void add_table_functions(lua_State *S, int own, int seen) {
  lua_getfield(S, own, "sort");
  lua_pushcclosure(S, table_sort, 1);
  lua_setfield(S, seen, "sort");
}

// All texts have one metatable, through which ("x"):rep() is found.
static void add_string_functions(lua_State *S, int own, int seen) {
  static const luaL_Reg patterns[] = {{"find", sandbox_find},
                                      {"gmatch", sandbox_gmatch},
                                      {"gsub", sandbox_gsub},
                                      {"match", sandbox_match},
                                      {NULL, NULL}};
  lua_pushvalue(S, seen);
  luaL_setfuncs(S, patterns, 0);
  lua_getfield(S, own, "format");
  lua_pushcclosure(S, string_format, 1);
  lua_setfield(S, seen, "format");
  lua_pushliteral(S, "");
  lua_getmetatable(S, -1);
  lua_pushvalue(S, seen);
  lua_setfield(S, -2, "__index");
  lua_pop(S, 3);
}

void sandbox_push_library(lua_State *S) {
  lua_newtable(S);
  int all = lua_gettop(S);
  for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
    const section *s = &sections[i];
    open_own(S, s);
    if (i == 0)
      lua_pushvalue(S, all);
    else
      lua_newtable(S);
    keep(S, s->kept, all + 1, all + 2);
    keep_counted(S, s->name, all + 1, all + 2);
    if (s->open == luaopen_string)
      add_string_functions(S, all + 1, all + 2);
    if (s->open == luaopen_table)
      add_table_functions(S, all + 1, all + 2);
    if (i > 0)
      lua_setfield(S, all, s->name);
    lua_settop(S, all);
  }
  lua_pushcfunction(S, base_tostring);
  lua_setfield(S, all, "tostring");
}
