// SPDX-License-Identifier: MIT
#include "../core/token_bucket.h"

#include "shared_state.h"

#define BUCKET_CLASS "vision.token_bucket"
#define SHARED_CLASS "vision.shared_token_bucket"

enum { BUCKETS_MAX = 8 }; // taken from at a time

static token_bucket *check_bucket(lua_State *L, int index) {
  return binding_check_object(L, index, BUCKET_CLASS, SHARED_CLASS);
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

// What is taken from together: private buckets and those of one shared state.
typedef struct bucket_list {
  size_t count, shared;
  token_bucket *buckets[BUCKETS_MAX];
  double costs[BUCKETS_MAX];
  shared_state *state;
  shared_slot *slots[BUCKETS_MAX]; // of the shared ones
  size_t places[BUCKETS_MAX];      // where those stand among the buckets
} bucket_list;

static void add_shared(lua_State *L, bucket_list *list, shared_handle *handle) {
  if (list->state && list->state != handle->state)
    luaL_error(L, "buckets of one opening of a shared state expected");
  list->state = handle->state;
  list->places[list->shared] = list->count++;
  list->slots[list->shared++] = &handle->slot;
}

static void add_bucket(lua_State *L, bucket_list *list, int i) {
  lua_rawgeti(L, 1, i);
  token_bucket *own = luaL_testudata(L, -1, BUCKET_CLASS);
  shared_handle *handle = luaL_testudata(L, -1, SHARED_CLASS);
  if (own)
    list->buckets[list->count++] = own;
  else if (handle)
    add_shared(L, list, handle);
  else
    luaL_error(L, "bucket %d of the list: a token bucket expected, got %s", i,
               luaL_typename(L, -1));
  lua_pop(L, 1);
}

static double cost_at(lua_State *L, int list, int i) {
  lua_rawgeti(L, list, i);
  double cost = lua_tonumber(L, -1);
  if (lua_type(L, -1) != LUA_TNUMBER || !(cost >= 0))
    luaL_error(L, "cost %d of the list: a number from 0 on expected", i);
  lua_pop(L, 1);
  return cost;
}

static double take_all(bucket_list *list, double now) {
  if (list->shared == 0)
    return buckets_take(list->buckets, list->costs, list->count, now);
  shared_state_enter(list->state, list->slots, list->shared, binding_mono());
  for (size_t i = 0; i < list->shared; i++)
    list->buckets[list->places[i]] = list->slots[i]->payload;
  double wait = buckets_take(list->buckets, list->costs, list->count, now);
  shared_state_leave(list->state, list->slots, list->shared);
  return wait;
}

static int core_buckets_take(lua_State *L) {
  bucket_list list = {0};
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  double now = luaL_checknumber(L, 3);
  size_t count = lua_rawlen(L, 1);
  luaL_argcheck(L, count <= BUCKETS_MAX, 1, "at most 8 buckets expected");
  for (int i = 1; i <= (int)count; i++) {
    add_bucket(L, &list, i);
    list.costs[i - 1] = cost_at(L, 2, i);
  }
  return push_taken(L, take_all(&list, now));
}

typedef struct bucket_options {
  double per_minute, burst;
} bucket_options;

static shared_bucket_settings read_settings(lua_State *L, int index) {
  static const option_spec specs[] = {
      {"per_minute", OPTION_NUMBER, offsetof(bucket_options, per_minute), 0,
       1e12},
      {"burst", OPTION_NUMBER, offsetof(bucket_options, burst), 1, 1e12},
      {NULL, OPTION_NUMBER, 0, 0, 0}};
  bucket_options options = {-1, 0};
  binding_options(L, index, specs, &options);
  luaL_argcheck(L, options.per_minute >= 0 && options.burst > 0, index,
                "per_minute and burst expected");
  return (shared_bucket_settings){options.per_minute / 60, options.burst};
}

static int core_token_bucket(lua_State *L) {
  shared_bucket_settings settings = read_settings(L, 1);
  double now = luaL_checknumber(L, 2);
  token_bucket *b = binding_new(L, sizeof *b, BUCKET_CLASS);
  bucket_init(b, settings.rate, settings.burst, now);
  return 1;
}

int binding_state_token_bucket(lua_State *L) {
  shared_bucket_settings settings = read_settings(L, 3);
  return binding_push_shared(L, &shared_token_bucket, SHARED_CLASS, &settings,
                             luaL_checknumber(L, 4));
}

void open_token_bucket(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"take", take},     {"reserve", reserve},     {"settle", settle},
      {"refund", refund}, {"available", available}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"token_bucket", core_token_bucket},
                                       {"buckets_take", core_buckets_take},
                                       {NULL, NULL}};
  binding_class(L, BUCKET_CLASS, methods, NULL);
  binding_share_class(L, BUCKET_CLASS, SHARED_CLASS);
  luaL_setfuncs(L, functions, 0);
}
