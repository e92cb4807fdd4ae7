// SPDX-License-Identifier: MIT
// A table as one string and back, faster than by JSON and without its losses:
// which empty tables are lists, and which numbers are whole.
//
// A value is a tag and what belongs to it, sizes and numbers in the machine's
// byte order. A frozen text is read on the machine that wrote it, but it may
// come from a damaged file: nothing in it is believed.
#include "../core/buffer.h"
#include "binding.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define BUFFER_CLASS "vision.frozen_buffer"

enum {
  FORMAT = 1,
  DEPTH_MAX = 100, // as base/json.lua has it
  BYTES_MAX = 64 * 1024 * 1024,
  LISTS = 2, // where the metatable of lists stands on the stack
};

// Of a table: the values of its list, then key and value of the others.
typedef struct table_head {
  uint32_t listed, keyed;
  uint8_t is_list; // has the metatable
} table_head;

// ---- freezing ----

typedef struct writer {
  lua_State *L;
  buffer *out;
  const char *fault; // why it cannot be frozen
} writer;

static void write_value(writer *w, int index, int depth);

static void write_bytes(writer *w, const void *bytes, size_t size) {
  error e = {0};
  if (!w->fault && buffer_append(w->out, bytes, size, &e) < 0)
    w->fault = e.reason == REASON_MEMORY ? "out of memory"
                                         : "more than 64 MiB to freeze";
}

static void write_tagged(writer *w, char tag, const void *bytes, size_t size) {
  write_bytes(w, &tag, 1);
  write_bytes(w, bytes, size);
}

// What is whole is so under both Luas.
static bool to_whole(lua_State *L, int index, int64_t *out) {
#if LUA_VERSION_NUM >= 503
  *out = lua_isinteger(L, index) ? lua_tointeger(L, index) : 0;
  return lua_isinteger(L, index);
#else
  double number = lua_tonumber(L, index);
  bool whole = number == floor(number) && fabs(number) < 0x1p53;
  *out = whole ? (int64_t)number : 0;
  return whole;
#endif
}

static void write_number(writer *w, int index) {
  int64_t whole;
  double number = lua_tonumber(w->L, index);
  if (to_whole(w->L, index, &whole))
    write_tagged(w, 'i', &whole, sizeof whole);
  else
    write_tagged(w, 'd', &number, sizeof number);
}

static void write_string(writer *w, int index) {
  size_t length;
  const char *text = lua_tolstring(w->L, index, &length);
  uint32_t size = (uint32_t)length;
  if (length > BYTES_MAX)
    w->fault = "more than 64 MiB to freeze";
  write_tagged(w, 's', &size, sizeof size);
  write_bytes(w, text, length);
}

static bool is_listed(lua_State *L, int index, uint32_t listed) {
  double key = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : 0;
  return key >= 1 && key <= listed && key == floor(key);
}

static table_head head_of(writer *w, int index) {
  lua_State *L = w->L;
  table_head head = {.listed = (uint32_t)lua_rawlen(L, index)};
  if (lua_getmetatable(L, index)) {
    head.is_list = (uint8_t)lua_rawequal(L, -1, LISTS);
    if (!head.is_list)
      w->fault = "a table with a metatable of its own cannot be frozen";
    lua_pop(L, 1);
  }
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
    head.keyed += !is_listed(L, -2, head.listed);
  return head;
}

static void write_table(writer *w, int index, int depth) {
  lua_State *L = w->L;
  if (depth >= DEPTH_MAX) {
    w->fault = "tables nested deeper than 100 cannot be frozen";
    return;
  }
  luaL_checkstack(L, 4, NULL);
  table_head head = head_of(w, index);
  write_bytes(w, "t", 1);
  write_bytes(w, &head.listed, sizeof head.listed);
  write_bytes(w, &head.keyed, sizeof head.keyed);
  write_bytes(w, &head.is_list, 1);
  for (uint32_t i = 1; i <= head.listed && !w->fault; i++) {
    lua_rawgeti(L, index, (int)i);
    write_value(w, lua_gettop(L), depth + 1);
    lua_pop(L, 1);
  }
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    if (w->fault || is_listed(L, -2, head.listed))
      continue;
    int value = lua_gettop(L);
    write_value(w, value - 1, depth + 1);
    write_value(w, value, depth + 1);
  }
}

static void write_value(writer *w, int index, int depth) {
  switch (lua_type(w->L, index)) {
  case LUA_TNIL: // a hole in a list
    write_bytes(w, "n", 1);
    break;
  case LUA_TBOOLEAN:
    write_bytes(w, lua_toboolean(w->L, index) ? "y" : "f", 1);
    break;
  case LUA_TNUMBER:
    write_number(w, index);
    break;
  case LUA_TSTRING:
    write_string(w, index);
    break;
  case LUA_TTABLE:
    write_table(w, index, depth);
    break;
  default:
    w->fault = "functions and userdata cannot be frozen";
  }
}

static int fail(lua_State *L, enum reason reason, const char *why) {
  error e = {0};
  error_set(&e, reason, "%s", why);
  return binding_fail(L, &e);
}

