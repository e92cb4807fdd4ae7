// SPDX-License-Identifier: MIT
#include "../core/sqlite_store.h"

#include "binding.h"

#include <string.h>

#define STORE_CLASS "vision.sqlite_store"
#define OPERATION_CLASS "vision.store_operation"

typedef struct store_handle {
  sqlite_store *store;
} store_handle;

typedef struct operation_handle {
  store_operation *operation;
} operation_handle;

// ---- the store ----

static sqlite_store *check_store(lua_State *L) {
  store_handle *handle = luaL_checkudata(L, 1, STORE_CLASS);
  luaL_argcheck(L, handle->store, 1, "this store is closed");
  return handle->store;
}

static int core_sqlite_store(lua_State *L) {
  static const lua_Number maximum = 1099511627776.0;
  size_t length;
  const char *path = luaL_checklstring(L, 1, &length);
  lua_Number max_bytes = luaL_checknumber(L, 2);
  luaL_argcheck(L, length > 0 && length == strlen(path), 1,
                "a path without zero bytes expected");
  luaL_argcheck(L, max_bytes >= 1 && max_bytes <= maximum, 2,
                "from 1 byte to 1 TiB expected");
  error e = {0};
  loop *l = binding_loop(L, &e);
  if (!l)
    return binding_fail(L, &e);
  store_handle *handle = binding_new(L, sizeof *handle, STORE_CLASS);
  handle->store = sqlite_store_new(l, path, max_bytes, &e);
  return handle->store ? 1 : binding_fail(L, &e);
}

static int store_close(lua_State *L) {
  store_handle *handle = luaL_checkudata(L, 1, STORE_CLASS);
  sqlite_store_unref(handle->store);
  handle->store = NULL;
  return 0;
}

// ---- operations ----

static int start(lua_State *L, const store_request *r) {
  error e = {0};
  sqlite_store *s = check_store(L);
  operation_handle *handle = binding_new(L, sizeof *handle, OPERATION_CLASS);
  handle->operation = store_operation_new(s, r, &e);
  return handle->operation ? 1 : binding_fail(L, &e);
}

static int store_open(lua_State *L) {
  store_request r = {.action = STORE_OPEN};
  return start(L, &r);
}

static int store_clear(lua_State *L) {
  store_request r = {.action = STORE_CLEAR};
  return start(L, &r);
}

static const char *check_key(lua_State *L, size_t *length) {
  const char *key = luaL_checklstring(L, 2, length);
  luaL_argcheck(L, *length > 0, 2, "a key of at least 1 byte expected");
  return key;
}

static int store_get(lua_State *L) {
  store_request r = {.action = STORE_GET};
  r.key = check_key(L, &r.key_length);
  r.now = luaL_checknumber(L, 3);
  return start(L, &r);
}

static int store_put(lua_State *L) {
  store_request r = {.action = STORE_PUT};
  size_t size;
  r.key = check_key(L, &r.key_length);
  const char *bytes = luaL_checklstring(L, 3, &size);
  r.expires = luaL_checknumber(L, 4);
  r.now = luaL_checknumber(L, 5);
  check_store(L);
  error e = {0};
  operation_handle *handle = binding_new(L, sizeof *handle, OPERATION_CLASS);
  r.value = blob_copy(bytes, size, &e);
  if (r.value)
    handle->operation = store_operation_new(check_store(L), &r, &e);
  blob_unref(r.value);
  return handle->operation ? 1 : binding_fail(L, &e);
}

static store_operation *check_operation(lua_State *L) {
  operation_handle *handle = luaL_checkudata(L, 1, OPERATION_CLASS);
  luaL_argcheck(L, handle->operation, 1, "this operation is closed");
  return handle->operation;
}

static int operation_id(lua_State *L) {
  return binding_push_id(L, store_operation_completion(check_operation(L)));
}

static int operation_done(lua_State *L) {
  lua_pushboolean(L, store_operation_is_done(check_operation(L)));
  return 1;
}

static int push_found(lua_State *L, const blob *value, double expires) {
  lua_pushlstring(L, (const char *)value->data, value->size);
  lua_pushnumber(L, expires);
  return 2;
}

// Nothing at all while it is not done.
static int operation_result(lua_State *L) {
  store_operation *o = check_operation(L);
  blob *value;
  double expires;
  error e = {0};
  if (!store_operation_is_done(o))
    return 0;
  if (store_operation_result(o, &value, &expires, &e) < 0)
    return binding_fail(L, &e);
  if (value)
    return push_found(L, value, expires);
  lua_pushboolean(L, 0);
  return 1;
}

static int operation_notice(lua_State *L) {
  const store_operation *o = check_operation(L);
  if (!store_operation_is_done(o) || *store_operation_notice(o) == '\0')
    return 0;
  lua_pushstring(L, store_operation_notice(o));
  return 1;
}

static int operation_close(lua_State *L) {
  operation_handle *handle = luaL_checkudata(L, 1, OPERATION_CLASS);
  store_operation_delete(handle->operation);
  handle->operation = NULL;
  return 0;
}

void open_sqlite_store(lua_State *L) {
  static const luaL_Reg store_methods[] = {
      {"open", store_open},   {"get", store_get},     {"put", store_put},
      {"clear", store_clear}, {"close", store_close}, {NULL, NULL}};
  static const luaL_Reg operation_methods[] = {
      {"id", operation_id},         {"done", operation_done},
      {"result", operation_result}, {"notice", operation_notice},
      {"close", operation_close},   {NULL, NULL}};
  static const luaL_Reg functions[] = {{"sqlite_store", core_sqlite_store},
                                       {NULL, NULL}};
  binding_class(L, STORE_CLASS, store_methods, store_close);
  binding_class(L, OPERATION_CLASS, operation_methods, operation_close);
  luaL_setfuncs(L, functions, 0);
}
