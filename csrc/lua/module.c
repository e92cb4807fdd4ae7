// SPDX-License-Identifier: MIT
#include "core_api.h"

// The bindings this build has, in any order: each adds its functions.
static void (*const openers[])(lua_State *) = {
    open_child,        open_circuit_breaker, open_concurrency_limit,
    open_counters,     open_digest,          open_directory,
    open_frozen,       open_histogram,       open_http,
    open_http_date,    open_image,           open_image_writer,
    open_json_encode,  open_json_lift,       open_json_text,
    open_loop,         open_lru_cache,       open_process,
    open_reader,       open_sandbox,         open_search_words,
    open_shared_state, open_sqlite_database, open_sqlite_store,
    open_sse,          open_token_bucket,    open_waker,
    open_watch,
};

#if LUA_VERSION_NUM < 502
// The "5.1" module is for LuaJIT; plain Lua 5.1 cannot yield across pcall.
static void refuse_plain_lua(lua_State *L) {
  lua_getglobal(L, "jit");
  if (lua_isnil(L, -1))
    luaL_error(L, "vision needs Lua 5.4 or LuaJIT; this is plain Lua 5.1");
  lua_pop(L, 1);
}
#else
static void refuse_plain_lua(lua_State *L) { (void)L; }
#endif

__attribute__((visibility("default"))) int luaopen_vision_core(lua_State *L);

int luaopen_vision_core(lua_State *L) {
  refuse_plain_lua(L);
  binding_publish_core(L);
  lua_newtable(L);
  for (size_t i = 0; i < sizeof openers / sizeof *openers; i++)
    openers[i](L);
  return 1;
}
