// SPDX-License-Identifier: MIT
#ifndef VISION_LUA_CORE_API_H
#define VISION_LUA_CORE_API_H

#include "../core/descriptors.h"
#include "binding.h"
#include "image.h"
#include "sink.h"

// What vision/core.so does for the optional modules beside it (postgres, redis
// …). They are loaded each by itself and see no symbol of another, and a second
// copy of the core would have a second loop: so it publishes these functions in
// the registry of a Lua state, and a module calls no core but through them. The
// words are those of the headers, where each is explained.

// One more with every change of what stands below.
#define CORE_API_VERSION 3
#define CORE_API_KEY "vision.core_api"

typedef struct core_api {
  int version; // CORE_API_VERSION of the core; stays the first field

  // core/error.h
  int (*error_set)(error *e, enum reason reason, const char *format, ...)
      __attribute__((format(printf, 3, 4)));
  int (*error_memory)(error *e);

  // core/descriptors.h
  size_t (*descriptors_allow)(size_t wanted);

  // core/loop.h; handles are made on loop_uv with libuv, which all share
  loop *(*loop_ref)(loop *l);
  void (*loop_unref)(loop *l);
  bool (*loop_is_inherited)(const loop *l);
  uv_loop_t *(*loop_uv)(loop *l);
  bool (*loop_over_budget)(const loop *l);
  void (*completion_init)(completion *c);
  void (*loop_complete)(loop *l, completion *c);
  void (*loop_forget)(loop *l, completion *c);

  // lua/binding.h, lua/image.h, lua/sink.h
  void (*binding_class)(lua_State *L, const char *name, const luaL_Reg *methods,
                        lua_CFunction gc);
  void *(*binding_new)(lua_State *L, size_t size, const char *class_name);
  int (*binding_fail)(lua_State *L, const error *e);
  loop *(*binding_loop)(lua_State *L, error *e);
  void (*binding_options)(lua_State *L, int index, const option_spec *specs,
                          void *out);
  image *(*binding_test_image)(lua_State *L, int index);
  sink *(*binding_check_sink)(lua_State *L, int index);
} core_api;

// For the core, when it opens: publishes the table in this state.
void binding_publish_core(lua_State *L);

// For a module, when it opens: the functions of the core, which is loaded where
// it is not. Throws where that fails, or where it was built from other sources.
static inline const core_api *core_api_get(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "vision.core");
  lua_call(L, 1, 0);
  lua_getfield(L, LUA_REGISTRYINDEX, CORE_API_KEY);
  const core_api *api = lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (!api || api->version != CORE_API_VERSION)
    luaL_error(L, "vision/core.so and this module beside it are of different "
                  "versions: build and install both again");
  return api;
}

#endif
