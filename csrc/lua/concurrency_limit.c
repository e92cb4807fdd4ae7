// SPDX-License-Identifier: MIT
#include "../core/concurrency_limit.h"

#include "shared_state.h"

#define LIMIT_CLASS "vision.concurrency_limit"
#define SHARED_CLASS "vision.shared_concurrency_limit"

static concurrency_limit *check_limit(lua_State *L) {
  return binding_check_object(L, 1, LIMIT_CLASS, SHARED_CLASS);
}

static int acquire(lua_State *L) {
  concurrency_limit *c = check_limit(L);
  double lease = luaL_checknumber(L, 2), now = luaL_checknumber(L, 3);
  luaL_argcheck(L, lease > 0, 2, "a number of seconds above 0 expected");
  uint64_t permit = concurrency_acquire(c, lease, now);
  if (permit == 0)
    return 0;
  lua_pushnumber(L, (lua_Number)permit);
  return 1;
}

static int release(lua_State *L) {
  concurrency_limit *c = check_limit(L);
  double permit = luaL_checknumber(L, 2);
  luaL_argcheck(L, permit >= 1 && permit <= 0x1p53, 2,
                "a permit of this limit expected");
  lua_pushboolean(L, concurrency_release(c, (uint64_t)permit));
  return 1;
}

static int push_count(lua_State *L, uint64_t count) {
  lua_pushinteger(L, (lua_Integer)count);
  return 1;
}

static int limit(lua_State *L) { return push_count(L, check_limit(L)->limit); }

static int in_flight(lua_State *L) {
  return push_count(L, check_limit(L)->in_flight);
}

static int peak(lua_State *L) { return push_count(L, check_limit(L)->peak); }

static int rejected(lua_State *L) {
  return push_count(L, check_limit(L)->rejected);
}

static int lost(lua_State *L) { return push_count(L, check_limit(L)->lost); }

static uint32_t check_calls(lua_State *L, int index) {
  double calls = luaL_checknumber(L, index);
  luaL_argcheck(L, calls >= 1 && calls <= CONCURRENCY_MAX, index,
                "from 1 to 256 calls expected");
  return (uint32_t)calls;
}

static int core_concurrency_limit(lua_State *L) {
  uint32_t calls = check_calls(L, 1);
  concurrency_limit *c = binding_new(L, sizeof *c, LIMIT_CLASS);
  concurrency_init(c, calls);
  return 1;
}

int binding_state_concurrency(lua_State *L) {
  shared_concurrency_settings settings = {check_calls(L, 3)};
  return binding_push_shared(L, &shared_concurrency, SHARED_CLASS, &settings,
                             binding_mono());
}

void open_concurrency_limit(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"acquire", acquire},     {"release", release}, {"limit", limit},
      {"in_flight", in_flight}, {"peak", peak},       {"rejected", rejected},
      {"lost", lost},           {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"concurrency_limit", core_concurrency_limit}, {NULL, NULL}};
  binding_class(L, LIMIT_CLASS, methods, NULL);
  binding_share_class(L, LIMIT_CLASS, SHARED_CLASS);
  luaL_setfuncs(L, functions, 0);
}
