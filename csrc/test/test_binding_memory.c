// SPDX-License-Identifier: MIT
// Bindings in a Lua state that runs out of memory: at each allocation in turn
// the call fails as Lua's own calls do, and nothing is lost or touched twice.
// (Run it with the sanitizers, too.)
#include "check.h"
#include "folder.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
    "core = require 'vision.core'\n"
    "core.sha256 ''\n" // OpenSSL begins in this thread, which ends last
    "has_postgres, postgres = pcall(require, 'vision.postgres')\n"
    "null, array, raw = {}, {}, {}\n"
    "function await(o)\n"
    "  while not o:done() do core.loop():wait() core.loop():next() end\n"
    "  return o:result()\n"
    "end\n"
    "function entries(d)\n"
    "  assert(d:read())\n"
    "  local list\n"
    "  repeat core.loop():wait() core.loop():next() list = d:entries()\n"
    "  until list\n"
    "  return list\n"
    "end";

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
    "local c = core.counters(2)\n"
    "assert(c:enter())\n"
    "c:leave(1, 1, 2, 5)\n"
    "local values, in_flight = c:values()\n"
    "assert(values[2] == 5 and in_flight == 0)",
    "local text = core.json_encode({ a = { 1, 2.5 }, b = { c = true } },\n"
    "  null, array, raw, true)\n"
    "assert(#text > 20)\n"
    "local value = { a = { b = { 1, print } } }\n"
    "local ok, err = pcall(core.json_encode, value, null, array, raw)\n"
    "if not err:find \"at 'a.b.2'\" then error(err, 0) end\n"
    "assert(core.json_encode({ d = null }, null, array, raw) == "
    "'{\"d\":null}')",
    "local s = assert(core.shared_state(folder .. '/state'))\n"
    "local b = s:token_bucket('b', { per_minute = 0, burst = 1e9 }, 0)\n"
    "assert(b:take(1, 0) and core.buckets_take({ b }, { 1 }, 0))\n"
    "local h, c = s:histogram 'h', s:counters('c', 3)\n"
    "h:merge(core.histogram())\n"
    "h:merge(s:histogram 'other')\n"
    "c:add(1, 1)\n"
    "assert(#c:values() == 3)\n"
    "assert(s:circuit_breaker('c', { timeout = 5 }, 0):state() == 'closed')\n"
    "local calls = s:concurrency('c', 2)\n"
    "assert(calls:release(calls:acquire(60, 0)))\n"
    "assert(not s:histogram '' and #s:slots() >= 5 and not s:notice())\n"
    "s:close()",
    "assert(not core.shared_state(folder .. '/no/such/state'))",
    "local s = assert(core.sqlite_store(folder .. '/cache.db', 1e6))\n"
    "await(assert(s:put('k', 'value', 1e12, 0)))\n"
    "local found = assert(s:get('k', 0))\n"
    "assert(await(found) == 'value' and not found:notice())\n"
    "await(assert(s:clear()))\n"
    "s:close()",
    "local s = assert(core.sqlite_store(folder .. '/no/cache.db', 1e6))\n"
    "local _, err = await(assert(s:open()))\n"
    "assert(err.reason)",
    "local d = assert(core.directory(folder))\n"
    "assert(#entries(d) >= 1 and d:identity() and #entries(d) == 0)\n"
    "d:close()",
    "assert(#core.folder(folder) >= 1)\n"
    "assert(core.make_folder(folder .. '/a/b') and not core.folder 'none')\n"
    "assert(core.own_folder(folder .. '/own'))\n"
    "assert(not core.own_folder(folder .. '/none/own'))",
    "local w = assert(core.watch({ folder, folder .. '/a' }, 60))\n"
    "assert(w:folders() == 2 and w:id() > 0)\n"
    "w:close()",
    "local s = assert(core.sandbox(1048576))\n"
    "local text = 'return { n = { 1 }, f = function(a) return { a } end }'\n"
    "local data, lines = s:load(text, '=x', 1e6)\n"
    "assert(data.n[1] == 1 and lines.f == 1)\n"
    "assert(s:call('f', 1e5, { 'y' })[1][1] == 'y')\n"
    "local _, err = s:call('f', 1e5, print)\n"
    "assert(err.reason == 'input' and s:usable() and s:memory() > 0)\n"
    "s:close()",
    "if not has_postgres then return end\n"
    "assert(postgres.address 'postgres://u:p@h:7/d' == 'h:7/d')\n"
    "assert(not postgres.address 'postgres://u:%zz@h')\n"
    "local url = 'postgres://u@127.0.0.1:1/d?sslmode=disable'\n"
    "local c = assert(postgres.connect { url = url })\n"
    "while c:open() == false do core.loop():wait() core.loop():next() end\n"
    "local _, err = c:run { { 'SELECT ?, ?', { 1.5, 'x', true, nil } } }\n"
    "assert(err.reason == 'store_unavailable' and c:id() > 0)\n"
    "c:close()",
};

static void load(lua_State *L, const char *text) {
  assert_int_equal(luaL_loadbuffer(L, text, strlen(text), "use"), 0);
}

static int run(lua_State *L, memory *m, long left) {
  lua_pushvalue(L, -1);
  m->left = left;
  int status = lua_pcall(L, 0, 0, 0);
  m->left = -1;
  // A use that catches it throws it again as a text.
  if (status == LUA_ERRRUN && !strstr(lua_tostring(L, -1), "not enough memory"))
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
  lua_pushstring(L, folder);
  lua_setglobal(L, "folder");
  for (size_t i = 0; i < sizeof USES / sizeof *USES; i++)
    run_out_everywhere(L, &m, USES[i]);
  lua_close(L);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_allocation_that_fails_breaks_anything),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
