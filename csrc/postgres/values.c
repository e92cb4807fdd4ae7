// SPDX-License-Identifier: MIT
#include "values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- on their way in ----

static int add_text(lua_State *L, transaction *t, error *e) {
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  if (memchr(text, '\0', length))
    return core->error_set(e, REASON_INPUT,
                           "a text holds a zero byte, which PostgreSQL cannot "
                           "store");
  return transaction_add_value(t, text, length, false, e);
}

// Whole numbers without a point, so that they fit columns of integers, too.
static int write_double(char *out, size_t size, double value) {
  static const double EXACT = 9007199254740992.0; // 2^53
  if (isnan(value))
    return snprintf(out, size, "NaN");
  if (isinf(value))
    return snprintf(out, size, value > 0 ? "Infinity" : "-Infinity");
  if (floor(value) == value && fabs(value) <= EXACT)
    return snprintf(out, size, "%.0f", value);
  return snprintf(out, size, "%.17g", value);
}

static int write_number(lua_State *L, char *out, size_t size) {
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(L, -1))
    return snprintf(out, size, "%lld", (long long)lua_tointeger(L, -1));
#endif
  return write_double(out, size, lua_tonumber(L, -1));
}

static int add_number(lua_State *L, transaction *t, error *e) {
  char text[40];
  int length = write_number(L, text, sizeof text);
  return transaction_add_value(t, text, (size_t)length, false, e);
}

static int add_image(lua_State *L, transaction *t, error *e) {
  const image *i = core->binding_test_image(L, -1);
  if (i)
    return transaction_add_value(t, (const char *)i->bytes->data,
                                 i->bytes->size, true, e);
  return luaL_error(L,
                    "a value of a statement: nil, boolean, number, string or "
                    "image expected, got %s",
                    luaL_typename(L, -1));
}

// The value on top.
static int add_value(lua_State *L, transaction *t, error *e) {
  switch (lua_type(L, -1)) {
  case LUA_TNIL:
    return transaction_add_value(t, NULL, 0, false, e);
  case LUA_TBOOLEAN:
    return transaction_add_value(t, lua_toboolean(L, -1) ? "t" : "f", 1, false,
                                 e);
  case LUA_TNUMBER:
    return add_number(L, t, e);
  case LUA_TSTRING:
    return add_text(L, t, e);
  default:
    return add_image(L, t, e);
  }
}

int values_add(lua_State *L, transaction *t, error *e) {
  if (lua_isnil(L, -1))
    return 0;
  luaL_checktype(L, -1, LUA_TTABLE);
  lua_getfield(L, -1, "n");
  int count =
      lua_isnil(L, -1) ? (int)lua_rawlen(L, -2) : (int)luaL_checkinteger(L, -1);
  lua_pop(L, 1);
  for (int i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    int status = add_value(L, t, e);
    lua_pop(L, 1);
    if (status != 0)
      return -1;
  }
  return 0;
}

// ---- and out ----

static void push_integer(lua_State *L, const char *text) {
#if LUA_VERSION_NUM >= 503
  lua_pushinteger(L, strtoll(text, NULL, 10));
#else
  lua_pushnumber(L, strtod(text, NULL));
#endif
}

static int hex_digit(char c) {
  return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

// "\x0aff…", as PostgreSQL writes bytes down.
static void push_bytes(lua_State *L, const char *text, size_t length) {
  size_t size = length >= 2 ? (length - 2) / 2 : 0;
  char *bytes = vision_newuserdata(L, size + 1);
  for (size_t i = 0; i < size; i++)
    bytes[i] =
        (char)(hex_digit(text[2 + 2 * i]) << 4 | hex_digit(text[3 + 2 * i]));
  lua_pushlstring(L, bytes, size);
  lua_remove(L, -2);
}

static void push_value(lua_State *L, const PGresult *r, int row, int column) {
  enum { BOOL = 16, BYTEA = 17, INT8 = 20, INT2 = 21, INT4 = 23 };
  enum { FLOAT4 = 700, FLOAT8 = 701 };
  const char *text = PQgetvalue(r, row, column);
  size_t length = (size_t)PQgetlength(r, row, column);
  switch (PQftype(r, column)) {
  case BOOL:
    lua_pushboolean(L, *text == 't');
    break;
  case BYTEA:
    push_bytes(L, text, length);
    break;
  case INT2:
  case INT4:
  case INT8:
    push_integer(L, text);
    break;
  case FLOAT4:
  case FLOAT8:
    lua_pushnumber(L, strtod(text, NULL));
    break;
  default:
    lua_pushlstring(L, text, length);
  }
}

// The names of the columns lie below, from `names` on.
static void push_row(lua_State *L, const PGresult *r, int row, int names) {
  int columns = PQnfields(r);
  lua_createtable(L, 0, columns);
  for (int column = 0; column < columns; column++) {
    if (PQgetisnull(r, row, column))
      continue;
    lua_pushvalue(L, names + column);
    push_value(L, r, row, column);
    lua_rawset(L, -3);
  }
}

void values_push_rows(lua_State *L, const PGresult *r) {
  int rows = PQntuples(r), columns = PQnfields(r), top = lua_gettop(L);
  luaL_checkstack(L, columns + 8, "a row has too many columns");
  lua_createtable(L, rows, 0);
  for (int column = 0; column < columns; column++)
    lua_pushstring(L, PQfname(r, column));
  for (int row = 0; row < rows; row++) {
    push_row(L, r, row, top + 2);
    lua_rawseti(L, top + 1, row + 1);
  }
  lua_settop(L, top + 1);
}
