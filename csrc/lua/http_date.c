// SPDX-License-Identifier: MIT
#include "../core/http_date.h"

#include "../core/clock.h"
#include "binding.h"

// The time to reckon from; tests give their own.
static double wall_now(lua_State *L, int index) {
  return luaL_optnumber(L, index, (lua_Number)clock_wall_us() / 1e6);
}

static int core_http_date(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  int64_t seconds;
  if (!http_date_parse(text, length, wall_now(L, 2), &seconds))
    return 0;
  lua_pushinteger(L, (lua_Integer)seconds);
  return 1;
}

static int push_wait(lua_State *L,
                     bool (*parse)(const char *, size_t, double, double *)) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  double seconds;
  if (!parse(text, length, wall_now(L, 2), &seconds))
    return 0;
  lua_pushnumber(L, seconds);
  return 1;
}

static int core_retry_after(lua_State *L) {
  return push_wait(L, http_retry_after);
}

static int core_rate_reset(lua_State *L) {
  return push_wait(L, http_rate_reset);
}

void open_http_date(lua_State *L) {
  static const luaL_Reg functions[] = {{"http_date", core_http_date},
                                       {"retry_after", core_retry_after},
                                       {"rate_reset", core_rate_reset},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
