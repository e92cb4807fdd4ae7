// SPDX-License-Identifier: MIT
#include "sql_request.h"

#include "image.h"

#include <math.h>

static sql_value number_value(lua_State *L, int index) {
  sql_value v = {.type = SQL_REAL, .real = lua_tonumber(L, index)};
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(L, index)) {
    v.type = SQL_INTEGER;
    v.integer = lua_tointeger(L, index);
    return v;
  }
#endif
  // LuaJIT knows doubles alone: whole ones mean integers, under both Luas.
  if (v.real == floor(v.real) && fabs(v.real) < 9007199254740992.0) {
    v.type = SQL_INTEGER;
    v.integer = (int64_t)v.real;
  }
  return v;
}

static sql_value image_value(lua_State *L, int index, int number) {
  const image *i = binding_test_image(L, index);
  sql_value v = {.type = SQL_BLOB};
  if (i)
    v.shared = i->bytes;
  else
    luaL_error(L,
               "parameter %d: nil, a boolean, a number, a text or an image "
               "expected, got %s",
               number, luaL_typename(L, index));
  return v;
}

static sql_value value_at(lua_State *L, int index, int number) {
  sql_value v = {.type = SQL_NULL};
  switch (lua_type(L, index)) {
  case LUA_TNIL:
    return v;
  case LUA_TBOOLEAN:
    v.type = SQL_INTEGER;
    v.integer = lua_toboolean(L, index);
    return v;
  case LUA_TNUMBER:
    v = number_value(L, index);
    if (isnan(v.real))
      luaL_error(L, "parameter %d is not a number (NaN)", number);
    return v;
  case LUA_TSTRING:
    v.type = SQL_TEXT;
    v.bytes = lua_tolstring(L, index, &v.size);
    return v;
  default:
    return image_value(L, index, number);
  }
}

static size_t parameter_count(lua_State *L, int index) {
  lua_getfield(L, index, "n");
  size_t count = lua_isnil(L, -1) ? lua_rawlen(L, index)
                                  : (size_t)luaL_checkinteger(L, -1);
  lua_pop(L, 1);
  if (count > SQL_PARAMETERS_MAX)
    luaL_error(L, "at most %d parameters expected", SQL_PARAMETERS_MAX);
  return count;
}

// Adds the parameters of the table at `index`, if there is one. 0 or -1.
static int add_parameters(lua_State *L, int index, sql_request *r, error *e) {
  if (lua_isnil(L, index))
    return 0;
  luaL_checktype(L, index, LUA_TTABLE);
  size_t count = parameter_count(L, index);
  for (size_t i = 1; i <= count; i++) {
    lua_rawgeti(L, index, (int)i);
    sql_value v = value_at(L, lua_gettop(L), (int)i);
    int status = sql_request_value(r, &v, e);
    lua_pop(L, 1);
    if (status < 0)
      return -1;
  }
  return 0;
}

int binding_add_statement(lua_State *L, int sql, int parameters,
                          bool must_change, sql_request *r, error *e) {
  size_t length;
  if (lua_type(L, sql) != LUA_TSTRING)
    luaL_error(L, "a text of SQL expected, got %s", luaL_typename(L, sql));
  const char *text = lua_tolstring(L, sql, &length);
  if (sql_request_statement(r, text, length, must_change, e) < 0)
    return -1;
  return add_parameters(L, parameters, r, e);
}

int binding_add_listed(lua_State *L, sql_request *r, error *e) {
  int statement = lua_gettop(L);
  luaL_checktype(L, statement, LUA_TTABLE);
  lua_getfield(L, statement, "must_change");
  bool must_change = lua_toboolean(L, -1);
  lua_rawgeti(L, statement, 1);
  lua_rawgeti(L, statement, 2);
  int status =
      binding_add_statement(L, statement + 2, statement + 3, must_change, r, e);
  lua_settop(L, statement);
  return status;
}

// ---- rows ----

void binding_push_integer(lua_State *L, int64_t value) {
#if LUA_VERSION_NUM >= 503
  lua_pushinteger(L, (lua_Integer)value);
#else
  lua_pushnumber(L, (lua_Number)value);
#endif
}

static void push_value(lua_State *L, const sql_value *v) {
  switch (v->type) {
  case SQL_INTEGER:
    binding_push_integer(L, v->integer);
    break;
  case SQL_REAL:
    lua_pushnumber(L, v->real);
    break;
  case SQL_TEXT:
  case SQL_BLOB:
    lua_pushlstring(L, v->bytes ? v->bytes : "", v->size);
    break;
  case SQL_NULL:
    lua_pushnil(L);
    break;
  }
}

// The names of the columns stay on the stack below: they are made once.
void binding_push_rows(lua_State *L, const sql_rows *rows) {
  const char *at = rows->values.data;
  int names = lua_gettop(L);
  luaL_checkstack(L, (int)rows->columns + 5, "too many columns");
  for (size_t i = 0; i < rows->columns; i++) {
    sql_value v = sql_next_value(&at);
    push_value(L, &v);
  }
  lua_createtable(L, (int)rows->count, 0);
  for (size_t n = 1; n <= rows->count; n++) {
    lua_createtable(L, 0, (int)rows->columns);
    for (int i = 1; i <= (int)rows->columns; i++) {
      sql_value v = sql_next_value(&at);
      lua_pushvalue(L, names + i);
      push_value(L, &v);
      lua_rawset(L, -3);
    }
    lua_rawseti(L, -2, (int)n);
  }
  lua_insert(L, names + 1);
  lua_settop(L, names + 1);
}
