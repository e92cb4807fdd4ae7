// SPDX-License-Identifier: MIT
#include "image.h"

#include "../core/base64.h"

#include <stdint.h>
#include <string.h>

#define IMAGE_CLASS "vision.image"
#define READ_CLASS "vision.image_read"

typedef struct image_handle {
  image *image;
} image_handle;

typedef struct read_handle {
  image_read *read;
} read_handle;

// ---- handles ----

// The collector sees a handle of some bytes where megabytes hang on it: it is
// told as if Lua had allocated a quarter of them. In full, a program that goes
// through large images would collect all the time; a collector that its host
// has stopped stays stopped.
static void tell_collector(lua_State *L, const image *i) {
  enum { BYTES_PER_KB = 4096 };
#ifdef LUA_GCISRUNNING
  if (!lua_gc(L, LUA_GCISRUNNING, 0))
    return;
#endif
  int kilobytes = (int)(i->bytes->size / BYTES_PER_KB);
  if (kilobytes > 0)
    lua_gc(L, LUA_GCSTEP, kilobytes);
}

int binding_push_image(lua_State *L, image *(*make)(void *argument, error *e),
                       void *argument) {
  error e = {0};
  image_handle *handle = binding_new(L, sizeof *handle, IMAGE_CLASS);
  handle->image = make(argument, &e);
  if (!handle->image)
    return binding_fail(L, &e);
  tell_collector(L, handle->image);
  return 1;
}

void binding_share_image(lua_State *L, image *i) {
  image_handle *handle = binding_new(L, sizeof *handle, IMAGE_CLASS);
  handle->image = image_ref(i);
  tell_collector(L, i);
}

image *binding_test_image(lua_State *L, int index) {
  image_handle *handle = luaL_testudata(L, index, IMAGE_CLASS);
  return handle ? handle->image : NULL;
}

image *binding_check_image(lua_State *L, int index) {
  image_handle *handle = luaL_checkudata(L, index, IMAGE_CLASS);
  luaL_argcheck(L, handle->image, index, "this image is closed");
  return handle->image;
}

static int image_close(lua_State *L) {
  image_handle *handle = luaL_checkudata(L, 1, IMAGE_CLASS);
  image_unref(handle->image);
  handle->image = NULL;
  return 0;
}

// ---- what an image says ----

static int push_count(lua_State *L, uint32_t count) {
  if (count == 0)
    lua_pushnil(L); // a PDF: its reader knows
  else
    lua_pushinteger(L, (lua_Integer)count);
  return 1;
}

static int image_type_method(lua_State *L) {
  lua_pushstring(L, image_type_name(binding_check_image(L, 1)->header.type));
  return 1;
}

static int image_media_type_method(lua_State *L) {
  const image *i = binding_check_image(L, 1);
  lua_pushstring(L, image_type_media_type(i->header.type));
  return 1;
}

static int image_width(lua_State *L) {
  return push_count(L, binding_check_image(L, 1)->header.width);
}

static int image_height(lua_State *L) {
  return push_count(L, binding_check_image(L, 1)->header.height);
}

static int image_pages(lua_State *L) {
  return push_count(L, binding_check_image(L, 1)->header.pages);
}

static int image_orientation(lua_State *L) {
  lua_pushinteger(L, binding_check_image(L, 1)->header.orientation);
  return 1;
}

static int image_animated(lua_State *L) {
  lua_pushboolean(L, binding_check_image(L, 1)->header.animated);
  return 1;
}

static int image_transparent(lua_State *L) {
  lua_pushboolean(L, binding_check_image(L, 1)->header.transparent);
  return 1;
}

static int image_size(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)binding_check_image(L, 1)->bytes->size);
  return 1;
}

static int image_digest(lua_State *L) {
  char hex[2 * SHA256_SIZE];
  error e = {0};
  const uint8_t *digest = image_sha256(binding_check_image(L, 1), &e);
  if (!digest)
    return luaL_error(L, "%s", e.message);
  hex_encode(digest, SHA256_SIZE, hex);
  lua_pushlstring(L, hex, sizeof hex);
  return 1;
}

static int image_bytes(lua_State *L) {
  const blob *b = binding_check_image(L, 1)->bytes;
  lua_pushlstring(L, (const char *)b->data, b->size);
  return 1;
}

static int image_base64(lua_State *L) {
  const blob *b = binding_check_image(L, 1)->bytes;
  size_t length = base64_encoded_size(b->size);
  char *text = vision_newuserdata(L, length ? length : 1);
  base64_encode(b->data, b->size, text);
  lua_pushlstring(L, text, length);
  return 1;
}

// "vision.image: png 800 x 600, 12345 bytes": never what is in it.
static int image_tostring(lua_State *L) {
  const image *i = binding_test_image(L, 1);
  if (!i) {
    lua_pushstring(L, "vision.image: closed");
    return 1;
  }
  const char *type = image_type_name(i->header.type);
  int size = (int)i->bytes->size; // at most IMAGE_BYTES_LIMIT
  if (i->header.width == 0)
    lua_pushfstring(L, "vision.image: %s, %d bytes", type, size);
  else
    lua_pushfstring(L, "vision.image: %s %d x %d, %d bytes", type,
                    (int)i->header.width, (int)i->header.height, size);
  return 1;
}

