// SPDX-License-Identifier: MIT
#ifndef VISION_LUA_COMPAT_H
#define VISION_LUA_COMPAT_H

// One source for Lua 5.4 and LuaJIT. Own shims, and nothing that only LuaJIT
// exports: under plain Lua 5.1 the module must load far enough to say that it
// is not supported.

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#if LUA_VERSION_NUM < 502
#define lua_rawlen lua_objlen
#define luaL_setfuncs vision_setfuncs
#define luaL_testudata vision_testudata
#define lua_absindex vision_absindex

static inline int vision_absindex(lua_State *L, int index) {
  return index > 0 || index <= LUA_REGISTRYINDEX ? index
                                                 : lua_gettop(L) + index + 1;
}

static inline void vision_setfuncs(lua_State *L, const luaL_Reg *list,
                                   int upvalues) {
  (void)upvalues; // always 0 here
  for (; list->name; list++) {
    lua_pushcfunction(L, list->func);
    lua_setfield(L, -2, list->name);
  }
}

static inline void *vision_testudata(lua_State *L, int index,
                                     const char *class_name) {
  void *userdata = lua_touserdata(L, index);
  if (!userdata || !lua_getmetatable(L, index))
    return NULL;
  luaL_getmetatable(L, class_name);
  int same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same ? userdata : NULL;
}
#endif

#if LUA_VERSION_NUM >= 504
#define vision_newuserdata(L, size) lua_newuserdatauv(L, size, 0)
#else
#define vision_newuserdata(L, size) lua_newuserdata(L, size)
#endif

#endif
