// SPDX-License-Identifier: MIT
#include "binding.h"

#include "../core/json_text.h"

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

void open_json_text(lua_State *L) {
  static const luaL_Reg methods[] = {{NULL, NULL}};
  static const luaL_Reg functions[] = {{"json_quote", core_json_quote},
                                       {"utf8_error", core_utf8_error},
                                       {NULL, NULL}};
  binding_class(L, TEXT_CLASS, methods, text_gc);
  lua_pushlightuserdata(L, &buffer_key);
  buffer_init(binding_new(L, sizeof(buffer), TEXT_CLASS), LITERAL_MAX);
  lua_rawset(L, LUA_REGISTRYINDEX);
  luaL_setfuncs(L, functions, 0);
}