static int core_freeze(lua_State *L) {
  static const uint8_t format = FORMAT;
  luaL_checkany(L, 1);
  luaL_checktype(L, LISTS, LUA_TTABLE);
  lua_settop(L, LISTS);
  buffer *out = binding_new(L, sizeof *out, BUFFER_CLASS);
  buffer_init(out, BYTES_MAX);
  writer w = {.L = L, .out = out};
  write_bytes(&w, &format, 1);
  write_value(&w, 1, 0);
  if (w.fault)
    return fail(L, REASON_INPUT, w.fault);
  lua_pushlstring(L, out->data, out->length);
  buffer_free(out);
  return 1;
}

static int buffer_gc(lua_State *L) {
  buffer_free(lua_touserdata(L, 1));
  return 0;
}

// ---- thawing ----

typedef struct reader {
  lua_State *L;
  const char *at, *end;
  size_t items; // that tables may still claim: each is a byte at least
} reader;

static bool read_value(reader *r, int depth); // pushes it

static bool read_bytes(reader *r, void *out, size_t size) {
  if ((size_t)(r->end - r->at) < size)
    return false;
  memcpy(out, r->at, size);
  r->at += size;
  return true;
}

static bool read_string(reader *r) {
  uint32_t size;
  if (!read_bytes(r, &size, sizeof size) || (size_t)(r->end - r->at) < size)
    return false;
  lua_pushlstring(r->L, r->at, size);
  r->at += size;
  return true;
}

static bool read_whole(reader *r) {
  int64_t whole;
  if (!read_bytes(r, &whole, sizeof whole))
    return false;
#if LUA_VERSION_NUM >= 503
  lua_pushinteger(r->L, (lua_Integer)whole);
#else
  lua_pushnumber(r->L, (lua_Number)whole);
#endif
  return true;
}

static bool read_double(reader *r) {
  double number;
  if (!read_bytes(r, &number, sizeof number))
    return false;
  lua_pushnumber(r->L, number);
  return true;
}

static bool is_key(lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TNUMBER)
    return !isnan(lua_tonumber(L, index));
  return lua_type(L, index) == LUA_TSTRING ||
         lua_type(L, index) == LUA_TBOOLEAN;
}

static bool read_items(reader *r, const table_head *head, int depth) {
  int table = lua_gettop(r->L);
  for (uint32_t i = 1; i <= head->listed; i++) {
    if (!read_value(r, depth + 1))
      return false;
    lua_rawseti(r->L, table, (int)i);
  }
  for (uint32_t i = 0; i < head->keyed; i++) {
    if (!read_value(r, depth + 1) || !is_key(r->L, -1) ||
        !read_value(r, depth + 1))
      return false;
    lua_rawset(r->L, table);
  }
  return true;
}

static bool read_head(reader *r, table_head *head) {
  return read_bytes(r, &head->listed, sizeof head->listed) &&
         read_bytes(r, &head->keyed, sizeof head->keyed) &&
         read_bytes(r, &head->is_list, 1);
}

// All tables together claim no more room than there is text, else each in
// another might claim all of it.
static bool claim_items(reader *r, const table_head *head) {
  uint64_t items = (uint64_t)head->listed + 2 * (uint64_t)head->keyed;
  if (items > r->items)
    return false;
  r->items -= (size_t)items;
  return true;
}

static bool read_table(reader *r, int depth) {
  table_head head;
  if (depth >= DEPTH_MAX || !read_head(r, &head) || !claim_items(r, &head))
    return false;
  luaL_checkstack(r->L, 4, NULL);
  lua_createtable(r->L, (int)head.listed, (int)head.keyed);
  if (head.is_list) {
    lua_pushvalue(r->L, LISTS);
    lua_setmetatable(r->L, -2);
  }
  return read_items(r, &head, depth);
}

static bool read_value(reader *r, int depth) {
  char tag;
  if (!read_bytes(r, &tag, 1))
    return false;
  switch (tag) {
  case 'n':
    lua_pushnil(r->L);
    return true;
  case 'y':
  case 'f':
    lua_pushboolean(r->L, tag == 'y');
    return true;
  case 'i':
    return read_whole(r);
  case 'd':
    return read_double(r);
  case 's':
    return read_string(r);
  case 't':
    return read_table(r, depth);
  default:
    return false;
  }
}

static int core_thaw(lua_State *L) {
  size_t length;
  uint8_t format;
  const char *text = luaL_checklstring(L, 1, &length);
  luaL_checktype(L, LISTS, LUA_TTABLE);
  lua_settop(L, LISTS);
  reader r = {.L = L, .at = text, .end = text + length, .items = length};
  if (length > BYTES_MAX || !read_bytes(&r, &format, 1) || format != FORMAT ||
      !read_value(&r, 0) || r.at != r.end)
    return fail(L, REASON_INPUT, "a frozen text is damaged");
  return 1;
}

void open_frozen(lua_State *L) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"freeze", core_freeze}, {"thaw", core_thaw}, {NULL, NULL}};
  binding_class(L, BUFFER_CLASS, none, buffer_gc);
  luaL_setfuncs(L, functions, 0);
}
