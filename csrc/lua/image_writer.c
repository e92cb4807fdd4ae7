// SPDX-License-Identifier: MIT
#include "../core/blob_writer.h"

#include "image.h"
#include "sink.h"

#include <string.h>

typedef struct image_writer {
  sink sink; // its feed is NULL when it is finished or closed
  blob_writer bytes;
} image_writer;

static int feed(sink *self, const char *bytes, size_t length, error *e) {
  blob_writer *w = &((image_writer *)self)->bytes;
  size_t size = w->blob ? w->blob->size : 0;
  if (length > IMAGE_BYTES_MAX - size)
    return image_too_large("the image", IMAGE_BYTES_MAX, e);
  if (blob_writer_reserve(w, length, e) < 0)
    return -1;
  memcpy(w->blob->data + w->blob->size, bytes, length);
  w->blob->size += length;
  return 0;
}

static image_writer *check_writer(lua_State *L) {
  image_writer *w = luaL_checkudata(L, 1, IMAGE_WRITER_CLASS);
  luaL_argcheck(L, w->sink.feed, 1, "finished or closed");
  return w;
}

static int writer_close(lua_State *L) {
  image_writer *w = luaL_checkudata(L, 1, IMAGE_WRITER_CLASS);
  blob_writer_free(&w->bytes);
  w->sink.feed = NULL;
  return 0;
}

static image *make_image(void *argument, error *e) {
  image_writer *w = argument;
  if (blob_writer_reserve(&w->bytes, 0, e) < 0)
    return NULL;
  blob *b = blob_writer_take(&w->bytes);
  image *i = image_from_blob(b, e);
  blob_unref(b);
  return i;
}

static int writer_finish(lua_State *L) {
  image_writer *w = check_writer(L);
  w->sink.feed = NULL;
  return binding_push_image(L, make_image, w);
}

static int core_image_writer(lua_State *L) {
  image_writer *w = binding_new(L, sizeof *w, IMAGE_WRITER_CLASS);
  blob_writer_init(&w->bytes, IMAGE_BYTES_MAX);
  w->sink.feed = feed;
  return 1;
}

void open_image_writer(lua_State *L) {
  static const luaL_Reg methods[] = {{"feed", binding_feed_method},
                                     {"finish", writer_finish},
                                     {"close", writer_close},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {{"image_writer", core_image_writer},
                                       {NULL, NULL}};
  binding_class(L, IMAGE_WRITER_CLASS, methods, writer_close);
  luaL_setfuncs(L, functions, 0);
}
