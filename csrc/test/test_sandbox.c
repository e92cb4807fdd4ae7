// SPDX-License-Identifier: MIT
// Memory runs out at every allocation in turn (the linker sends them through
// here): nothing crashes, nothing is lost, and what went wrong is said.
#include "check.h"

#include "../lua/sandbox_run.h"
#include "../lua/value.h"

#include <stdlib.h>
#include <string.h>

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);
// NOLINTEND(bugprone-reserved-identifier)

static int until_failure = -1; // allocations that still succeed; < 0: all
static int live;               // blocks that were not freed

static bool fails(void) { return until_failure >= 0 && until_failure-- == 0; }

void *__wrap_calloc(size_t count, size_t size) {
  void *block = fails() ? NULL : __real_calloc(count, size);
  live += block != NULL;
  return block;
}

void *__wrap_realloc(void *block, size_t size) {
  void *fresh = fails() ? NULL : __real_realloc(block, size);
  live += fresh && !block;
  return fresh;
}

void __wrap_free(void *block) {
  live -= block != NULL;
  __real_free(block);
}

enum { MEMORY = 16 << 20, STEPS = 200000 };

static const char script[] =
    "local function upper(s) return (s:gsub('%l+', string.upper)) end\n"
    "return { name = 'n', list = { 1, 2, { 'x' } },\n"
    "  f = function(job)\n"
    "    local words = {}\n"
    "    for word in job.text:gmatch('%a+') do words[#words + 1] = word end\n"
    "    table.sort(words)\n"
    "    return { upper(table.concat(words, ' ')), ('%d'):format(#words) }\n"
    "  end }";

// What the whole way gives: true, or false with e set.
static bool use(lua_State *host, error *e) {
  sandbox *box = sandbox_new(MEMORY, e);
  if (!box)
    return false;
  bool ok = sandbox_load(box, script, strlen(script), "=", STEPS, e) == 0;
  for (int round = 0; ok && round < 2; round++) {
    sandbox_values(box)->length = 0;
    ok = value_write(host, -1, sandbox_values(box), NULL, e) == 0 &&
         sandbox_call(box, "f", STEPS, e) == 0;
  }
  if (!ok && sandbox_is_usable(box)) {
    error again = {0};
    sandbox_values(box)->length = 0;
    sandbox_call(box, "f", STEPS, &again);
  }
  sandbox_delete(box);
  return ok;
}

static lua_State *new_host(void) {
  lua_State *host = luaL_newstate();
  assert_non_null(host);
  lua_newtable(host);
  lua_pushliteral(host, "the quick brown fox");
  lua_setfield(host, -2, "text");
  return host;
}

#if LUA_VERSION_NUM < 502
static void *count(void *context, void *block, size_t old, size_t size) {
  (void)old;
  *(int *)context += size > 0;
  if (size > 0)
    return realloc(block, size);
  free(block);
  return NULL;
}

// LuaJIT's lua_newstate crashes when it gets no memory: fail after it.
static int first_failure(void) {
  int allocations = 1; // that of the sandbox itself
  lua_close(lua_newstate(count, &allocations));
  return allocations;
}
#else
static int first_failure(void) { return 0; }
#endif

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  lua_State *host = new_host();
  int first = first_failure(), n = first;
  for (bool ok = false; !ok; n++) {
    error e = {0};
    live = 0;
    until_failure = n;
    ok = use(host, &e);
    bool reached = until_failure < 0;
    until_failure = -1;
    assert_int_equal(live, 0);
    assert_true(ok || e.message[0] != '\0');
    if (reached) // Lua may do without what it could not get
      ok = false;
  }
  assert_true(n - first > 50);
  lua_close(host);
}

static void test_a_stopped_state_is_gone(void **state) {
  (void)state;
  static const char endless[] =
      "return { f = function() while true do end end }";
  error e = {0};
  live = 0;
  sandbox *box = sandbox_new(MEMORY, &e);
  assert_non_null(box);
  assert_int_equal(sandbox_load(box, endless, strlen(endless), "=", STEPS, &e),
                   0);
  sandbox_values(box)->length = 0;
  assert_int_equal(sandbox_call(box, "f", STEPS, &e), -1);
  assert_int_equal(e.reason, REASON_SCRIPT);
  assert_string_equal(e.message, ":1: it does not come to an end");
  assert_false(sandbox_is_usable(box));
  assert_int_equal(sandbox_memory(box), 0);
  assert_int_equal(sandbox_call(box, "f", STEPS, &e), -1);
  sandbox_delete(box);
  assert_int_equal(live, 0);
}

static sandbox *loaded(const char *text) {
  error e = {0};
  sandbox *box = sandbox_new(MEMORY, &e);
  assert_non_null(box);
  assert_int_equal(sandbox_load(box, text, strlen(text), "=", STEPS, &e), 0);
  sandbox_values(box)->length = 0;
  return box;
}

// Without memory for the run the sandbox stays the caller's.
static sandbox_run *started(loop *l, sandbox *box) {
  error e = {0};
  until_failure = 0;
  assert_null(sandbox_run_new(l, box, "f", STEPS, &e));
  until_failure = -1;
  assert_int_equal(e.reason, REASON_MEMORY);
  assert_true(sandbox_is_usable(box));
  sandbox_run *r = sandbox_run_new(l, box, "f", STEPS, &e);
  assert_non_null(r);
  return r;
}

static void await(loop *l, const sandbox_run *r) {
  while (!sandbox_run_is_done(r))
    assert_true(loop_wait(l, 10 * 1000 * 1000));
  assert_true(loop_take(l) != 0);
}

static void test_a_run_on_the_pool(void **state) {
  (void)state;
  error e = {0};
  loop *l = loop_get(&e);
  assert_non_null(l);
  sandbox_run *r =
      started(l, loaded("return { f = function() return { 1 } end }"));
  await(l, r);
  assert_non_null(sandbox_run_result(r, &e));
  sandbox_run_delete(r);
  r = started(l, loaded("return { f = function() while true do end end }"));
  await(l, r);
  assert_null(sandbox_run_result(r, &e));
  assert_string_equal(e.message, ":1: it does not come to an end");
  sandbox_run_delete(r);
  // Nobody waits for this one: the loop lets go of it when it has ended.
  r = started(l, loaded("return { f = function() while true do end end }"));
  sandbox_run_delete(r);
  loop_unref(l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_allocation_may_fail),
      cmocka_unit_test(test_a_stopped_state_is_gone),
      cmocka_unit_test(test_a_run_on_the_pool),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
