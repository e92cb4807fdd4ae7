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
#define vision_less(L, a, b) lua_compare(L, a, b, LUA_OPLT)

// Calls body(argument) protected; the argument is its one value. Nothing is
// allocated outside of the protection.
static inline int vision_cpcall(lua_State *L, lua_CFunction body,
                                void *argument) {
  lua_pushcfunction(L, body);
  lua_pushlightuserdata(L, argument);
  return lua_pcall(L, 1, 0, 0);
}

// The table on top of the stack, popped, becomes what the chunk at `index` sees
// as globals.
static inline void vision_setenvironment(lua_State *L, int index) {
  if (!lua_setupvalue(L, index, 1))
    lua_pop(L, 1);
}

static inline void vision_stop_compiling(lua_State *L) { (void)L; }

// Compiles text; that it is no bytecode is for the caller to see.
#define vision_load(L, reader, context, name)                                  \
  lua_load(L, reader, context, name, "t")
#else
#define vision_load lua_load
#define vision_newuserdata(L, size) lua_newuserdata(L, size)
#define vision_less lua_lessthan
#define vision_cpcall lua_cpcall
#define vision_setenvironment lua_setfenv

// LuaJIT's; weak, so that plain Lua 5.1 can load the module.
extern int luaJIT_setmode(lua_State *L, int index, int mode)
    __attribute__((weak));

// No count hook reaches into compiled code: this state only interprets.
static inline void vision_stop_compiling(lua_State *L) {
  if (luaJIT_setmode)
    luaJIT_setmode(L, 0, 0); // LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF
}
#endif

#endif
