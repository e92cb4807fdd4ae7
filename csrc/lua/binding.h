// SPDX-License-Identifier: MIT
#ifndef VISION_LUA_BINDING_H
#define VISION_LUA_BINDING_H

#include "compat.h"

#include "../core/error.h"
#include "../core/loop.h"

#include <stdbool.h>
#include <stddef.h>

// ---- what every binding is made of ----

// A class of userdata: registers its metatable with `methods` as __index, and
// `gc` as __gc (which must cope with an object that is still all zero; NULL: it
// holds nothing but its own bytes).
void binding_class(lua_State *L, const char *name, const luaL_Reg *methods,
                   lua_CFunction gc);

// A new userdata of a class, all zero and already with its __gc: allocate into
// it afterwards, so that an error of Lua's cannot leak.
void *binding_new(lua_State *L, size_t size, const char *class_name);

// Pushes the identity under which an operation's news are queued, or 0 where it
// is closed (NULL); the value to return.
static inline int binding_push_id(lua_State *L, const completion *c) {
  lua_pushinteger(L, c ? (lua_Integer)c->id : 0);
  return 1;
}

// Pushes nil and { reason = …, message = … }; the value to return.
int binding_fail(lua_State *L, const error *e);

// ---- the loop ----

// The process's loop; kept alive until the Lua state ends. NULL: e is set.
loop *binding_loop(lua_State *L, error *e);

// ---- options ----

enum option_type {
  OPTION_STRING,  // const char *; the caller keeps the table alive
  OPTION_BOOLEAN, // bool
  OPTION_INTEGER, // int64_t
  OPTION_NUMBER,  // double
  OPTION_SECONDS, // Lua number of seconds -> int64_t microseconds
};

// One option of a table: where it goes in a struct and what it may be. The
// field keeps its value where the option is absent.
typedef struct option_spec {
  const char *name; // NULL ends the list
  enum option_type type;
  size_t offset;
  double minimum, maximum; // of numbers, in the unit Lua gives
} option_spec;

// Reads the options of the table at `index` into `out`. Wrong types and values
// out of range are misuse and throw, naming the option and what was expected.
void binding_options(lua_State *L, int index, const option_spec *specs,
                     void *out);

// ---- the bindings, each adds its functions to the module table on top ----

void open_child(lua_State *L);
void open_circuit_breaker(lua_State *L);
void open_frozen(lua_State *L);
void open_histogram(lua_State *L);
void open_http(lua_State *L);
void open_loop(lua_State *L);
void open_concurrency_limit(lua_State *L);
void open_counters(lua_State *L);
void open_digest(lua_State *L);
void open_directory(lua_State *L);
void open_http_date(lua_State *L);
void open_image(lua_State *L);
void open_image_writer(lua_State *L);
void open_json_encode(lua_State *L);
void open_json_lift(lua_State *L);
void open_json_text(lua_State *L);
void open_lru_cache(lua_State *L);
void open_process(lua_State *L);
void open_reader(lua_State *L);
void open_sandbox(lua_State *L);
void open_search_words(lua_State *L);
void open_shared_state(lua_State *L);
void open_sqlite_database(lua_State *L);
void open_sqlite_store(lua_State *L);
void open_sse(lua_State *L);
void open_token_bucket(lua_State *L);
void open_waker(lua_State *L);
void open_watch(lua_State *L);

#endif
