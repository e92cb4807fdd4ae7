// SPDX-License-Identifier: MIT
#include "../core/child.h"

#include "binding.h"

#include <signal.h>
#include <unistd.h>

#define CHILD_CLASS "vision.child"

enum { WORDS_MAX = 1024 };

static child **check_handle(lua_State *L) {
  return luaL_checkudata(L, 1, CHILD_CLASS);
}

static child *check_child(lua_State *L) {
  child **c = check_handle(L);
  luaL_argcheck(L, *c, 1, "this child is closed");
  return *c;
}

static int child_id(lua_State *L) {
  return binding_push_id(L, child_completion(check_child(L)));
}

static int child_pid_method(lua_State *L) {
  lua_pushinteger(L, child_pid(check_child(L)));
  return 1;
}

static int child_ready(lua_State *L) {
  lua_pushboolean(L, child_is_ready(check_child(L)));
  return 1;
}

// Nothing while it runs, else its status and the signal.
static int child_ended(lua_State *L) {
  int status, number;
  if (!child_has_ended(check_child(L), &status, &number))
    return 0;
  lua_pushinteger(L, status);
  lua_pushinteger(L, number);
  return 2;
}

static int child_signal_method(lua_State *L) {
  static const char *const names[] = {"int", "term", "hup", "kill", NULL};
  static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGKILL};
  child *c = check_child(L);
  child_signal(c, numbers[luaL_checkoption(L, 2, NULL, names)]);
  return 0;
}

static int child_close(lua_State *L) {
  child **c = check_handle(L);
  child_delete(*c);
  *c = NULL;
  return 0;
}

// The texts of the list at `index`, which keeps them, as a list of C in a
// userdata on top of the stack.
static char **check_words(lua_State *L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  size_t count = lua_rawlen(L, index);
  luaL_argcheck(L, count <= WORDS_MAX, index, "at most 1024 words");
  const char **words = lua_newuserdata(L, (count + 1) * sizeof *words);
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, index, (int)i + 1);
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, index, "texts expected");
    words[i] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  words[count] = NULL;
  return (char **)words;
}

static int core_child(lua_State *L) {
  lua_Integer inherited = luaL_checkinteger(L, 3);
  luaL_argcheck(L, inherited >= 0 && inherited <= 1 << 20, 3,
                "a descriptor expected");
  char **arguments = check_words(L, 1);
  luaL_argcheck(L, arguments[0], 1, "a program expected");
  char **environment = check_words(L, 2);
  error e = {0};
  loop *l = binding_loop(L, &e);
  if (!l)
    return binding_fail(L, &e);
  child **c = binding_new(L, sizeof *c, CHILD_CLASS);
  *c = child_start(l, arguments, environment, (int)inherited, &e);
  return *c ? 1 : binding_fail(L, &e);
}

static int core_pid(lua_State *L) {
  lua_pushinteger(L, getpid());
  return 1;
}

void open_child(lua_State *L) {
  static const luaL_Reg methods[] = {{"id", child_id},
                                     {"pid", child_pid_method},
                                     {"is_ready", child_ready},
                                     {"ended", child_ended},
                                     {"signal", child_signal_method},
                                     {"close", child_close},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"child", core_child}, {"pid", core_pid}, {NULL, NULL}};
  binding_class(L, CHILD_CLASS, methods, child_close);
  luaL_setfuncs(L, functions, 0);
}
