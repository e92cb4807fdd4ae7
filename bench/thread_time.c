// SPDX-License-Identifier: MIT
// A Lua module with one function: seconds of processor time that the calling
// thread has used. (os.clock counts those of all threads.)

#include <lauxlib.h>
#include <lua.h>
#include <time.h>

int luaopen_thread_time(lua_State *L);

static int thread_time(lua_State *L) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec / 1e9);
  return 1;
}

int luaopen_thread_time(lua_State *L) {
  lua_pushcfunction(L, thread_time);
  return 1;
}
