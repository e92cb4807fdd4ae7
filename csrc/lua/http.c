// SPDX-License-Identifier: MIT
#include "image.h"

#include "../core/http_client.h"

#include <string.h>

#define CLIENT_CLASS "vision.http_client"
#define REQUEST_CLASS "vision.http_request"

// ---- the client: kept alive until the Lua state ends ----

typedef struct client_handle {
  http_client *client;
} client_handle;

typedef struct request_handle {
  http_request *request; // NULL once closed
} request_handle;

static char client_key; // its address is the registry key of the handle

static int client_gc(lua_State *L) {
  client_handle *handle = luaL_checkudata(L, 1, CLIENT_CLASS);
  if (handle->client)
    http_client_unref(handle->client);
  handle->client = NULL;
  return 0;
}

static client_handle *push_client_handle(lua_State *L) {
  lua_pushlightuserdata(L, &client_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  if (!lua_isnil(L, -1))
    return lua_touserdata(L, -1);
  lua_pop(L, 1);
  client_handle *handle = binding_new(L, sizeof *handle, CLIENT_CLASS);
  lua_pushlightuserdata(L, &client_key);
  lua_pushvalue(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
  return handle;
}

// Asked for anew each time, since a fork replaces it.
static http_client *get_client(lua_State *L, error *e) {
  client_handle *handle = push_client_handle(L);
  lua_pop(L, 1);
  http_client *client = http_client_get(e);
  if (!client)
    return NULL;
  if (handle->client)
    http_client_unref(handle->client);
  return handle->client = client;
}

// ---- what the options table holds ----

typedef struct request_options {
  const char *method, *url;
  int64_t connect_us, idle_us, total_us, max_response;
  bool stream;
} request_options;

static const double YEAR = 366.0 * 86400;
static const double RESPONSE_MAX = 1 << 30;

static request_options read_options(lua_State *L) {
  const option_spec specs[] = {
      {"method", OPTION_STRING, offsetof(request_options, method), 0, 0},
      {"url", OPTION_STRING, offsetof(request_options, url), 0, 0},
      {"connect_timeout", OPTION_SECONDS, offsetof(request_options, connect_us),
       0.001, YEAR},
      {"idle_timeout", OPTION_SECONDS, offsetof(request_options, idle_us),
       0.001, YEAR},
      {"total_timeout", OPTION_SECONDS, offsetof(request_options, total_us),
       0.001, YEAR},
      {"max_response", OPTION_INTEGER, offsetof(request_options, max_response),
       0, RESPONSE_MAX},
      {"stream", OPTION_BOOLEAN, offsetof(request_options, stream), 0, 0},
      {NULL, OPTION_STRING, 0, 0, 0},
  };
  request_options o = {
      .connect_us = 10 * 1000000,
      .idle_us = 60 * 1000000,
      .total_us = 600 * 1000000,
      .max_response = 16 << 20,
  };
  binding_options(L, 1, specs, &o);
  if (!o.url)
    luaL_error(L, "option 'url': a string expected, got nil");
  return o;
}

// Pushes the list `name` of the options, or an empty one, and then a block of
// memory for as many items; both stay on the stack. Returns the block.
static void *push_list(lua_State *L, const char *name, size_t item_size,
                       size_t *count) {
  lua_getfield(L, 1, name);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
  }
  if (!lua_istable(L, -1))
    luaL_error(L, "option '%s': a list expected, got %s", name,
               luaL_typename(L, -1));
  *count = lua_rawlen(L, -1);
  return vision_newuserdata(L, (*count + 1) * item_size);
}

// The texts stay where the list holds them. What they say is not shown.
static const char **push_texts(lua_State *L, const char *name, const char *each,
                               size_t *count) {
  const char **texts = push_list(L, name, sizeof *texts, count);
  for (size_t i = 0; i < *count; i++) {
    lua_rawgeti(L, -2, (int)i + 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      luaL_error(L, "%s %d: a string expected, got %s", each, (int)i + 1,
                 luaL_typename(L, -1));
    texts[i] = lua_tostring(L, -1);
    if (strlen(texts[i]) != lua_rawlen(L, -1))
      luaL_error(L, "%s %d holds a zero byte", each, (int)i + 1);
    lua_pop(L, 1);
  }
  return texts;
}

// The networks of option `guard`; NULL where it is absent, or with `e` set.
static const address_guard *push_guard(lua_State *L, error *e) {
  lua_getfield(L, 1, "guard");
  bool is_absent = lua_isnil(L, -1);
  lua_pop(L, 1);
  if (is_absent)
    return NULL;
  size_t count;
  const char **networks = push_texts(L, "guard", "network", &count);
  address_guard *guard = vision_newuserdata(L, sizeof *guard);
  return address_guard_init(guard, networks, count, e) < 0 ? NULL : guard;
}

static int core_check_guard(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  error e = {0};
  if (!push_guard(L, &e) && e.reason != REASON_NONE)
    return binding_fail(L, &e);
  lua_pushboolean(L, 1);
  return 1;
}

static blob *check_picture(lua_State *L, size_t index) {
  image *picture = NULL;
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, "base64");
    picture = binding_test_image(L, -1);
    lua_pop(L, 1);
  }
  if (picture)
    return picture->bytes;
  luaL_error(L,
             "segment %d of the body: a string or { base64 = image } expected",
             (int)index);
  return NULL; // luaL_error does not return
}

