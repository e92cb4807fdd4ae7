// SPDX-License-Identifier: MIT
// A frozen text, as a damaged cache file might have it: it is read within its
// bytes, and what it says can be written down and read again.
#include "fuzz.h"

#include "../lua/binding.h"

// A function of the library with the text on top of the stack and the lists'
// metatable: what it gives takes the text's place.
static int ask(lua_State *L, const char *name) {
  lua_getglobal(L, name);
  lua_insert(L, -2);
  lua_getglobal(L, "lists");
  HOLDS(lua_pcall(L, 2, 1, 0) == LUA_OK);
  return !lua_isnil(L, -1);
}

static lua_State *open_state(void) {
  lua_State *L = luaL_newstate();
  HOLDS(L != NULL);
  lua_newtable(L);
  open_frozen(L);
  lua_getfield(L, -1, "thaw");
  lua_setglobal(L, "thaw");
  lua_getfield(L, -1, "freeze");
  lua_setglobal(L, "freeze");
  lua_newtable(L);
  lua_setglobal(L, "lists");
  lua_settop(L, 0);
  return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static lua_State *L;
  if (!L)
    L = open_state();
  lua_pushlstring(L, (const char *)data, size);
  if (ask(L, "thaw")) {
    HOLDS(ask(L, "freeze"));
    HOLDS(ask(L, "thaw"));
  }
  lua_settop(L, 0);
  lua_gc(L, LUA_GCCOLLECT);
  return 0;
}
