// SPDX-License-Identifier: MIT
#include "command.h"
#include "connection.h"

#define CONNECTION_CLASS "vision.redis_connection"
#define REQUEST_CLASS "vision.redis_request"

const core_api *core;

typedef struct connection_handle {
  redis_connection *connection;
} connection_handle;

typedef struct request_handle {
  sds commands; // while they are encoded
  redis_request *request;
} request_handle;

static int push_id(lua_State *L, const completion *c) {
  lua_pushnumber(L, (lua_Number)c->id);
  return 1;
}

// ---- connections ----

static int redis_connect(lua_State *L) {
  const char *host = luaL_checkstring(L, 1);
  lua_Integer port = luaL_checkinteger(L, 2);
  lua_Number timeout = luaL_checknumber(L, 3);
  luaL_argcheck(L, port >= 1 && port <= 65535, 2, "a port expected");
  luaL_argcheck(L, timeout >= 0.001 && timeout <= 86400, 3,
                "seconds from 0.001 to 86400 expected");
  error e = {0};
  loop *l = core->binding_loop(L, &e);
  if (!l)
    return core->binding_fail(L, &e);
  connection_handle *h = core->binding_new(L, sizeof *h, CONNECTION_CLASS);
  h->connection =
      connection_new(l, host, (int)port, (int64_t)(timeout * 1e6), &e);
  return h->connection ? 1 : core->binding_fail(L, &e);
}

static redis_connection *check_connection(lua_State *L) {
  connection_handle *h = luaL_checkudata(L, 1, CONNECTION_CLASS);
  luaL_argcheck(L, h->connection, 1, "this connection is closed");
  return h->connection;
}

static int connection_id(lua_State *L) {
  return push_id(L, connection_completion(check_connection(L)));
}

static int connection_state_method(lua_State *L) {
  error e = {0};
  enum redis_state state = connection_state(check_connection(L), &e);
  if (state == REDIS_FAILED)
    return core->binding_fail(L, &e);
  lua_pushstring(L, state == REDIS_OPEN ? "open" : "connecting");
  return 1;
}

static int connection_close(lua_State *L) {
  connection_handle *h = luaL_checkudata(L, 1, CONNECTION_CLASS);
  connection_delete(h->connection);
  h->connection = NULL;
  return 0;
}

static redis_request *send_commands(lua_State *L, redis_connection *c,
                                    size_t count, request_handle *h, error *e) {
  command_encode(L, 2, &h->commands);
  if (!h->commands) {
    core->error_memory(e);
    return NULL;
  }
  redis_request *r = request_new(c, h->commands, sdslen(h->commands), count, e);
  sdsfree(h->commands);
  h->commands = NULL;
  return r;
}

static int connection_request(lua_State *L) {
  redis_connection *c = check_connection(L);
  size_t count = command_check(L, 2);
  luaL_argcheck(L, count >= 1 && count <= REDIS_COMMANDS_MAX, 2,
                "from 1 to 1048576 commands expected");
  error e = {0};
  request_handle *h = core->binding_new(L, sizeof *h, REQUEST_CLASS);
  h->request = send_commands(L, c, count, h, &e);
  return h->request ? 1 : core->binding_fail(L, &e);
}

// ---- requests ----

static redis_request *check_request(lua_State *L) {
  request_handle *h = luaL_checkudata(L, 1, REQUEST_CLASS);
  luaL_argcheck(L, h->request, 1, "this request is closed");
  return h->request;
}

static int request_id(lua_State *L) {
  return push_id(L, request_completion(check_request(L)));
}

static int request_done(lua_State *L) {
  lua_pushboolean(L, request_is_done(check_request(L)));
  return 1;
}

// Nothing at all while it is not done.
static int request_result_method(lua_State *L) {
  const redis_request *r = check_request(L);
  redisReply *const *replies;
  size_t count;
  error e = {0};
  if (!request_is_done(r))
    return 0;
  if (request_result(r, &replies, &count, &e) < 0)
    return core->binding_fail(L, &e);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    command_push_reply(L, replies[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

static int request_close(lua_State *L) {
  request_handle *h = luaL_checkudata(L, 1, REQUEST_CLASS);
  request_delete(h->request);
  sdsfree(h->commands);
  *h = (request_handle){0};
  return 0;
}

__attribute__((visibility("default"))) int luaopen_vision_redis(lua_State *L);

int luaopen_vision_redis(lua_State *L) {
  static const luaL_Reg connection_methods[] = {
      {"id", connection_id},
      {"state", connection_state_method},
      {"request", connection_request},
      {"close", connection_close},
      {NULL, NULL}};
  static const luaL_Reg request_methods[] = {{"id", request_id},
                                             {"done", request_done},
                                             {"result", request_result_method},
                                             {"close", request_close},
                                             {NULL, NULL}};
  static const luaL_Reg functions[] = {{"connect", redis_connect},
                                       {NULL, NULL}};
  core = core_api_get(L);
  core->binding_class(L, CONNECTION_CLASS, connection_methods,
                      connection_close);
  core->binding_class(L, REQUEST_CLASS, request_methods, request_close);
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
  return 1;
}