// ---- making one ----

typedef struct source {
  const char *text;
  size_t length;
} source;

static image *make_from_bytes(void *argument, error *e) {
  const source *s = argument;
  if (s->length > IMAGE_BYTES_MAX) {
    image_too_large("the image", IMAGE_BYTES_MAX, e);
    return NULL;
  }
  blob *b = blob_copy(s->text, s->length, e);
  image *i = b ? image_from_blob(b, e) : NULL;
  blob_unref(b);
  return i;
}

static int core_image_from_bytes(lua_State *L) {
  source s;
  luaL_checktype(L, 1, LUA_TSTRING);
  s.text = lua_tolstring(L, 1, &s.length);
  return binding_push_image(L, make_from_bytes, &s);
}

static image *make_from_base64(void *argument, error *e) {
  const source *s = argument;
  return image_from_base64(s->text, s->length, IMAGE_BYTES_MAX, e);
}

static int core_image_from_base64(lua_State *L) {
  source s;
  luaL_checktype(L, 1, LUA_TSTRING);
  s.text = lua_tolstring(L, 1, &s.length);
  return binding_push_image(L, make_from_base64, &s);
}

static int core_is_image(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, binding_test_image(L, 1) != NULL);
  return 1;
}

// ---- reading a file on the pool ----

#define IMAGE_BYTES_LIMIT (1 << 30)

static int core_image_read(lua_State *L) {
  error e = {0};
  size_t length;
  const char *path = luaL_checklstring(L, 1, &length);
  lua_Number maximum = luaL_optnumber(L, 2, (lua_Number)IMAGE_BYTES_MAX);
  luaL_argcheck(L, length == strlen(path), 1, "a path without zero bytes");
  luaL_argcheck(L, maximum >= 1 && maximum <= IMAGE_BYTES_LIMIT, 2,
                "bytes from 1 to 1 GiB expected");
  loop *l = binding_loop(L, &e);
  if (!l)
    return binding_fail(L, &e);
  read_handle *handle = binding_new(L, sizeof *handle, READ_CLASS);
  handle->read = image_read_new(l, path, (size_t)maximum, &e);
  return handle->read ? 1 : binding_fail(L, &e);
}

static int read_id(lua_State *L) {
  read_handle *handle = luaL_checkudata(L, 1, READ_CLASS);
  return binding_push_id(L, handle->read ? image_read_completion(handle->read)
                                         : NULL);
}

static int read_done(lua_State *L) {
  read_handle *handle = luaL_checkudata(L, 1, READ_CLASS);
  lua_pushboolean(L, !handle->read || image_read_is_done(handle->read));
  return 1;
}

static image *make_from_read(void *argument, error *e) {
  return image_read_result(argument, e);
}

// Nothing at all while it is not done.
static int read_result(lua_State *L) {
  read_handle *handle = luaL_checkudata(L, 1, READ_CLASS);
  luaL_argcheck(L, handle->read, 1, "closed");
  if (!image_read_is_done(handle->read))
    return 0;
  return binding_push_image(L, make_from_read, handle->read);
}

static int read_cancel(lua_State *L) {
  read_handle *handle = luaL_checkudata(L, 1, READ_CLASS);
  if (handle->read)
    image_read_cancel(handle->read);
  return 0;
}

static int read_close(lua_State *L) {
  read_handle *handle = luaL_checkudata(L, 1, READ_CLASS);
  image_read_delete(handle->read);
  handle->read = NULL;
  return 0;
}

static void add_tostring(lua_State *L) {
  luaL_getmetatable(L, IMAGE_CLASS);
  lua_pushcfunction(L, image_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pop(L, 1);
}

void open_image(lua_State *L) {
  static const luaL_Reg image_methods[] = {
      {"type", image_type_method},  {"media_type", image_media_type_method},
      {"width", image_width},       {"height", image_height},
      {"pages", image_pages},       {"orientation", image_orientation},
      {"animated", image_animated}, {"transparent", image_transparent},
      {"size", image_size},         {"sha256", image_digest},
      {"bytes", image_bytes},       {"base64", image_base64},
      {"close", image_close},       {NULL, NULL}};
  static const luaL_Reg read_methods[] = {
      {"id", read_id},         {"done", read_done},   {"result", read_result},
      {"cancel", read_cancel}, {"close", read_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"is_image", core_is_image},
      {"image_read", core_image_read},
      {"image_from_bytes", core_image_from_bytes},
      {"image_from_base64", core_image_from_base64},
      {NULL, NULL}};
  binding_class(L, IMAGE_CLASS, image_methods, image_close);
  add_tostring(L);
  binding_class(L, READ_CLASS, read_methods, read_close);
  luaL_setfuncs(L, functions, 0);
}
