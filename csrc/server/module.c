// SPDX-License-Identifier: MIT
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

#define SERVER_CLASS "vision.http_server"
#define EXCHANGE_CLASS "vision.http_exchange"

const core_api *core;

typedef struct server_handle {
  server *server;
} server_handle;

typedef struct exchange_handle {
  exchange *exchange;
} exchange_handle;

// ---- servers ----

static int listen_on(lua_State *L) {
  const char *host = luaL_checkstring(L, 1);
  lua_Integer port = luaL_checkinteger(L, 2);
  luaL_argcheck(L, port >= 0 && port <= 65535, 2, "a port expected");
  error e = {0};
  int fd = server_bind(host, (int)port, &e);
  if (fd < 0)
    return core->binding_fail(L, &e);
  lua_pushinteger(L, fd);
  return 1;
}

// Nothing where none was handed over; and whether a supervisor did.
static int inherited(lua_State *L) {
  bool is_worker = getenv(SERVER_SUPERVISOR) != NULL;
  error e = {0};
  int fd = server_inherit(&e);
  if (fd == SERVER_NOTHING)
    return 0;
  if (fd < 0)
    return core->binding_fail(L, &e);
  lua_pushinteger(L, fd);
  lua_pushboolean(L, is_worker);
  return 2;
}

static int address(lua_State *L) {
  char host[64] = "";
  int port = server_address((int)luaL_checkinteger(L, 1), host, sizeof host);
  lua_pushstring(L, host);
  lua_pushinteger(L, port);
  return 2;
}

static int tell_ready(lua_State *L) {
  (void)L;
  server_tell_ready();
  return 0;
}

static int notify(lua_State *L) {
  size_t length;
  const char *news = luaL_checklstring(L, 1, &length);
  server_notify(news, length);
  return 0;
}

static const option_spec LIMITS[] = {
    {"connections", OPTION_INTEGER, offsetof(server_limits, connections), 1,
     65000},
    {"header_bytes", OPTION_INTEGER, offsetof(server_limits, header_bytes),
     1024, 1 << 20},
    {"header_seconds", OPTION_INTEGER, offsetof(server_limits, header_seconds),
     1, 86400},
    {"body_seconds", OPTION_INTEGER, offsetof(server_limits, body_seconds), 1,
     86400},
    {"idle_seconds", OPTION_INTEGER, offsetof(server_limits, idle_seconds), 1,
     86400},
    {0}};

static int serve(lua_State *L) {
  lua_Integer fd = luaL_checkinteger(L, 1);
  server_limits limits = {8192, 16 << 10, 15, 120, 60};
  core->binding_options(L, 2, LIMITS, &limits);
  error e = {0};
  loop *l = core->binding_loop(L, &e);
  if (!l)
    return core->binding_fail(L, &e);
  server_handle *h = core->binding_new(L, sizeof *h, SERVER_CLASS);
  h->server = server_new(l, (int)fd, &limits, &e);
  return h->server ? 1 : core->binding_fail(L, &e);
}

static server *check_server(lua_State *L) {
  server_handle *h = luaL_checkudata(L, 1, SERVER_CLASS);
  luaL_argcheck(L, h->server, 1, "this server is closed");
  return h->server;
}

static int server_id(lua_State *L) {
  return binding_push_id(L, server_completion(check_server(L)));
}

static int server_port_method(lua_State *L) {
  lua_pushinteger(L, server_port(check_server(L)));
  return 1;
}

static int server_accept_method(lua_State *L) {
  server *s = check_server(L);
  if (!server_has_come(s))
    return 0;
  exchange_handle *h = core->binding_new(L, sizeof *h, EXCHANGE_CLASS);
  h->exchange = server_accept(s);
  return h->exchange ? 1 : 0;
}

static int server_lost_method(lua_State *L) {
  uint64_t id = server_take_lost(check_server(L));
  if (id == 0)
    return 0;
  lua_pushinteger(L, (lua_Integer)id);
  return 1;
}

