// SPDX-License-Identifier: MIT
#include "command.h"

#include "connection.h"

#include <math.h>
#include <stdio.h>

// ---- checking ----

static void check_argument(lua_State *L, int index, size_t command, size_t at) {
  int type = lua_type(L, index);
  if (type != LUA_TSTRING && type != LUA_TNUMBER &&
      !core->binding_test_image(L, index))
    luaL_error(L,
               "argument %d of command %d is a %s; texts, numbers and images "
               "are expected",
               (int)at, (int)command, lua_typename(L, type));
}

static void check_list(lua_State *L, size_t command) {
  if (!lua_istable(L, -1))
    luaL_error(L, "command %d is a %s; a list is expected", (int)command,
               luaL_typename(L, -1));
  size_t count = lua_rawlen(L, -1);
  if (count == 0)
    luaL_error(L, "command %d is empty", (int)command);
  for (size_t i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, (int)i);
    check_argument(L, -1, command, i);
    lua_pop(L, 1);
  }
}

size_t command_check_lists(lua_State *L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  luaL_checkstack(L, 8, "commands");
  size_t count = lua_rawlen(L, index);
  for (size_t i = 1; i <= count; i++) {
    lua_rawgeti(L, index, (int)i);
    check_list(L, i);
    lua_pop(L, 1);
  }
  return count;
}

void command_check_arguments(lua_State *L, int first) {
  luaL_checkstack(L, 8, "a command");
  luaL_argcheck(L, lua_gettop(L) >= first, first, "a command expected");
  for (int i = first; i <= lua_gettop(L); i++)
    check_argument(L, i, 1, (size_t)i - (size_t)first + 1);
}

// ---- encoding ----

// Appends; the first failure leaves NULL for good.
static void append(sds *text, const char *bytes, size_t length) {
  if (!*text)
    return;
  sds grown = sdscatlen(*text, bytes, length);
  if (!grown)
    sdsfree(*text);
  *text = grown;
}

// A kind and a number: what each list and each text begins with.
static void append_head(sds *text, char kind, size_t count) {
  char bytes[24];
  size_t at = sizeof bytes;
  bytes[--at] = '\n';
  bytes[--at] = '\r';
  do
    bytes[--at] = (char)('0' + count % 10);
  while ((count /= 10) > 0);
  bytes[--at] = kind;
  append(text, bytes + at, sizeof bytes - at);
}

static void append_bulk(sds *text, const char *bytes, size_t length) {
  append_head(text, '$', length);
  append(text, bytes, length);
  append(text, "\r\n", 2);
}

// Lua's own way would say 1e+15 under LuaJIT, and 1.0 under 5.4.
static void append_number(sds *text, double value) {
  char digits[32];
  bool whole = value == floor(value) && fabs(value) < 9007199254740992.0;
  int length = snprintf(digits, sizeof digits, whole ? "%.0f" : "%.17g", value);
  append_bulk(text, digits, (size_t)length);
}

static void append_argument(sds *text, lua_State *L, int index) {
  const image *picture = NULL;
  if (lua_type(L, index) == LUA_TUSERDATA)
    picture = core->binding_test_image(L, index);
  if (picture) {
    append_bulk(text, (const char *)picture->bytes->data, picture->bytes->size);
  } else if (lua_type(L, index) == LUA_TNUMBER) {
    append_number(text, lua_tonumber(L, index));
  } else {
    size_t length;
    const char *bytes = lua_tolstring(L, index, &length);
    append_bulk(text, bytes, length);
  }
}

static void append_list(sds *text, lua_State *L) {
  size_t count = lua_rawlen(L, -1);
  append_head(text, '*', count);
  for (size_t i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, (int)i);
    append_argument(text, L, -1);
    lua_pop(L, 1);
  }
}

static void begin(sds *text) {
  if (*text)
    sdsclear(*text);
  else
    *text = sdsempty();
}

void command_encode_lists(lua_State *L, int index, sds *text) {
  begin(text);
  size_t count = lua_rawlen(L, index);
  for (size_t i = 1; i <= count; i++) {
    lua_rawgeti(L, index, (int)i);
    append_list(text, L);
    lua_pop(L, 1);
  }
}

void command_encode_arguments(lua_State *L, int first, sds *text) {
  begin(text);
  append_head(text, '*', (size_t)lua_gettop(L) - (size_t)first + 1);
  for (int i = first; i <= lua_gettop(L); i++)
    append_argument(text, L, i);
}

// ---- replies ----

static void push_list(lua_State *L, const redisReply *reply) {
  lua_createtable(L, (int)reply->elements, 0);
  for (size_t i = 0; i < reply->elements; i++) {
    command_push_reply(L, reply->element[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
}

void command_push_reply(lua_State *L, const redisReply *reply) {
  luaL_checkstack(L, 4, "a reply");
  switch (reply->type) {
  case REDIS_REPLY_INTEGER:
    lua_pushinteger(L, (lua_Integer)reply->integer);
    break;
  case REDIS_REPLY_ARRAY:
    push_list(L, reply);
    break;
  case REDIS_REPLY_NIL:
    lua_pushboolean(L, 0);
    break;
  case REDIS_REPLY_ERROR:
    lua_createtable(L, 0, 1);
    lua_pushlstring(L, reply->str, (size_t)reply->len);
    lua_setfield(L, -2, "err");
    break;
  default: // a text or a status
    lua_pushlstring(L, reply->str, (size_t)reply->len);
  }
}
