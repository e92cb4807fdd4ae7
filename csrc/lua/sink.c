// SPDX-License-Identifier: MIT
#include "sink.h"

sink *binding_check_sink(lua_State *L, int index) {
  sink *s = luaL_testudata(L, index, JSON_LIFT_CLASS);
  if (!s)
    s = luaL_checkudata(L, index, IMAGE_WRITER_CLASS);
  return s->feed ? s : NULL;
}

int binding_feed_method(lua_State *L) {
  sink *s = binding_check_sink(L, 1);
  luaL_argcheck(L, s, 1, "finished or closed");
  size_t length;
  const char *bytes = luaL_checklstring(L, 2, &length);
  error e = {0};
  if (s->feed(s, bytes, length, &e) < 0)
    return binding_fail(L, &e);
  lua_pushboolean(L, 1);
  return 1;
}