// Status, id and address of the next one.
static int server_refused_method(lua_State *L) {
  server_refusal r;
  if (!server_take_refusal(check_server(L), &r))
    return 0;
  lua_pushinteger(L, (lua_Integer)r.status);
  lua_pushstring(L, r.id);
  lua_pushstring(L, r.remote);
  return 3;
}

static int server_under_way_method(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)server_under_way(check_server(L)));
  return 1;
}

// How many are open, and how many may be.
static int server_connections_method(lua_State *L) {
  const server *s = check_server(L);
  lua_pushinteger(L, (lua_Integer)server_connections(s));
  lua_pushinteger(L, (lua_Integer)server_connections_max(s));
  return 2;
}

static int server_quiesce_method(lua_State *L) {
  server_quiesce(check_server(L));
  return 0;
}

static int server_close(lua_State *L) {
  server_handle *h = luaL_checkudata(L, 1, SERVER_CLASS);
  server_delete(h->server);
  h->server = NULL;
  return 0;
}

// ---- exchanges ----

static exchange *check_exchange(lua_State *L) {
  exchange_handle *h = luaL_checkudata(L, 1, EXCHANGE_CLASS);
  luaL_argcheck(L, h->exchange, 1, "this exchange is closed");
  return h->exchange;
}

static int exchange_id(lua_State *L) {
  return binding_push_id(L, exchange_completion(check_exchange(L)));
}

// Method, target, address, and the headers as a list: name, value, name …
static int exchange_head(lua_State *L) {
  const exchange *x = check_exchange(L);
  int at = 0;
  lua_pushstring(L, exchange_method(x));
  lua_pushstring(L, exchange_target(x));
  lua_pushstring(L, exchange_remote(x));
  lua_newtable(L);
  for (const exchange_header *h = exchange_headers(x); h; h = h->next) {
    lua_pushstring(L, h->name);
    lua_rawseti(L, -2, ++at);
    lua_pushstring(L, h->value);
    lua_rawseti(L, -2, ++at);
  }
  return 4;
}

static int exchange_state_method(lua_State *L) {
  static const char *const words[] = {"open", "left", "done"};
  lua_pushstring(L, words[exchange_state(check_exchange(L))]);
  return 1;
}

static int exchange_receive_method(lua_State *L) {
  exchange_receive(check_exchange(L));
  return 0;
}

// What has come, "" where nothing has, and whether that was all.
static int exchange_read_method(lua_State *L) {
  size_t length;
  bool is_whole;
  const char *bytes = exchange_read(check_exchange(L), &length, &is_whole);
  lua_pushlstring(L, bytes, length);
  lua_pushboolean(L, is_whole);
  return 2;
}

// What has come goes into a sink, `most` bytes of it at most; how many came,
// and whether that was all; and the error of the sink, where it has one.
static int exchange_pour_method(lua_State *L) {
  size_t length;
  bool is_whole;
  exchange *x = check_exchange(L);
  sink *s = core->binding_check_sink(L, 2);
  luaL_argcheck(L, s, 2, "finished or closed");
  lua_Number most = luaL_checknumber(L, 3);
  luaL_argcheck(L, most >= 0, 3, "not negative");
  const char *bytes = exchange_read(x, &length, &is_whole);
  error e = {0};
  size_t taken = (lua_Number)length < most ? length : (size_t)most;
  int status = s->feed(s, bytes, taken, &e);
  lua_pushnumber(L, (lua_Number)length);
  lua_pushboolean(L, is_whole);
  if (status == 0)
    return 2;
  core->binding_fail(L, &e);
  lua_remove(L, -2);
  return 3;
}

// A part of a header: its length with the zero byte at its end.
static size_t check_line(lua_State *L, int index) {
  size_t length = 0;
  const char *text = lua_type(L, index) == LUA_TSTRING
                         ? lua_tolstring(L, index, &length)
                         : NULL;
  if (!text || strlen(text) != length || strpbrk(text, "\r\n"))
    luaL_error(L, "a header must be one line");
  return length + 1;
}

