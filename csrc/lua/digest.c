// SPDX-License-Identifier: MIT
#include "../core/digest.h"

#include "../core/base64.h"
#include "binding.h"

static int push_digest(lua_State *L, const uint8_t digest[SHA256_SIZE]) {
  char hex[2 * SHA256_SIZE];
  hex_encode(digest, SHA256_SIZE, hex);
  lua_pushlstring(L, hex, sizeof hex);
  return 1;
}

static int core_sha256(lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  uint8_t digest[SHA256_SIZE];
  error e = {0};
  return sha256_of(bytes, size, digest, &e) < 0 ? binding_fail(L, &e)
                                                : push_digest(L, digest);
}

static int core_hmac_sha256(lua_State *L) {
  size_t key_size, size;
  const char *key = luaL_checklstring(L, 1, &key_size);
  const char *bytes = luaL_checklstring(L, 2, &size);
  uint8_t digest[SHA256_SIZE];
  error e = {0};
  if (hmac_sha256(key, key_size, bytes, size, digest, &e) < 0)
    return binding_fail(L, &e);
  return push_digest(L, digest);
}

static int core_equal(lua_State *L) {
  size_t a_size, b_size;
  const char *a = luaL_checklstring(L, 1, &a_size);
  const char *b = luaL_checklstring(L, 2, &b_size);
  lua_pushboolean(L, constant_time_equal(a, a_size, b, b_size));
  return 1;
}

static int core_random_id(lua_State *L) {
  char id[RANDOM_ID_LENGTH];
  error e = {0};
  if (random_id(id, &e) < 0)
    return binding_fail(L, &e);
  lua_pushlstring(L, id, sizeof id);
  return 1;
}

// Memory for a result on its way to a string; Lua collects it.
static void *scratch(lua_State *L, size_t size) {
  return vision_newuserdata(L, size ? size : 1);
}

static int core_base64_encode(lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  size_t length = base64_encoded_size(size);
  char *text = scratch(L, length);
  base64_encode(bytes, size, text);
  lua_pushlstring(L, text, length);
  return 1;
}

static int core_base64_decode(lua_State *L) {
  size_t length, written;
  const char *text = luaL_checklstring(L, 1, &length);
  uint8_t *bytes = scratch(L, base64_decoded_room(length));
  base64_decoder d;
  base64_decoder_init(&d, true);
  base64_decode(&d, text, length, bytes, &written);
  if (base64_decode_end(&d)) {
    lua_pushlstring(L, (const char *)bytes, written);
    return 1;
  }
  error e = {0};
  error_set(&e, REASON_INVALID_BASE64, "not base64: %s, at character %zu",
            d.fault, (size_t)d.taken + 1);
  return binding_fail(L, &e);
}

void open_digest(lua_State *L) {
  static const luaL_Reg functions[] = {{"sha256", core_sha256},
                                       {"hmac_sha256", core_hmac_sha256},
                                       {"equal", core_equal},
                                       {"random_id", core_random_id},
                                       {"base64_encode", core_base64_encode},
                                       {"base64_decode", core_base64_decode},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
