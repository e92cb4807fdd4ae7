// SPDX-License-Identifier: MIT
#include "../core/lru_cache.h"

#include "binding.h"

#define CACHE_CLASS "vision.lru_cache"

static lru_cache *check_cache(lua_State *L) {
  lru_cache *c = luaL_checkudata(L, 1, CACHE_CLASS);
  luaL_argcheck(L, c->buckets, 1, "this cache is closed");
  return c;
}

static const char *check_key(lua_State *L, int index, size_t *length) {
  const char *key = luaL_checklstring(L, index, length);
  luaL_argcheck(L, *length >= 1 && *length <= LRU_CACHE_KEY_MAX, index,
                "a key of 1 to 64 bytes expected");
  return key;
}

static size_t check_entries(lua_State *L, int index) {
  lua_Number entries = luaL_checknumber(L, index);
  luaL_argcheck(L, entries >= 1 && entries <= LRU_CACHE_ENTRIES_MAX, index,
                "from 1 to 1048576 entries expected");
  return (size_t)entries;
}

static size_t check_bytes(lua_State *L, int index) {
  static const lua_Number maximum = 1099511627776.0;
  lua_Number bytes = luaL_checknumber(L, index);
  luaL_argcheck(L, bytes >= 1 && bytes <= maximum, index,
                "from 1 byte to 1 TiB expected");
  return (size_t)bytes;
}

static int core_lru_cache(lua_State *L) {
  size_t entries = check_entries(L, 1), bytes = check_bytes(L, 2);
  error e = {0};
  lru_cache *c = binding_new(L, sizeof *c, CACHE_CLASS);
  return lru_cache_init(c, entries, bytes, &e) < 0 ? binding_fail(L, &e) : 1;
}

static int cache_get(lua_State *L) {
  lru_cache *c = check_cache(L);
  size_t length;
  const char *key = check_key(L, 2, &length);
  const blob *value = lru_cache_get(c, key, length, luaL_checknumber(L, 3));
  if (!value)
    return 0;
  lua_pushlstring(L, (const char *)value->data, value->size);
  return 1;
}

static int cache_put(lua_State *L) {
  lru_cache *c = check_cache(L);
  size_t length, size;
  const char *key = check_key(L, 2, &length);
  const char *bytes = luaL_checklstring(L, 3, &size);
  lua_Number ttl = luaL_checknumber(L, 4), now = luaL_checknumber(L, 5);
  luaL_argcheck(L, ttl > 0, 4, "a lifetime above 0 seconds expected");
  error e = {0};
  blob *value = blob_copy(bytes, size, &e);
  int status = value ? lru_cache_put(c, key, length, value, ttl, now, &e) : -1;
  blob_unref(value);
  if (status < 0)
    return binding_fail(L, &e);
  lua_pushboolean(L, 1);
  return 1;
}

static int cache_delete(lua_State *L) {
  lru_cache *c = check_cache(L);
  size_t length;
  const char *key = check_key(L, 2, &length);
  lua_pushboolean(L, lru_cache_delete(c, key, length));
  return 1;
}

static int cache_clear(lua_State *L) {
  lru_cache_clear(check_cache(L));
  return 0;
}

static int cache_resize(lua_State *L) {
  lru_cache *c = check_cache(L);
  size_t entries = check_entries(L, 2), bytes = check_bytes(L, 3);
  error e = {0};
  if (lru_cache_resize(c, entries, bytes, &e) < 0)
    return binding_fail(L, &e);
  lua_pushboolean(L, 1);
  return 1;
}

static void set_count(lua_State *L, const char *name, uint64_t count) {
  lua_pushinteger(L, (lua_Integer)count);
  lua_setfield(L, -2, name);
}

static int cache_stats(lua_State *L) {
  const lru_cache_stats *s = &check_cache(L)->stats;
  lua_createtable(L, 0, 6);
  set_count(L, "hits", s->hits);
  set_count(L, "misses", s->misses);
  set_count(L, "evictions", s->evictions);
  set_count(L, "expirations", s->expirations);
  set_count(L, "size", s->size);
  set_count(L, "bytes", s->bytes);
  return 1;
}

static int cache_keys(lua_State *L) {
  const lru_cache *c = check_cache(L);
  const lru_entry *entry = NULL;
  lua_createtable(L, (int)c->stats.size, 0);
  for (int i = 1; (entry = lru_cache_next(c, entry)); i++) {
    size_t length;
    const uint8_t *key = lru_entry_key(entry, &length);
    lua_pushlstring(L, (const char *)key, length);
    lua_rawseti(L, -2, i);
  }
  return 1;
}

static int cache_close(lua_State *L) {
  lru_cache_free(luaL_checkudata(L, 1, CACHE_CLASS));
  return 0;
}

void open_lru_cache(lua_State *L) {
  static const luaL_Reg methods[] = {{"get", cache_get},
                                     {"put", cache_put},
                                     {"delete", cache_delete},
                                     {"clear", cache_clear},
                                     {"resize", cache_resize},
                                     {"stats", cache_stats},
                                     {"keys", cache_keys},
                                     {"close", cache_close},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {{"lru_cache", core_lru_cache},
                                       {NULL, NULL}};
  binding_class(L, CACHE_CLASS, methods, cache_close);
  luaL_setfuncs(L, functions, 0);
}