static char *copy_line(char *to, lua_State *L, int index) {
  size_t length;
  const char *text = lua_tolstring(L, index, &length);
  return mempcpy(to, text, length + 1);
}

// Pushes names and values of a table of headers, each ended by a zero byte.
static const char *push_headers(lua_State *L, int table, size_t *length) {
  *length = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
    *length += check_line(L, -2) + check_line(L, -1);
  char *all = lua_newuserdata(L, *length + 1), *at = all;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    at = copy_line(at, L, -2);
    at = copy_line(at, L, -1);
  }
  return all;
}

static int exchange_respond_method(lua_State *L) {
  exchange *x = check_exchange(L);
  lua_Integer status = luaL_checkinteger(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  image *picture = core->binding_test_image(L, 4);
  size_t length = 0, headers_length;
  const void *bytes = picture ? (length = picture->bytes->size,
                                 (const void *)picture->bytes->data)
                              : luaL_optlstring(L, 4, NULL, &length);
  luaL_argcheck(L, status >= 200 && status <= 599, 2, "a status expected");
  error e = {0};
  const char *headers = push_headers(L, 3, &headers_length);
  if (exchange_respond(x, (unsigned)status, headers, headers_length, bytes,
                       length, &e) < 0)
    return core->binding_fail(L, &e);
  lua_pushboolean(L, 1);
  return 1;
}

// Whether there is room for more now.
static int exchange_write_method(lua_State *L) {
  exchange *x = check_exchange(L);
  size_t length;
  const char *bytes = luaL_checklstring(L, 2, &length);
  error e = {0};
  if (exchange_write(x, bytes, length, &e) < 0)
    return core->binding_fail(L, &e);
  lua_pushboolean(L, exchange_has_room(x));
  return 1;
}

static int exchange_has_room_method(lua_State *L) {
  lua_pushboolean(L, exchange_has_room(check_exchange(L)));
  return 1;
}

static int exchange_finish_method(lua_State *L) {
  exchange_finish(check_exchange(L));
  return 0;
}

static int exchange_close(lua_State *L) {
  exchange_handle *h = luaL_checkudata(L, 1, EXCHANGE_CLASS);
  if (h->exchange) {
    exchange_abandon(h->exchange);
    exchange_unref(h->exchange);
  }
  h->exchange = NULL;
  return 0;
}

__attribute__((visibility("default"))) int
luaopen_vision_server_core(lua_State *L);

int luaopen_vision_server_core(lua_State *L) {
  static const luaL_Reg server_methods[] = {
      {"id", server_id},
      {"port", server_port_method},
      {"accept", server_accept_method},
      {"lost", server_lost_method},
      {"refused", server_refused_method},
      {"under_way", server_under_way_method},
      {"connections", server_connections_method},
      {"quiesce", server_quiesce_method},
      {"close", server_close},
      {NULL, NULL}};
  static const luaL_Reg exchange_methods[] = {
      {"id", exchange_id},
      {"head", exchange_head},
      {"state", exchange_state_method},
      {"receive", exchange_receive_method},
      {"read", exchange_read_method},
      {"pour", exchange_pour_method},
      {"respond", exchange_respond_method},
      {"write", exchange_write_method},
      {"has_room", exchange_has_room_method},
      {"finish", exchange_finish_method},
      {"close", exchange_close},
      {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"listen", listen_on}, {"inherited", inherited},   {"address", address},
      {"serve", serve},      {"tell_ready", tell_ready}, {"notify", notify},
      {NULL, NULL}};
  core = core_api_get(L);
  core->binding_class(L, SERVER_CLASS, server_methods, server_close);
  core->binding_class(L, EXCHANGE_CLASS, exchange_methods, exchange_close);
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
  return 1;
}