static http_segment *push_segments(lua_State *L, size_t *count) {
  http_segment *segments = push_list(L, "body", sizeof *segments, count);
  for (size_t i = 0; i < *count; i++) {
    http_segment *s = &segments[i];
    *s = (http_segment){0};
    lua_rawgeti(L, -2, (int)i + 1);
    if (lua_type(L, -1) == LUA_TSTRING)
      s->bytes = lua_tolstring(L, -1, &s->length);
    else
      s->picture = check_picture(L, i + 1);
    lua_pop(L, 1);
  }
  return segments;
}

static const char *usual_method(lua_State *L) {
  lua_getfield(L, 1, "body");
  bool has_body = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return has_body ? "POST" : "GET";
}

static int core_http(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  request_options given = read_options(L);
  http_options o = {
      .method = given.method ? given.method : usual_method(L),
      .url = given.url,
      .connect_timeout_us = given.connect_us,
      .idle_timeout_us = given.idle_us,
      .total_timeout_us = given.total_us,
      .max_response = (size_t)given.max_response,
      .stream = given.stream,
  };
  o.headers = push_texts(L, "headers", "header", &o.header_count);
  o.segments = push_segments(L, &o.segment_count);
  error e = {0};
  o.guard = push_guard(L, &e);
  if (e.reason != REASON_NONE)
    return binding_fail(L, &e);
  http_client *client = get_client(L, &e);
  request_handle *handle = binding_new(L, sizeof *handle, REQUEST_CLASS);
  if (client)
    handle->request = http_request_new(client, &o, &e);
  return handle->request ? 1 : binding_fail(L, &e);
}

// ---- a request ----

static http_request *check_request(lua_State *L) {
  request_handle *handle = luaL_checkudata(L, 1, REQUEST_CLASS);
  if (!handle->request)
    luaL_error(L, "this request is closed");
  return handle->request;
}

static int request_close(lua_State *L) {
  request_handle *handle = luaL_checkudata(L, 1, REQUEST_CLASS);
  http_request_delete(handle->request);
  handle->request = NULL;
  return 0;
}

static int request_id(lua_State *L) {
  request_handle *handle = luaL_checkudata(L, 1, REQUEST_CLASS);
  lua_pushnumber(
      L, handle->request ? (lua_Number)http_request_id(handle->request) : 0);
  return 1;
}

static int request_cancel(lua_State *L) {
  request_handle *handle = luaL_checkudata(L, 1, REQUEST_CLASS);
  if (handle->request)
    http_request_cancel(handle->request);
  return 0;
}

