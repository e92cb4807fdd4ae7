// SPDX-License-Identifier: MIT
#include "command.h"
#include "connection.h"

#define CONNECTION_CLASS "vision.redis_connection"
#define REQUEST_CLASS "vision.redis_request"

const core_api *core;

// Bytes of an encoder's buffer that is kept for the next request.
enum { SCRATCH_MAX = 1 << 20 };

typedef struct connection_handle {
  redis_connection *connection;
  sds scratch; // where commands are encoded
} connection_handle;

typedef struct request_handle {
  redis_request *request; // NULL: it may serve again
  bool one;               // of connection:call: it has one reply, no list
} request_handle;

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
  return binding_push_id(L, connection_completion(check_connection(L)));
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
  sdsfree(h->scratch);
  *h = (connection_handle){0};
  return 0;
}

// A handle for a request: the one at argument 2, which has been closed, or a
// new one. Making one costs, since it is to be finalized.
static request_handle *push_request(lua_State *L) {
  if (lua_isnil(L, 2))
    return core->binding_new(L, sizeof(request_handle), REQUEST_CLASS);
  request_handle *h = luaL_checkudata(L, 2, REQUEST_CLASS);
  luaL_argcheck(L, !h->request, 2, "this request is not closed");
  lua_pushvalue(L, 2);
  return h;
}

// Sends what stands in scratch, for the handle on top of the stack.
static int send_scratch(lua_State *L, connection_handle *c, request_handle *h,
                        size_t replies) {
  error e = {0};
  if (c->scratch)
    h->request =
        request_new(c->connection, c->scratch, sdslen(c->scratch), replies, &e);
  else
    core->error_memory(&e);
  if (c->scratch && sdsalloc(c->scratch) > SCRATCH_MAX) {
    sdsfree(c->scratch);
    c->scratch = NULL;
  }
  return h->request ? 1 : core->binding_fail(L, &e);
}

static int connection_request(lua_State *L) {
  check_connection(L);
  connection_handle *c = lua_touserdata(L, 1);
  size_t count = command_check_lists(L, 3);
  luaL_argcheck(L, count >= 1 && count <= REDIS_COMMANDS_MAX, 3,
                "from 1 to 1048576 commands expected");
  command_encode_lists(L, 3, &c->scratch);
  request_handle *h = push_request(L);
  h->one = false;
  return send_scratch(L, c, h, count);
}

static int connection_call(lua_State *L) {
  check_connection(L);
  connection_handle *c = lua_touserdata(L, 1);
  command_check_arguments(L, 3);
  command_encode_arguments(L, 3, &c->scratch);
  request_handle *h = push_request(L);
  h->one = true;
  return send_scratch(L, c, h, 1);
}

// ---- requests ----

static redis_request *check_request(lua_State *L) {
  request_handle *h = luaL_checkudata(L, 1, REQUEST_CLASS);
  luaL_argcheck(L, h->request, 1, "this request is closed");
  return h->request;
}

static int request_id(lua_State *L) {
  return binding_push_id(L, request_completion(check_request(L)));
}

static int request_done(lua_State *L) {
  lua_pushboolean(L, request_is_done(check_request(L)));
  return 1;
}

static int request_close(lua_State *L) {
  request_handle *h = luaL_checkudata(L, 1, REQUEST_CLASS);
  request_delete(h->request);
  h->request = NULL;
  return 0;
}

// Of one command its reply, of a list of them a list.
static void push_replies(lua_State *L, redisReply *const *replies,
                         size_t count) {
  const request_handle *h = lua_touserdata(L, 1);
  if (h->one) {
    command_push_reply(L, replies[0]);
    return;
  }
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    command_push_reply(L, replies[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
}

// Nothing at all while it is not done; then it is closed.
static int request_take(lua_State *L) {
  const redis_request *r = check_request(L);
  redisReply *const *replies;
  size_t count;
  error e = {0};
  if (!request_is_done(r))
    return 0;
  int status = request_result(r, &replies, &count, &e);
  if (status == 0)
    push_replies(L, replies, count);
  request_close(L);
  return status < 0 ? core->binding_fail(L, &e) : 1;
}

__attribute__((visibility("default"))) int luaopen_vision_redis(lua_State *L);

int luaopen_vision_redis(lua_State *L) {
  static const luaL_Reg connection_methods[] = {
      {"id", connection_id},           {"state", connection_state_method},
      {"request", connection_request}, {"call", connection_call},
      {"close", connection_close},     {NULL, NULL}};
  static const luaL_Reg request_methods[] = {{"id", request_id},
                                             {"done", request_done},
                                             {"take", request_take},
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
