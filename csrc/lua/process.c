// SPDX-License-Identifier: MIT
#include "../core/process_owner.h"

#include "binding.h"

static int core_process_name(lua_State *L) {
  char name[PROCESS_NAME_SIZE];
  process_owner_name(name);
  lua_pushstring(L, name);
  return 1;
}

static int core_process_has_ended(lua_State *L) {
  lua_pushboolean(L, process_owner_has_ended(luaL_checkstring(L, 1)));
  return 1;
}

void open_process(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"process_name", core_process_name},
      {"process_has_ended", core_process_has_ended},
      {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
