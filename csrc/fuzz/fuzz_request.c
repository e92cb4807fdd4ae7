// SPDX-License-Identifier: MIT
// A request to the service: the application in Lua with its parsers, in C and
// in Lua, as both carriers call it. What must hold stands in request.lua. Lines
// of Lua count as covered, too: the fuzzer looks for new ones.
#include "fuzz.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

int luaopen_vision_core(lua_State *L);
int LLVMFuzzerInitialize(int *count, char ***arguments);

enum { LINES = 1 << 15 };

__attribute__((
    section("__libfuzzer_extra_counters"))) static uint8_t lines[LINES];

static lua_State *lua;

// The state keeps what requests leave behind, and looking through all of it
// after each would leave no time for them. The specs look for leaks.
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0"; }

static void on_line(lua_State *L, lua_Debug *at) {
  lua_getinfo(L, "S", at);
  uintptr_t place =
      (uintptr_t)at->source / 16 * 31 + (uintptr_t)at->currentline;
  lines[place % LINES]++;
}

static void call(int arguments, int results) {
  if (lua_pcall(lua, arguments, results, 0) == LUA_OK)
    return;
  fprintf(stderr, "%s\n", luaL_tolstring(lua, -1, NULL));
  abort();
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
  (void)count, (void)arguments;
  lua = luaL_newstate();
  HOLDS(lua != NULL);
  luaL_openlibs(lua);
  luaL_requiref(lua, "vision.core", luaopen_vision_core, 0);
  lua_settop(lua, 0);
  HOLDS(luaL_loadfile(lua, VISION_ROOT "/csrc/fuzz/request.lua") == LUA_OK);
  lua_pushliteral(lua, VISION_ROOT);
  call(1, 1);
  lua_sethook(lua, on_line, LUA_MASKLINE, 0);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lua_pushvalue(lua, 1);
  lua_pushlstring(lua, (const char *)data, size);
  call(1, 0);
  return 0;
}
