// SPDX-License-Identifier: MIT
#include "../core/sqlite_database.h"

#include "sql_request.h"

#include <string.h>

#define DATABASE_CLASS "vision.sqlite_database"
#define OPERATION_CLASS "vision.sqlite_operation"

typedef struct database_handle {
  sqlite_database *database;
} database_handle;

// A request is built in the handle, so that an error of Lua's cannot leak it.
typedef struct operation_handle {
  sqlite_operation *operation;
  sql_request request;
  bool is_read;
} operation_handle;

// ---- the database ----

static sqlite_database *check_database(lua_State *L) {
  database_handle *handle = luaL_checkudata(L, 1, DATABASE_CLASS);
  luaL_argcheck(L, handle->database, 1, "this database is closed");
  return handle->database;
}

static const char *check_path(lua_State *L, int index) {
  size_t length;
  const char *path = luaL_checklstring(L, index, &length);
  luaL_argcheck(L, length > 0 && length == strlen(path), index,
                "a path without zero bytes expected");
  return path;
}

static int core_sqlite_database(lua_State *L) {
  const char *path = check_path(L, 1);
  bool full_sync = lua_toboolean(L, 2);
  error e = {0};
  loop *l = binding_loop(L, &e);
  if (!l)
    return binding_fail(L, &e);
  database_handle *handle = binding_new(L, sizeof *handle, DATABASE_CLASS);
  handle->database = sqlite_database_new(l, path, full_sync, &e);
  return handle->database ? 1 : binding_fail(L, &e);
}

static int database_drop(lua_State *L) {
  database_handle *handle = luaL_checkudata(L, 1, DATABASE_CLASS);
  sqlite_database_unref(handle->database);
  handle->database = NULL;
  return 0;
}

// ---- requests ----

static operation_handle *new_operation(lua_State *L) {
  operation_handle *handle = binding_new(L, sizeof *handle, OPERATION_CLASS);
  sql_request_init(&handle->request);
  return handle;
}

static int finish_start(lua_State *L, const operation_handle *handle,
                        const error *e) {
  return handle->operation ? 1 : binding_fail(L, e);
}

static int database_write(lua_State *L) {
  sqlite_database *d = check_database(L);
  error e = {0};
  int status = 0;
  luaL_checktype(L, 2, LUA_TTABLE);
  size_t count = lua_rawlen(L, 2);
  luaL_argcheck(L, count > 0, 2, "a list of statements expected");
  operation_handle *handle = new_operation(L);
  for (size_t i = 1; i <= count && status == 0; i++) {
    lua_rawgeti(L, 2, (int)i);
    status = binding_add_listed(L, &handle->request, &e);
    lua_pop(L, 1);
  }
  if (status == 0)
    handle->operation = sqlite_database_write(d, &handle->request, &e);
  return finish_start(L, handle, &e);
}

static int database_read(lua_State *L) {
  sqlite_database *d = check_database(L);
  error e = {0};
  lua_Number seconds = luaL_checknumber(L, 4);
  luaL_argcheck(L, seconds > 0 && seconds <= 86400, 4,
                "seconds from 0 to a day expected");
  operation_handle *handle = new_operation(L);
  handle->is_read = true;
  if (binding_add_statement(L, 2, 3, false, &handle->request, &e) == 0)
    handle->operation =
        sqlite_database_read(d, &handle->request, (int64_t)(seconds * 1e6), &e);
  return finish_start(L, handle, &e);
}

static int database_open(lua_State *L) {
  sqlite_database *d = check_database(L);
  error e = {0};
  operation_handle *handle = new_operation(L);
  handle->operation = sqlite_database_open(d, lua_toboolean(L, 2), &e);
  return finish_start(L, handle, &e);
}

static int database_backup(lua_State *L) {
  sqlite_database *d = check_database(L);
  error e = {0};
  const char *path = check_path(L, 2);
  operation_handle *handle = new_operation(L);
  handle->operation = sqlite_database_backup(d, path, &e);
  return finish_start(L, handle, &e);
}

static int database_close(lua_State *L) {
  sqlite_database *d = check_database(L);
  error e = {0};
  operation_handle *handle = new_operation(L);
  handle->operation = sqlite_database_close(d, &e);
  return finish_start(L, handle, &e);
}

// ---- what came of it ----

static sqlite_operation *check_operation(lua_State *L) {
  operation_handle *handle = luaL_checkudata(L, 1, OPERATION_CLASS);
  luaL_argcheck(L, handle->operation, 1, "this operation is closed");
  return handle->operation;
}

static int operation_id(lua_State *L) {
  return binding_push_id(L, sqlite_operation_completion(check_operation(L)));
}

static int operation_done(lua_State *L) {
  lua_pushboolean(L, sqlite_operation_is_done(check_operation(L)));
  return 1;
}

static void push_result(lua_State *L, const sql_rows *rows) {
  lua_createtable(L, 0, 2);
  binding_push_integer(L, rows->changes);
  lua_setfield(L, -2, "changes");
  if (rows->columns == 0)
    return;
  binding_push_rows(L, rows);
  lua_setfield(L, -2, "rows");
}

static int push_failure(lua_State *L, const error *e, size_t statement) {
  binding_fail(L, e);
  if (statement > 0) {
    lua_pushinteger(L, (lua_Integer)statement);
    lua_setfield(L, -2, "index");
  }
  return 2;
}

// Nothing at all while it is not done.
static int operation_result(lua_State *L) {
  const operation_handle *handle = luaL_checkudata(L, 1, OPERATION_CLASS);
  const sqlite_operation *o = check_operation(L);
  const sql_rows *rows;
  size_t count;
  error e = {0};
  if (!sqlite_operation_is_done(o))
    return 0;
  if (sqlite_operation_result(o, &rows, &count, &e) < 0)
    return push_failure(L, &e, handle->is_read ? 0 : count);
  if (handle->is_read) {
    binding_push_rows(L, rows);
    return 1;
  }
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    push_result(L, &rows[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

static int operation_close(lua_State *L) {
  operation_handle *handle = luaL_checkudata(L, 1, OPERATION_CLASS);
  sqlite_operation_delete(handle->operation);
  handle->operation = NULL;
  sql_request_free(&handle->request);
  return 0;
}

void open_sqlite_database(lua_State *L) {
  static const luaL_Reg database_methods[] = {{"open", database_open},
                                              {"write", database_write},
                                              {"read", database_read},
                                              {"backup", database_backup},
                                              {"close", database_close},
                                              {"drop", database_drop},
                                              {NULL, NULL}};
  static const luaL_Reg operation_methods[] = {{"id", operation_id},
                                               {"done", operation_done},
                                               {"result", operation_result},
                                               {"close", operation_close},
                                               {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"sqlite_database", core_sqlite_database}, {NULL, NULL}};
  binding_class(L, DATABASE_CLASS, database_methods, database_drop);
  binding_class(L, OPERATION_CLASS, operation_methods, operation_close);
  luaL_setfuncs(L, functions, 0);
}
