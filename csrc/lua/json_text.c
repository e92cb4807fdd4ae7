// SPDX-License-Identifier: MIT
#include "binding.h"

#include "../core/json_text.h"

#include <math.h>

#define TEXT_CLASS "vision.json_text"

// One literal is at most this long: far above what a request holds.
enum { LITERAL_MAX = 256 * 1024 * 1024 };

static char buffer_key; // registry key of the buffer that all calls share

static int text_gc(lua_State *L) {
  buffer_free(luaL_checkudata(L, 1, TEXT_CLASS));
  return 0;
}

static buffer *shared_buffer(lua_State *L) {
  lua_pushlightuserdata(L, &buffer_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  buffer *b = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return b;
}

static int core_json_quote(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  buffer *b = shared_buffer(L);
  error e = {0};
  b->length = 0;
  if (json_quote(b, text, length, &e) < 0)
    return luaL_error(L, "cannot quote %s", e.message);
  lua_pushlstring(L, b->data, b->length);
  if (b->capacity > 1 << 20) // a rare long text must not stay for ever
    buffer_free(b);
  return 1;
}

static int core_utf8_error(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  size_t valid = utf8_valid_length(text, length);
  if (valid == length)
    return 0;
  lua_pushnumber(L, (lua_Number)valid + 1);
  return 1;
}

// ---- what a decoder leaves behind ----

// Replaces the value of the key below it, in the table `table`, by the value on
// top, which it takes away.
static void replace_value(lua_State *L, int table) {
  lua_pushvalue(L, -3);
  lua_insert(L, -2);
  lua_rawset(L, table);
}

// Closes the holes of a list that had `count` items.
static void close_up(lua_State *L, int table, int count) {
  int kept = 0;
  for (int at = 1; at <= count; at++) {
    lua_rawgeti(L, table, at);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      continue;
    }
    lua_pushnil(L);
    lua_rawseti(L, table, at);
    lua_rawseti(L, table, ++kept);
  }
}

// Lua 5.4: a whole number becomes an integer, so that 2 prints as "2".
static bool tidy_number(lua_State *L, int table) {
  if (!isfinite(lua_tonumber(L, -1)))
    return false;
#if LUA_VERSION_NUM >= 503
  int is_whole;
  lua_Integer whole = lua_tointegerx(L, -1, &is_whole);
  if (is_whole && !lua_isinteger(L, -1)) {
    lua_pushinteger(L, whole);
    replace_value(L, table);
  }
#else
  (void)table;
#endif
  return true;
}

// The table on top of the stack. The decoder has bounded its depth.
static bool tidy(lua_State *L) {
  luaL_checkstack(L, 4, "JSON is nested too deeply");
  int table = lua_gettop(L), count = (int)lua_rawlen(L, table);
  bool has_holes = false;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    int type = lua_type(L, -1);
    if (type == LUA_TTABLE && !tidy(L))
      return false;
    if (type == LUA_TNUMBER && !tidy_number(L, table))
      return false;
    if (type == LUA_TLIGHTUSERDATA) { // null
      lua_pushnil(L);
      replace_value(L, table);
      has_holes = true;
    }
  }
  if (has_holes)
    close_up(L, table, count);
  return true;
}

static int core_json_tidy(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_pushboolean(L, tidy(L));
  return 1;
}

void open_json_text(lua_State *L) {
  static const luaL_Reg methods[] = {{NULL, NULL}};
  static const luaL_Reg functions[] = {{"json_quote", core_json_quote},
                                       {"json_tidy", core_json_tidy},
                                       {"utf8_error", core_utf8_error},
                                       {NULL, NULL}};
  binding_class(L, TEXT_CLASS, methods, text_gc);
  lua_pushlightuserdata(L, &buffer_key);
  buffer_init(binding_new(L, sizeof(buffer), TEXT_CLASS), LITERAL_MAX);
  lua_rawset(L, LUA_REGISTRYINDEX);
  luaL_setfuncs(L, functions, 0);
}
