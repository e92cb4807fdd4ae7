// SPDX-License-Identifier: MIT
#include "../core/token_bucket.h"

#include "binding.h"

#define BUCKET_CLASS "vision.token_bucket"

enum { BUCKETS_MAX = 8 }; // taken from at a time

// The only place that knows where a bucket lies.
static token_bucket *check_bucket(lua_State *L, int index) {
  return luaL_checkudata(L, index, BUCKET_CLASS);
}

static double check_cost(lua_State *L, int index) {
  double cost = luaL_checknumber(L, index);
  luaL_argcheck(L, cost >= 0, index, "a number of tokens from 0 on expected");
  return cost;
}

static int push_taken(lua_State *L, double wait) {
  lua_pushboolean(L, wait == 0);
  if (wait == 0)
    return 1;
  lua_pushnumber(L, wait);
  return 2;
}

static int take(lua_State *L) {
  token_bucket *b = check_bucket(L, 1);
  double cost = check_cost(L, 2);
  return push_taken(L, bucket_take(b, cost, luaL_checknumber(L, 3)));
}

static int reserve(lua_State *L) {
  token_bucket *b = check_bucket(L, 1);
  double cost = check_cost(L, 2);
  lua_pushnumber(L, bucket_reserve(b, cost, luaL_checknumber(L, 3)));
  return 1;
}

static int settle(lua_State *L) {
  token_bucket *b = check_bucket(L, 1);
  double difference = luaL_checknumber(L, 2);
  luaL_argcheck(L, difference - difference == 0, 2, "a finite number expected");
  bucket_settle(b, difference);
  return 0;
}

static int refund(lua_State *L) {
  token_bucket *b = check_bucket(L, 1);
  bucket_refund(b, check_cost(L, 2));
  return 0;
}

static int available(lua_State *L) {
  token_bucket *b = check_bucket(L, 1);
  lua_pushnumber(L, bucket_available(b, luaL_checknumber(L, 2)));
  return 1;
}

static token_bucket *bucket_at(lua_State *L, int list, int i) {
  lua_rawgeti(L, list, i);
  token_bucket *b = luaL_testudata(L, -1, BUCKET_CLASS);
  if (!b)
    luaL_error(L, "bucket %d of the list: a token bucket expected, got %s", i,
               luaL_typename(L, -1));
  lua_pop(L, 1);
  return b;
}

static double cost_at(lua_State *L, int list, int i) {
  lua_rawgeti(L, list, i);
  double cost = lua_tonumber(L, -1);
  if (lua_type(L, -1) != LUA_TNUMBER || !(cost >= 0))
    luaL_error(L, "cost %d of the list: a number from 0 on expected", i);
  lua_pop(L, 1);
  return cost;
}

static int core_buckets_take(lua_State *L) {
  token_bucket *buckets[BUCKETS_MAX];
  double costs[BUCKETS_MAX];
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  double now = luaL_checknumber(L, 3);
  size_t count = lua_rawlen(L, 1);
  luaL_argcheck(L, count <= BUCKETS_MAX, 1, "at most 8 buckets expected");
  for (size_t i = 0; i < count; i++) {
    buckets[i] = bucket_at(L, 1, (int)i + 1);
    costs[i] = cost_at(L, 2, (int)i + 1);
  }
  return push_taken(L, buckets_take(buckets, costs, count, now));
}

typedef struct bucket_options {
  double per_minute, burst;
} bucket_options;

static int core_token_bucket(lua_State *L) {
  static const option_spec specs[] = {
      {"per_minute", OPTION_NUMBER, offsetof(bucket_options, per_minute), 0,
       1e12},
      {"burst", OPTION_NUMBER, offsetof(bucket_options, burst), 1, 1e12},
      {NULL, OPTION_NUMBER, 0, 0, 0}};
  bucket_options options = {-1, 0};
  binding_options(L, 1, specs, &options);
  double now = luaL_checknumber(L, 2);
  luaL_argcheck(L, options.per_minute >= 0 && options.burst > 0, 1,
                "per_minute and burst expected");
  token_bucket *b = binding_new(L, sizeof *b, BUCKET_CLASS);
  bucket_init(b, options.per_minute / 60, options.burst, now);
  return 1;
}

void open_token_bucket(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"take", take},     {"reserve", reserve},     {"settle", settle},
      {"refund", refund}, {"available", available}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"token_bucket", core_token_bucket},
                                       {"buckets_take", core_buckets_take},
                                       {NULL, NULL}};
  binding_class(L, BUCKET_CLASS, methods, NULL);
  luaL_setfuncs(L, functions, 0);
}
