// SPDX-License-Identifier: MIT
#include "../core/json_lift.h"

#include "image.h"
#include "sink.h"

typedef struct lift_handle {
  sink sink; // its feed is NULL when it is closed
  json_lift *lift;
} lift_handle;

static json_lift *check_lift(lua_State *L) {
  lift_handle *handle = luaL_checkudata(L, 1, JSON_LIFT_CLASS);
  luaL_argcheck(L, handle->lift, 1, "finished or closed");
  return handle->lift;
}

static int lift_close(lua_State *L) {
  lift_handle *handle = luaL_checkudata(L, 1, JSON_LIFT_CLASS);
  json_lift_delete(handle->lift);
  handle->lift = NULL;
  handle->sink.feed = NULL;
  return 0;
}

static int feed(sink *self, const char *bytes, size_t length, error *e) {
  return json_lift_feed(((lift_handle *)self)->lift, bytes, length, e);
}

static int lift_finish(lua_State *L) {
  json_lift *l = check_lift(L);
  error e = {0};
  if (json_lift_finish(l, &e) < 0)
    return binding_fail(L, &e);
  size_t length, count = json_lift_count(l);
  const char *text = json_lift_text(l, &length);
  lua_pushlstring(L, text, length);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    binding_share_image(L, json_lift_image(l, i));
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 2;
}

static int lift_mark(lua_State *L) {
  lua_pushlstring(L, json_lift_mark(check_lift(L)), JSON_LIFT_MARK_LENGTH);
  return 1;
}

typedef struct lift_options {
  int64_t threshold, maximum;
} lift_options;

static int core_json_lift(lua_State *L) {
  static const option_spec specs[] = {
      {"threshold", OPTION_INTEGER, offsetof(lift_options, threshold),
       JSON_LIFT_THRESHOLD_MIN, 1 << 20},
      {"maximum", OPTION_INTEGER, offsetof(lift_options, maximum), 1, 1e12},
      {NULL, OPTION_INTEGER, 0, 0, 0}};
  lift_options options = {JSON_LIFT_THRESHOLD, (int64_t)JSON_LIFT_BYTES_MAX};
  if (!lua_isnoneornil(L, 1))
    binding_options(L, 1, specs, &options);
  error e = {0};
  char mark[JSON_LIFT_MARK_LENGTH];
  lift_handle *handle = binding_new(L, sizeof *handle, JSON_LIFT_CLASS);
  if (json_lift_draw_mark(mark, &e) == 0)
    handle->lift = json_lift_new((size_t)options.threshold,
                                 (size_t)options.maximum, mark, &e);
  handle->sink.feed = handle->lift ? feed : NULL;
  return handle->lift ? 1 : binding_fail(L, &e);
}

void open_json_lift(lua_State *L) {
  static const luaL_Reg methods[] = {{"feed", binding_feed_method},
                                     {"finish", lift_finish},
                                     {"mark", lift_mark},
                                     {"close", lift_close},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {{"json_lift", core_json_lift},
                                       {NULL, NULL}};
  binding_class(L, JSON_LIFT_CLASS, methods, lift_close);
  luaL_setfuncs(L, functions, 0);
}
