// SPDX-License-Identifier: MIT
#include "../core/histogram.h"

#include "shared_state.h"

#define HISTOGRAM_CLASS "vision.histogram"
#define SHARED_CLASS "vision.shared_histogram"

static histogram *check_histogram(lua_State *L, int index) {
  return binding_check_object(L, index, HISTOGRAM_CLASS, SHARED_CLASS);
}

static int record(lua_State *L) {
  histogram *h = check_histogram(L, 1);
  histogram_record(h, luaL_checknumber(L, 2));
  return 0;
}

static int merge(lua_State *L) {
  histogram *h = check_histogram(L, 1);
  histogram_merge(h, check_histogram(L, 2));
  return 0;
}

static int reset(lua_State *L) {
  histogram_reset(check_histogram(L, 1));
  return 0;
}

// What is unknown while nothing was recorded is nil.
static int push_known(lua_State *L, const histogram *h, double value) {
  if (h->count > 0)
    lua_pushnumber(L, value);
  else
    lua_pushnil(L);
  return 1;
}

static int quantile(lua_State *L) {
  histogram *h = check_histogram(L, 1);
  double q = luaL_checknumber(L, 2);
  luaL_argcheck(L, q >= 0 && q <= 1, 2, "a number from 0 to 1 expected");
  return push_known(L, h, histogram_quantile(h, q));
}

static int count_to(lua_State *L) {
  const histogram *h = check_histogram(L, 1);
  lua_pushinteger(L,
                  (lua_Integer)histogram_count_to(h, luaL_checknumber(L, 2)));
  return 1;
}

static int least(lua_State *L) {
  histogram *h = check_histogram(L, 1);
  return push_known(L, h, h->min);
}

static int greatest(lua_State *L) {
  histogram *h = check_histogram(L, 1);
  return push_known(L, h, h->max);
}

static int sum(lua_State *L) {
  lua_pushnumber(L, check_histogram(L, 1)->sum);
  return 1;
}

static int count(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_histogram(L, 1)->count);
  return 1;
}

static int clamped(lua_State *L) {
  histogram *h = check_histogram(L, 1);
  lua_pushinteger(L, (lua_Integer)h->below);
  lua_pushinteger(L, (lua_Integer)h->above);
  return 2;
}

static int core_histogram(lua_State *L) {
  histogram *h = binding_new(L, sizeof *h, HISTOGRAM_CLASS);
  histogram_reset(h);
  return 1;
}

int binding_state_histogram(lua_State *L) {
  return binding_push_shared(L, &shared_histogram, SHARED_CLASS, NULL,
                             binding_mono());
}

void open_histogram(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"record", record},   {"quantile", quantile},
      {"merge", merge},     {"reset", reset},
      {"count", count},     {"sum", sum},
      {"min", least},       {"max", greatest},
      {"clamped", clamped}, {"count_to", count_to},
      {NULL, NULL}};
  static const luaL_Reg functions[] = {{"histogram", core_histogram},
                                       {NULL, NULL}};
  binding_class(L, HISTOGRAM_CLASS, methods, NULL);
  binding_share_class(L, HISTOGRAM_CLASS, SHARED_CLASS);
  luaL_setfuncs(L, functions, 0);
}
