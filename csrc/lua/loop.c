// SPDX-License-Identifier: MIT
#include "binding.h"

#include "../core/clock.h"
#include "../core/random.h"
#include "../core/timer.h"

#include <signal.h>
#include <string.h>

#define LOOP_CLASS "vision.loop"
#define TIMER_CLASS "vision.timer"
#define SIGNAL_CLASS "vision.signal"

// The limit of a wait: a year, so that sums of microseconds stay far from
// overflow.
static const double MAXIMUM_SECONDS = 366.0 * 86400;

typedef struct loop_handle {
  loop *loop;
} loop_handle;

static char loop_key; // its address is the registry key of the loop's handle

// A fork leaves the parent's loop in the registry: then a new handle is made.
static loop *kept_loop(lua_State *L) {
  lua_pushlightuserdata(L, &loop_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  loop_handle *handle = lua_touserdata(L, -1);
  if (handle && handle->loop && !loop_is_inherited(handle->loop))
    return handle->loop;
  lua_pop(L, 1);
  return NULL;
}

// Leaves the handle on the stack, unless it fails.
static loop *push_loop(lua_State *L, error *e) {
  loop *kept = kept_loop(L);
  if (kept)
    return kept;
  loop_handle *handle = binding_new(L, sizeof *handle, LOOP_CLASS);
  handle->loop = loop_get(e);
  if (!handle->loop) {
    lua_pop(L, 1);
    return NULL;
  }
  lua_pushlightuserdata(L, &loop_key);
  lua_pushvalue(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
  return handle->loop;
}

loop *binding_loop(lua_State *L, error *e) {
  loop *l = push_loop(L, e);
  if (l)
    lua_pop(L, 1);
  return l;
}

static loop *check_loop(lua_State *L) {
  loop_handle *handle = luaL_checkudata(L, 1, LOOP_CLASS);
  // A finalizer may come after the loop's own when the state is closed.
  luaL_argcheck(L, handle->loop, 1, "this loop has ended with its Lua state");
  if (loop_is_inherited(handle->loop))
    luaL_error(L, "this loop belongs to the parent process: "
                  "call core.loop() again after a fork");
  return handle->loop;
}

static int loop_gc(lua_State *L) {
  loop_handle *handle = luaL_checkudata(L, 1, LOOP_CLASS);
  if (!handle->loop)
    return 0;
  // Handles that were closed since the last run are freed by this one.
  if (!loop_is_inherited(handle->loop))
    loop_step(handle->loop, 0);
  loop_unref(handle->loop);
  handle->loop = NULL;
  return 0;
}

static int core_loop(lua_State *L) {
  error e = {0};
  return push_loop(L, &e) ? 1 : binding_fail(L, &e);
}

// Seconds at argument `index` as microseconds; `absent` where it is nil.
static int64_t check_seconds(lua_State *L, int index, int64_t absent) {
  if (lua_isnoneornil(L, index))
    return absent;
  double seconds = luaL_checknumber(L, index);
  luaL_argcheck(L, seconds >= 0 && seconds <= MAXIMUM_SECONDS, index,
                "seconds from 0 to a year expected");
  return (int64_t)(seconds * 1e6);
}

static int loop_wait_method(lua_State *L) {
  loop *l = check_loop(L);
  lua_pushboolean(L, loop_wait(l, check_seconds(L, 2, -1)));
  return 1;
}

static int loop_step_method(lua_State *L) {
  loop *l = check_loop(L);
  double budget_us = luaL_optnumber(L, 2, 0);
  luaL_argcheck(L, budget_us >= 0 && budget_us <= 60e6, 2,
                "microseconds from 0 to 60000000 expected");
  loop_step(l, (int64_t)budget_us);
  return 0;
}

static int loop_next_method(lua_State *L) {
  uint64_t id = loop_take(check_loop(L));
  if (id == 0)
    return 0;
  lua_pushinteger(L, (lua_Integer)id);
  return 1;
}

static int loop_fd_method(lua_State *L) {
  lua_pushinteger(L, loop_descriptor(check_loop(L)));
  return 1;
}

static int loop_due_method(lua_State *L) {
  int64_t due_us = loop_next_due_us(check_loop(L));
  if (due_us < 0)
    return 0;
  lua_pushnumber(L, (lua_Number)due_us / 1e6);
  return 1;
}

// ---- timers and signals: the same four methods on two kinds ----

static int timer_id(lua_State *L) {
  delay **t = luaL_checkudata(L, 1, TIMER_CLASS);
  return binding_push_id(L, *t ? delay_completion(*t) : NULL);
}

static int timer_close(lua_State *L) {
  delay **t = luaL_checkudata(L, 1, TIMER_CLASS);
  delay_delete(*t);
  *t = NULL;
  return 0;
}

static int loop_timer_method(lua_State *L) {
  loop *l = check_loop(L);
  int64_t delay_us = check_seconds(L, 2, 0);
  error e = {0};
  delay **t = binding_new(L, sizeof *t, TIMER_CLASS);
  *t = delay_new(l, delay_us, &e);
  return *t ? 1 : binding_fail(L, &e);
}

static int signal_id(lua_State *L) {
  signal_watch **s = luaL_checkudata(L, 1, SIGNAL_CLASS);
  return binding_push_id(L, *s ? signal_watch_completion(*s) : NULL);
}

static int signal_close(lua_State *L) {
  signal_watch **s = luaL_checkudata(L, 1, SIGNAL_CLASS);
  signal_watch_delete(*s);
  *s = NULL;
  return 0;
}

static int check_signal(lua_State *L, int index) {
  static const char *const names[] = {"int", "term", "hup", NULL};
  static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
  return numbers[luaL_checkoption(L, index, NULL, names)];
}

static int loop_signal_method(lua_State *L) {
  loop *l = check_loop(L);
  int number = check_signal(L, 2);
  error e = {0};
  signal_watch **s = binding_new(L, sizeof *s, SIGNAL_CLASS);
  *s = signal_watch_new(l, number, &e);
  return *s ? 1 : binding_fail(L, &e);
}

static int core_mono(lua_State *L) {
  lua_pushnumber(L, (lua_Number)clock_mono_us() / 1e6);
  return 1;
}

static int core_wall(lua_State *L) {
  lua_pushnumber(L, (lua_Number)clock_wall_us() / 1e6);
  return 1;
}

static int core_random(lua_State *L) {
  lua_pushnumber(L, random_unit());
  return 1;
}

// The words of all reasons, for the spec that compares them with Lua's table.
static int core_reasons(lua_State *L) {
  lua_createtable(L, REASON_COUNT - 1, 0);
  for (int i = 1; i < REASON_COUNT; i++) {
    lua_pushstring(L, reason_word((enum reason)i));
    lua_rawseti(L, -2, i);
  }
  return 1;
}

void open_loop(lua_State *L) {
  static const luaL_Reg loop_methods[] = {
      {"wait", loop_wait_method},     {"step", loop_step_method},
      {"next", loop_next_method},     {"fd", loop_fd_method},
      {"due", loop_due_method},       {"timer", loop_timer_method},
      {"signal", loop_signal_method}, {NULL, NULL}};
  static const luaL_Reg timer_methods[] = {{"id", timer_id},
                                           {"cancel", timer_close},
                                           {"close", timer_close},
                                           {NULL, NULL}};
  static const luaL_Reg signal_methods[] = {
      {"id", signal_id}, {"close", signal_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"loop", core_loop},     {"mono", core_mono},       {"wall", core_wall},
      {"random", core_random}, {"reasons", core_reasons}, {NULL, NULL}};
  binding_class(L, LOOP_CLASS, loop_methods, loop_gc);
  binding_class(L, TIMER_CLASS, timer_methods, timer_close);
  binding_class(L, SIGNAL_CLASS, signal_methods, signal_close);
  luaL_setfuncs(L, functions, 0);
}
