// SPDX-License-Identifier: MIT
#include "../core/circuit_breaker.h"

#include "shared_state.h"

#include <math.h>
#include <string.h>

#define BREAKER_CLASS "vision.circuit_breaker"
#define SHARED_CLASS "vision.shared_circuit_breaker"

#define INTEGER_MAX 0x1p53 // to which a double counts one by one

static circuit_breaker *check_breaker(lua_State *L, int index) {
  return binding_check_object(L, index, BREAKER_CLASS, SHARED_CLASS);
}

// Pushes the new state and the old one, or nothing where nothing changed.
static int push_change(lua_State *L, breaker_change change) {
  if (change.from == change.to)
    return 0;
  lua_pushstring(L, breaker_state_word(change.to));
  lua_pushstring(L, breaker_state_word(change.from));
  return 2;
}

static int allow(lua_State *L) {
  circuit_breaker *b = check_breaker(L, 1);
  breaker_answer answer = breaker_allow(b, luaL_checknumber(L, 2));
  if (answer.permit == 0) { // which never comes with a change
    lua_pushnil(L);
    lua_pushnumber(L, answer.wait);
    return 2;
  }
  lua_pushnumber(L, (lua_Number)answer.permit);
  return 1 + push_change(L, answer.change);
}

static uint64_t check_permit(lua_State *L, int index) {
  double permit = luaL_checknumber(L, index);
  luaL_argcheck(L, permit >= 1 && permit <= INTEGER_MAX, index,
                "a permit of this breaker expected");
  return (uint64_t)permit;
}

static int record(lua_State *L) {
  static const char *const outcomes[] = {"success", "failure", "ignored", NULL};
  circuit_breaker *b = check_breaker(L, 1);
  uint64_t permit = check_permit(L, 2);
  int outcome = luaL_checkoption(L, 3, NULL, outcomes);
  double duration = luaL_checknumber(L, 4);
  return push_change(
      L, breaker_record(b, permit, outcome, duration, luaL_checknumber(L, 5)));
}

static int open_for(lua_State *L) {
  circuit_breaker *b = check_breaker(L, 1);
  double seconds = luaL_checknumber(L, 2);
  luaL_argcheck(L, seconds >= 0 && seconds < INFINITY, 2,
                "a number of seconds from 0 on expected");
  return push_change(L, breaker_open_for(b, seconds, luaL_checknumber(L, 3)));
}

static int force_open(lua_State *L) {
  return push_change(L, breaker_force_open(check_breaker(L, 1)));
}

static int disable(lua_State *L) {
  return push_change(L, breaker_disable(check_breaker(L, 1)));
}

static int reset(lua_State *L) {
  return push_change(L, breaker_reset(check_breaker(L, 1)));
}

static int state(lua_State *L) {
  lua_pushstring(L, breaker_state_word(check_breaker(L, 1)->state));
  return 1;
}

static int opens(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_breaker(L, 1)->opens);
  return 1;
}

static int rejected(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_breaker(L, 1)->rejected);
  return 1;
}

// ---- options ----

typedef struct breaker_options {
  breaker_config config; // its numbers
  int64_t failure_threshold, success_threshold, half_open_max_calls;
  int64_t minimum_calls, seed;
  const char *window;
} breaker_options;

#define INTEGER(name, least, most)                                             \
  { #name, OPTION_INTEGER, offsetof(breaker_options, name), least, most }
#define NUMBER(name, least, most)                                              \
  { #name, OPTION_NUMBER, offsetof(breaker_options, config.name), least, most }

static const option_spec specs[] = {
    INTEGER(failure_threshold, 1, 1e6),
    INTEGER(success_threshold, 1, 1e6),
    INTEGER(half_open_max_calls, 1, BREAKER_PROBES_MAX),
    NUMBER(timeout, 0, 86400),
    NUMBER(timeout_factor, 1, 100),
    NUMBER(timeout_max, 0, 86400),
    NUMBER(timeout_jitter, 0, 1),
    NUMBER(probe_timeout, 0.001, 86400),
    {"window", OPTION_STRING, offsetof(breaker_options, window), 0, 0},
    NUMBER(window_size, 0.001, 86400),
    INTEGER(minimum_calls, 1, 1e6),
    NUMBER(failure_rate, 0.001, 1),
    NUMBER(slow_call_rate, 0.001, 1),
    NUMBER(slow_call_duration, 0, 86400),
    INTEGER(seed, 0, INTEGER_MAX),
    {NULL, OPTION_NUMBER, 0, 0, 0}};

static uint32_t judgement_of(lua_State *L, const char *window) {
  if (!window)
    return BREAKER_CONSECUTIVE;
  if (strcmp(window, "count") == 0)
    return BREAKER_COUNT_WINDOW;
  if (strcmp(window, "time") != 0)
    luaL_error(L, "option 'window': count or time expected, got '%s'", window);
  return BREAKER_TIME_WINDOW;
}

static void read_config(lua_State *L, int index, breaker_options *o) {
  breaker_config *c = &o->config;
  memset(o, 0, sizeof *o); // also between the fields: they are compared
  breaker_defaults(c);
  o->failure_threshold = c->failure_threshold;
  o->success_threshold = c->success_threshold;
  o->half_open_max_calls = c->half_open_max_calls;
  o->minimum_calls = c->minimum_calls;
  if (!lua_isnoneornil(L, index))
    binding_options(L, index, specs, o);
  c->failure_threshold = (uint32_t)o->failure_threshold;
  c->success_threshold = (uint32_t)o->success_threshold;
  c->half_open_max_calls = (uint32_t)o->half_open_max_calls;
  c->minimum_calls = (uint32_t)o->minimum_calls;
  c->judgement = judgement_of(L, o->window);
}

static int core_circuit_breaker(lua_State *L) {
  breaker_options options;
  error e = {0};
  read_config(L, 1, &options);
  circuit_breaker *b = binding_new(L, sizeof *b, BREAKER_CLASS);
  if (breaker_init(b, &options.config, (uint64_t)options.seed, &e) < 0)
    return binding_fail(L, &e);
  return 1;
}

int binding_state_circuit_breaker(lua_State *L) {
  breaker_options options;
  circuit_breaker tried;
  error e = {0};
  read_config(L, 3, &options);
  double now = luaL_checknumber(L, 4);
  if (breaker_init(&tried, &options.config, 0, &e) < 0)
    return binding_fail(L, &e);
  return binding_push_shared(L, &shared_circuit_breaker, SHARED_CLASS,
                             &options.config, now);
}

void open_circuit_breaker(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"allow", allow},       {"record", record},
      {"open_for", open_for}, {"force_open", force_open},
      {"disable", disable},   {"reset", reset},
      {"state", state},       {"opens", opens},
      {"rejected", rejected}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"circuit_breaker", core_circuit_breaker}, {NULL, NULL}};
  binding_class(L, BREAKER_CLASS, methods, NULL);
  binding_share_class(L, BREAKER_CLASS, SHARED_CLASS);
  luaL_setfuncs(L, functions, 0);
}
