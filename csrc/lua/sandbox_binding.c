// SPDX-License-Identifier: MIT
#include "binding.h"
#include "sandbox_run.h"
#include "value.h"

#define SANDBOX_CLASS "vision.sandbox"
#define RUN_CLASS "vision.sandbox_run"

enum {
  MEMORY_LEAST = 1 << 17, // bytes; less holds no library
  MEMORY_MOST = 1 << 28,
};

static sandbox **check_handle(lua_State *L) {
  return luaL_checkudata(L, 1, SANDBOX_CLASS);
}

static sandbox *check_sandbox(lua_State *L) {
  sandbox *box = *check_handle(L);
  luaL_argcheck(L, box, 1, "closed");
  return box;
}

static int sandbox_close(lua_State *L) {
  sandbox **handle = check_handle(L);
  sandbox_delete(*handle);
  *handle = NULL;
  return 0;
}

// A sandbox's script calls nothing of ours, so no call is inside another one.
static uint64_t check_steps(lua_State *L, int index) {
  double steps = luaL_checknumber(L, index);
  luaL_argcheck(L, steps >= 1000 && steps <= 1e12, index,
                "steps from 1000 to 1e12 expected");
  return (uint64_t)steps;
}

static int sandbox_load_method(lua_State *L) {
  sandbox *box = check_sandbox(L);
  size_t length;
  const char *text = luaL_checklstring(L, 2, &length);
  const char *name = luaL_checkstring(L, 3);
  error e = {0};
  if (sandbox_load(box, text, length, name, check_steps(L, 4), &e) != 0)
    return binding_fail(L, &e);
  return value_read(L, sandbox_values(box));
}

// Writes the arguments from `index` on; a fault names the one it is in: "#2".
static int write_arguments(lua_State *L, int index, buffer *out, error *e) {
  int top = lua_gettop(L);
  out->length = 0;
  for (int i = index; i <= top; i++) {
    error inner = {0};
    if (value_write(L, i, out, NULL, &inner) != 0)
      return error_set(e, inner.reason, "#%d %s", i - index + 1, inner.message);
  }
  return 0;
}

static int sandbox_call_method(lua_State *L) {
  sandbox *box = check_sandbox(L);
  const char *function = luaL_checkstring(L, 2);
  uint64_t steps = check_steps(L, 3);
  error e = {0};
  if (write_arguments(L, 4, sandbox_values(box), &e) != 0 ||
      sandbox_call(box, function, steps, &e) != 0)
    return binding_fail(L, &e);
  return value_read(L, sandbox_values(box));
}

// The sandbox goes over to the run, its handle is closed.
static int sandbox_start_method(lua_State *L) {
  sandbox *box = check_sandbox(L);
  const char *function = luaL_checkstring(L, 2);
  uint64_t steps = check_steps(L, 3);
  error e = {0};
  loop *l = binding_loop(L, &e);
  if (!l || write_arguments(L, 4, sandbox_values(box), &e) != 0)
    return binding_fail(L, &e);
  sandbox_run **handle = binding_new(L, sizeof *handle, RUN_CLASS);
  *handle = sandbox_run_new(l, box, function, steps, &e);
  if (!*handle)
    return binding_fail(L, &e);
  *check_handle(L) = NULL;
  return 1;
}

static sandbox_run *check_run(lua_State *L) {
  sandbox_run **handle = luaL_checkudata(L, 1, RUN_CLASS);
  luaL_argcheck(L, *handle, 1, "closed");
  return *handle;
}

static int run_id(lua_State *L) {
  return binding_push_id(L, sandbox_run_completion(check_run(L)));
}

static int run_done(lua_State *L) {
  lua_pushboolean(L, sandbox_run_is_done(check_run(L)));
  return 1;
}

// Nothing at all while it is not done.
static int run_result(lua_State *L) {
  sandbox_run *r = check_run(L);
  if (!sandbox_run_is_done(r))
    return 0;
  error e = {0};
  const buffer *values = sandbox_run_result(r, &e);
  return values ? value_read(L, values) : binding_fail(L, &e);
}

static int run_close(lua_State *L) {
  sandbox_run **handle = luaL_checkudata(L, 1, RUN_CLASS);
  sandbox_run_delete(*handle);
  *handle = NULL;
  return 0;
}

static int sandbox_usable_method(lua_State *L) {
  lua_pushboolean(L, sandbox_is_usable(check_sandbox(L)));
  return 1;
}

static int sandbox_memory_method(lua_State *L) {
  lua_pushnumber(L, (lua_Number)sandbox_memory(check_sandbox(L)));
  return 1;
}

static int core_sandbox(lua_State *L) {
  double memory = luaL_checknumber(L, 1);
  luaL_argcheck(L, memory >= MEMORY_LEAST && memory <= MEMORY_MOST, 1,
                "bytes from 131072 to 268435456 expected");
  sandbox **handle = binding_new(L, sizeof *handle, SANDBOX_CLASS);
  error e = {0};
  *handle = sandbox_new((size_t)memory, &e);
  return *handle ? 1 : binding_fail(L, &e);
}

void open_sandbox(lua_State *L) {
  static const luaL_Reg methods[] = {{"load", sandbox_load_method},
                                     {"call", sandbox_call_method},
                                     {"start", sandbox_start_method},
                                     {"usable", sandbox_usable_method},
                                     {"memory", sandbox_memory_method},
                                     {"close", sandbox_close},
                                     {NULL, NULL}};
  static const luaL_Reg run_methods[] = {{"id", run_id},
                                         {"done", run_done},
                                         {"result", run_result},
                                         {"close", run_close},
                                         {NULL, NULL}};
  static const luaL_Reg functions[] = {{"sandbox", core_sandbox}, {NULL, NULL}};
  binding_class(L, SANDBOX_CLASS, methods, sandbox_close);
  binding_class(L, RUN_CLASS, run_methods, run_close);
  luaL_setfuncs(L, functions, 0);
}
