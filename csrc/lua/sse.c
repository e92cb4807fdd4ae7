// SPDX-License-Identifier: MIT
#include "../core/sse.h"

#include "binding.h"

#define SSE_CLASS "vision.sse"

enum { DEFAULT_MAXIMUM = 8 << 20 }; // bytes of one event

typedef struct sse_handle {
  sse_parser parser;
  bool open;
} sse_handle;

static int sse_close(lua_State *L) {
  sse_handle *handle = luaL_checkudata(L, 1, SSE_CLASS);
  if (handle->open)
    sse_free(&handle->parser);
  handle->open = false;
  return 0;
}

static sse_parser *check_parser(lua_State *L) {
  sse_handle *handle = luaL_checkudata(L, 1, SSE_CLASS);
  luaL_argcheck(L, handle->open, 1, "closed");
  return &handle->parser;
}

static void set_text(lua_State *L, const char *name, sse_text text) {
  lua_pushlstring(L, text.data, text.length);
  lua_setfield(L, -2, name);
}

static void push_event(lua_State *L, const sse_event *event) {
  lua_createtable(L, 0, 4);
  if (event->is_comment) {
    set_text(L, "comment", event->comment);
    return;
  }
  set_text(L, "data", event->data);
  if (event->event.length > 0)
    set_text(L, "event", event->event);
  if (event->id.length > 0)
    set_text(L, "id", event->id);
  if (event->retry_ms >= 0) {
    lua_pushnumber(L, (lua_Number)event->retry_ms / 1e3);
    lua_setfield(L, -2, "retry");
  }
}

// Where the events of one feeding go: the list on top of the stack. An error of
// Lua's (no memory) leaves the parser as it is, owned by its userdata.
typedef struct collection {
  lua_State *L;
  int count;
} collection;

static int collect(void *context, const sse_event *event) {
  collection *c = context;
  push_event(c->L, event);
  lua_rawseti(c->L, -2, ++c->count);
  return 0;
}

static int sse_feed_method(lua_State *L) {
  sse_parser *p = check_parser(L);
  size_t length;
  const char *bytes = luaL_checklstring(L, 2, &length);
  error e = {0};
  collection c = {L, 0};
  lua_newtable(L);
  if (sse_feed(p, bytes, length, collect, &c, &e) < 0)
    return binding_fail(L, &e);
  return 1;
}

static int sse_finish(lua_State *L) {
  lua_pushboolean(L, sse_is_complete(check_parser(L)));
  return 1;
}

typedef struct sse_options {
  int64_t maximum;
} sse_options;

static int core_sse(lua_State *L) {
  static const option_spec specs[] = {
      {"maximum", OPTION_INTEGER, offsetof(sse_options, maximum), 1, 1 << 30},
      {NULL, OPTION_INTEGER, 0, 0, 0}};
  sse_options options = {DEFAULT_MAXIMUM};
  if (!lua_isnoneornil(L, 1))
    binding_options(L, 1, specs, &options);
  sse_handle *handle = binding_new(L, sizeof *handle, SSE_CLASS);
  sse_init(&handle->parser, (size_t)options.maximum);
  handle->open = true;
  return 1;
}

void open_sse(lua_State *L) {
  static const luaL_Reg methods[] = {{"feed", sse_feed_method},
                                     {"finish", sse_finish},
                                     {"close", sse_close},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {{"sse", core_sse}, {NULL, NULL}};
  binding_class(L, SSE_CLASS, methods, sse_close);
  luaL_setfuncs(L, functions, 0);
}
