// SPDX-License-Identifier: MIT
#include "../core/waker.h"

#include "binding.h"

#define WAKER_CLASS "vision.waker"

static waker **check_handle(lua_State *L) {
  return luaL_checkudata(L, 1, WAKER_CLASS);
}

static waker *check_waker(lua_State *L) {
  waker **w = check_handle(L);
  luaL_argcheck(L, *w, 1, "this waker is closed");
  return *w;
}

static int waker_accept_method(lua_State *L) {
  waker *w = check_waker(L);
  error e = {0};
  if (waker_accept(w, &e) != 0)
    return binding_fail(L, &e);
  lua_pushboolean(L, 1);
  return 1;
}

static int waker_arm_method(lua_State *L) {
  waker_arm(check_waker(L));
  return 0;
}

static int waker_close(lua_State *L) {
  waker **w = check_handle(L);
  waker_delete(*w);
  *w = NULL;
  return 0;
}

static int core_waker(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  error e = {0};
  loop *l = binding_loop(L, &e);
  if (!l)
    return binding_fail(L, &e);
  waker **w = binding_new(L, sizeof *w, WAKER_CLASS);
  *w = waker_new(l, path, &e);
  return *w ? 1 : binding_fail(L, &e);
}

void open_waker(lua_State *L) {
  static const luaL_Reg methods[] = {{"accept", waker_accept_method},
                                     {"arm", waker_arm_method},
                                     {"close", waker_close},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {{"waker", core_waker}, {NULL, NULL}};
  binding_class(L, WAKER_CLASS, methods, waker_close);
  luaL_setfuncs(L, functions, 0);
}
