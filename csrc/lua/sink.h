// SPDX-License-Identifier: MIT
#ifndef VISION_LUA_SINK_H
#define VISION_LUA_SINK_H

#include "binding.h"

// What takes bytes while they arrive, without a string of Lua's in between: a
// JsonLift, an ImageWriter. Both begin with this.
typedef struct sink {
  // 0, or -1 with e.
  int (*feed)(struct sink *self, const char *bytes, size_t length, error *e);
} sink;

// The sink at `index`; NULL where it is finished or closed. Anything else is
// misuse and throws.
sink *binding_check_sink(lua_State *L, int index);

// The method `feed(bytes)` of each: true, or nil and the error.
int binding_feed_method(lua_State *L);

// Their classes.
#define JSON_LIFT_CLASS "vision.json_lift"
#define IMAGE_WRITER_CLASS "vision.image_writer"

#endif
