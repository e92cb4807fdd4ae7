// SPDX-License-Identifier: MIT
// Bindings in a Lua state that runs out of memory: at each allocation in turn
// the call fails as Lua's own calls do, and nothing is lost or touched twice.
// (Run it with the sanitizers, too.)
#include "check.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

// Allocations that still succeed; below 0: all.
typedef struct memory {
  long left;
} memory;

static void *allocate(void *context, void *block, size_t old, size_t size) {
  memory *m = context;
  if (size == 0) {
    free(block);
    return NULL;
  }
  if ((!block || size > old) && m->left >= 0 && m->left-- == 0) {
    m->left = 0; // it stays full
    return NULL;
  }
  return realloc(block, size);
}

static const char OPENING[] =
    "package.cpath = ... .. '/?.so;' .. package.cpath\n"
    "core = require 'vision.core'";

// Each makes and uses what a binding gives.
static const char *const USES[] = {
    "local b = core.token_bucket({ per_minute = 60, burst = 2 }, 0)\n"
    "assert(b:take(1, 0) and b:reserve(2, 0) == 1 and b:available(0) == -1)\n"
    "assert(not core.buckets_take({ b, b }, { 1, 1 }, 0))",
    "local b = core.circuit_breaker { failure_threshold = 1, timeout = 5 }\n"
    "assert(b:record(b:allow(0), 'failure', 1, 0) == 'open')\n"
    "assert(not b:allow(1) and b:state() == 'open' and b:allow(5))",
    "assert(not core.circuit_breaker { window = 'count', window_size = 1 })",
    "local h, other = core.histogram(), core.histogram()\n"
    "h:record(0.25)\n"
    "other:merge(h)\n"
    "assert(other:quantile(0.5) == 0.25 and other:count() == 1)",
    "local c = core.lru_cache(2, 1000)\n"
    "assert(c:put('k', 'value', 1, 0) and c:get('k', 0) == 'value')\n"
    "assert(#c:keys() == 1 and c:stats().hits == 1)",
    "local lists = {}\n"
    "local text = core.freeze({ a = { 1, 2.5 }, b = { c = 'x' } }, lists)\n"
    "assert(core.thaw(text, lists).b.c == 'x')",
    "local c, other = core.concurrency_limit(1), core.concurrency_limit(2)\n"
    "assert(c:acquire(1, 0) == 1 and not c:acquire(1, 0) and c:release(1))\n"
    "assert(other:limit() == 2)",
};

static void load(lua_State *L, const char *text) {
  assert_int_equal(luaL_loadbuffer(L, text, strlen(text), "use"), 0);
}

static int run(lua_State *L, memory *m, long left) {
  lua_pushvalue(L, -1);
  m->left = left;
  int status = lua_pcall(L, 0, 0, 0);
  m->left = -1;
  if (status == LUA_ERRRUN)
    fail_msg("%s", lua_tostring(L, -1));
  return status;
}

static void run_out_everywhere(lua_State *L, memory *m, const char *use) {
  enum { ALLOCATIONS_MAX = 1000 };
  load(L, use);
  for (long left = 0; left < ALLOCATIONS_MAX; left++) {
    lua_gc(L, LUA_GCCOLLECT, 0);
    if (run(L, m, left) == 0) {
      assert_true(left > 1); // it did run out before
      return;
    }
    lua_pop(L, 1);
  }
  fail_msg("it never had enough");
}

static void no_allocation_that_fails_breaks_anything(void **state) {
  (void)state;
  memory m = {-1};
  lua_State *L = lua_newstate(allocate, &m);
  assert_non_null(L);
  luaL_openlibs(L);
  load(L, OPENING);
  lua_pushstring(L, VISION_MODULES);
  if (lua_pcall(L, 1, 0, 0) != 0)
    fail_msg("%s", lua_tostring(L, -1));
  for (size_t i = 0; i < sizeof USES / sizeof *USES; i++)
    run_out_everywhere(L, &m, USES[i]);
  lua_close(L);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_allocation_that_fails_breaks_anything),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