static int request_done(lua_State *L) {
  http_request *r = check_request(L);
  if (!http_request_ended(r))
    return 0;
  const error *e = http_request_error(r);
  if (e)
    return binding_fail(L, e);
  lua_pushboolean(L, 1);
  return 1;
}

static int request_status(lua_State *L) {
  int status = http_request_status(check_request(L));
  if (status == 0)
    return 0;
  lua_pushinteger(L, status);
  return 1;
}

static int request_header(lua_State *L) {
  http_request *r = check_request(L);
  size_t length, position = 0;
  const char *name = luaL_checklstring(L, 2, &length);
  http_header h;
  while (http_request_next_header(r, &position, &h)) {
    if (h.name_length != length || memcmp(h.name, name, length) != 0)
      continue;
    lua_pushlstring(L, h.value, h.value_length);
    return 1;
  }
  return 0;
}

static void add_to_table(lua_State *L, const http_header *h) {
  lua_pushlstring(L, h->name, h->name_length);
  lua_pushvalue(L, -1);
  lua_rawget(L, -3);
  bool is_first = lua_isnil(L, -1);
  if (is_first)
    lua_pop(L, 1);
  else
    lua_pushliteral(L, ", ");
  lua_pushlstring(L, h->value, h->value_length);
  if (!is_first)
    lua_concat(L, 3);
  lua_rawset(L, -3);
}

static int request_headers(lua_State *L) {
  http_request *r = check_request(L);
  size_t position = 0;
  http_header h;
  lua_createtable(L, 0, 8);
  while (http_request_next_header(r, &position, &h))
    add_to_table(L, &h);
  return 1;
}

static int push_bytes(lua_State *L, const http_request *r) {
  size_t length;
  const char *bytes = http_request_bytes(r, &length);
  lua_pushlstring(L, length ? bytes : "", length);
  return 1;
}

static int request_body(lua_State *L) {
  http_request *r = check_request(L);
  if (!http_request_ended(r) || http_request_error(r))
    return 0;
  return push_bytes(L, r);
}

static int push_no_chunk(lua_State *L, const http_request *r) {
  const error *e = http_request_error(r);
  if (e)
    return binding_fail(L, e);
  lua_pushnil(L);
  lua_pushstring(L, http_request_ended(r) ? "end" : "wait");
  return 2;
}

static int request_read(lua_State *L) {
  http_request *r = check_request(L);
  size_t length;
  http_request_bytes(r, &length);
  if (length == 0)
    return push_no_chunk(L, r);
  push_bytes(L, r);
  http_request_take(r);
  return 1;
}

static int request_payload(lua_State *L) {
  http_request_payload(check_request(L));
  return 0;
}

static int request_timing(lua_State *L) {
  http_timing timing = http_request_timing(check_request(L));
  lua_createtable(L, 0, 3);
  lua_pushnumber(L, timing.connect);
  lua_setfield(L, -2, "connect");
  lua_pushnumber(L, timing.first_byte);
  lua_setfield(L, -2, "first_byte");
  lua_pushnumber(L, timing.total);
  lua_setfield(L, -2, "total");
  return 1;
}

void open_http(lua_State *L) {
  static const luaL_Reg client_methods[] = {{NULL, NULL}};
  static const luaL_Reg request_methods[] = {
      {"id", request_id},           {"done", request_done},
      {"status", request_status},   {"header", request_header},
      {"headers", request_headers}, {"body", request_body},
      {"read", request_read},       {"payload", request_payload},
      {"timing", request_timing},   {"cancel", request_cancel},
      {"close", request_close},     {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"http", core_http}, {"check_guard", core_check_guard}, {NULL, NULL}};
  binding_class(L, CLIENT_CLASS, client_methods, client_gc);
  binding_class(L, REQUEST_CLASS, request_methods, request_close);
  luaL_setfuncs(L, functions, 0);
}
