// SPDX-License-Identifier: MIT
#include "../core/counters.h"

#include "shared_state.h"

#define COUNTERS_CLASS "vision.counters"
#define SHARED_CLASS "vision.shared_counters"

static counters *check_counters(lua_State *L) {
  return binding_check_object(L, 1, COUNTERS_CLASS, SHARED_CLASS);
}

// Pairs of number and amount, all checked before the first is added.
static void check_pairs(lua_State *L, const counters *c) {
  for (int i = 2; i <= lua_gettop(L); i += 2) {
    double index = luaL_checknumber(L, i);
    luaL_argcheck(L, index >= 1 && index <= c->count && index == (int)index, i,
                  "the number of a figure expected");
    double amount = luaL_checknumber(L, i + 1);
    luaL_argcheck(L, amount >= 0 && amount <= 0x1p53, i + 1,
                  "an amount from 0 to 2^53 expected");
  }
}

static void add_pairs(lua_State *L, counters *c) {
  for (int i = 2; i < lua_gettop(L); i += 2)
    counters_add(c, (uint32_t)lua_tonumber(L, i) - 1,
                 (uint64_t)lua_tonumber(L, i + 1));
}

static int add(lua_State *L) {
  counters *c = check_counters(L);
  check_pairs(L, c);
  add_pairs(L, c);
  return 0;
}

static int enter(lua_State *L) {
  lua_pushboolean(L, counters_enter(check_counters(L)));
  return 1;
}

static int leave(lua_State *L) {
  counters *c = check_counters(L);
  check_pairs(L, c);
  counters_leave(c);
  add_pairs(L, c);
  return 0;
}

static int values(lua_State *L) {
  counters *c = check_counters(L);
  lua_createtable(L, (int)c->count, 0);
  for (uint32_t i = 0; i < c->count; i++) {
    lua_pushinteger(L, (lua_Integer)c->values[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  lua_pushinteger(L, (lua_Integer)counters_in_flight(c));
  return 2;
}

static int reset(lua_State *L) {
  counters_reset(check_counters(L));
  return 0;
}

static uint32_t check_count(lua_State *L, int index) {
  double count = luaL_checknumber(L, index);
  luaL_argcheck(L, count >= 1 && count <= COUNTERS_MAX, index,
                "from 1 to 128 figures expected");
  return (uint32_t)count;
}

static int core_counters(lua_State *L) {
  uint32_t count = check_count(L, 1);
  counters *c = binding_new(L, sizeof *c, COUNTERS_CLASS);
  counters_init(c, count);
  return 1;
}

int binding_state_counters(lua_State *L) {
  shared_counters_settings settings = {check_count(L, 3)};
  return binding_push_shared(L, &shared_counters, SHARED_CLASS, &settings,
                             binding_mono());
}

void open_counters(lua_State *L) {
  static const luaL_Reg methods[] = {{"add", add},     {"enter", enter},
                                     {"leave", leave}, {"values", values},
                                     {"reset", reset}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"counters", core_counters},
                                       {NULL, NULL}};
  binding_class(L, COUNTERS_CLASS, methods, NULL);
  binding_share_class(L, COUNTERS_CLASS, SHARED_CLASS);
  luaL_setfuncs(L, functions, 0);
}
