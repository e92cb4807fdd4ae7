// SPDX-License-Identifier: MIT
#include "shared_state.h"

#include "../core/clock.h"

#include <string.h>

#define STATE_CLASS "vision.shared_state"

typedef struct state_handle {
  shared_state *state;
} state_handle;

double binding_mono(void) { return (double)clock_mono_us() / 1e6; }

// ---- objects in it ----

static int object_gc(lua_State *L) {
  shared_handle *handle = lua_touserdata(L, 1);
  shared_state_unref(handle->state);
  handle->state = NULL;
  return 0;
}

// The objects among the arguments, the first of them `self`.
static size_t collect(lua_State *L, const char *class_name,
                      shared_slot *slots[2]) {
  const shared_handle *self = luaL_checkudata(L, 1, class_name);
  size_t count = 0;
  for (int i = 1; i <= lua_gettop(L) && count < 2; i++) {
    shared_handle *handle = luaL_testudata(L, i, class_name);
    if (!handle)
      continue;
    luaL_argcheck(L, handle->state == self->state, i,
                  "an object of the same opening of the state expected");
    slots[count++] = &handle->slot;
  }
  return count;
}

// Protected, since a wrong argument must not leave the state locked.
static int call_method(lua_State *L) {
  const char *class_name = lua_tostring(L, lua_upvalueindex(2));
  shared_slot *slots[2];
  size_t count = collect(L, class_name, slots);
  shared_state *state = ((shared_handle *)lua_touserdata(L, 1))->state;
  int arguments = lua_gettop(L);
  luaL_checkstack(L, 2, NULL);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  shared_state_enter(state, slots, count, binding_mono());
  int status = lua_pcall(L, arguments, LUA_MULTRET, 0);
  shared_state_leave(state, slots, count);
  return status == 0 ? lua_gettop(L) : lua_error(L);
}

void binding_share_class(lua_State *L, const char *own_class,
                         const char *shared_class) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  binding_class(L, shared_class, none, object_gc);
  luaL_getmetatable(L, shared_class);
  lua_getfield(L, -1, "__index");
  luaL_getmetatable(L, own_class);
  lua_getfield(L, -1, "__index");
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2); // name, name, method
    lua_pushstring(L, shared_class);
    lua_pushcclosure(L, call_method, 2);
    lua_rawset(L, -6);
  }
  lua_pop(L, 4);
}

void *binding_check_object(lua_State *L, int index, const char *own_class,
                           const char *shared_class) {
  void *own = luaL_testudata(L, index, own_class);
  if (own)
    return own;
  shared_handle *handle = luaL_testudata(L, index, shared_class);
  if (handle && handle->slot.payload)
    return handle->slot.payload;
  return luaL_checkudata(L, index, own_class);
}

static shared_state *check_state(lua_State *L) {
  state_handle *handle = luaL_checkudata(L, 1, STATE_CLASS);
  luaL_argcheck(L, handle->state, 1, "this shared state is closed");
  return handle->state;
}

int binding_push_shared(lua_State *L, const shared_kind *kind,
                        const char *shared_class, const void *settings,
                        double now) {
  shared_state *state = check_state(L);
  size_t length;
  const char *name = luaL_checklstring(L, 2, &length);
  error e = {0};
  shared_handle *handle = binding_new(L, sizeof *handle, shared_class);
  if (shared_slot_init(&handle->slot, state, kind, name, length, settings, now,
                       &e) < 0)
    return binding_fail(L, &e);
  handle->state = shared_state_ref(state);
  return 1;
}

// ---- the state ----

static int core_shared_state(lua_State *L) {
  size_t length;
  const char *path = luaL_checklstring(L, 1, &length);
  luaL_argcheck(L, length > 0 && length == strlen(path), 1,
                "a path without zero bytes expected");
  error e = {0};
  state_handle *handle = binding_new(L, sizeof *handle, STATE_CLASS);
  handle->state = shared_state_open(path, &e);
  return handle->state ? 1 : binding_fail(L, &e);
}

static int state_notice(lua_State *L) {
  state_handle *handle = luaL_checkudata(L, 1, STATE_CLASS);
  char notice[ERROR_MESSAGE_MAX];
  if (!handle->state) // what came from it goes on working
    return 0;
  shared_state_take_notice(handle->state, notice);
  if (*notice == '\0')
    return 0;
  lua_pushstring(L, notice);
  return 1;
}

static int state_slots(lua_State *L) {
  const shared_state *state = check_state(L);
  char name[SHARED_NAME_MAX + 1];
  const shared_kind *kind;
  int count = 0;
  lua_newtable(L);
  for (uint32_t i = 0; i < SHARED_SLOTS; i++) {
    if (!shared_state_slot_at(state, i, name, &kind))
      continue;
    lua_createtable(L, 0, 2);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, kind->word);
    lua_setfield(L, -2, "kind");
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

static int state_close(lua_State *L) {
  state_handle *handle = luaL_checkudata(L, 1, STATE_CLASS);
  shared_state_unref(handle->state);
  handle->state = NULL;
  return 0;
}

void open_shared_state(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"token_bucket", binding_state_token_bucket},
      {"circuit_breaker", binding_state_circuit_breaker},
      {"histogram", binding_state_histogram},
      {"concurrency", binding_state_concurrency},
      {"counters", binding_state_counters},
      {"notice", state_notice},
      {"slots", state_slots},
      {"close", state_close},
      {NULL, NULL}};
  static const luaL_Reg functions[] = {{"shared_state", core_shared_state},
                                       {NULL, NULL}};
  binding_class(L, STATE_CLASS, methods, state_close);
  luaL_setfuncs(L, functions, 0);
}
