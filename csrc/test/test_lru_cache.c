// SPDX-License-Identifier: MIT
#include "check.h"
#include "short_memory.h"

#include "../core/lru_cache.h"
#include "../core/siphash.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LARGE = 1 << 20 };

static lru_cache make(size_t entries, size_t bytes) {
  lru_cache c;
  assert_int_equal(lru_cache_init(&c, entries, bytes, NULL), 0);
  return c;
}

static int put_for(lru_cache *c, const char *key, const char *text, double ttl,
                   double now) {
  blob *value = blob_copy(text, strlen(text), NULL);
  int status = lru_cache_put(c, key, strlen(key), value, ttl, now, NULL);
  blob_unref(value);
  return status;
}

static void put(lru_cache *c, const char *key, const char *text) {
  assert_int_equal(put_for(c, key, text, INFINITY, 0), 0);
}

static void assert_has(lru_cache *c, const char *key, const char *text) {
  blob *value = lru_cache_get(c, key, strlen(key), 0);
  assert_non_null(value);
  assert_int_equal(value->size, strlen(text));
  assert_memory_equal(value->data, text, value->size);
}

static void assert_lacks(lru_cache *c, const char *key) {
  assert_null(lru_cache_get(c, key, strlen(key), 0));
}

// The keys from the most recent on, in one text; each is one byte here.
static void assert_order(const lru_cache *c, const char *expected) {
  char order[64];
  size_t length, count = 0;
  const lru_entry *entry = NULL;
  while ((entry = lru_cache_next(c, entry)))
    order[count++] = (char)*lru_entry_key(entry, &length);
  order[count] = '\0';
  assert_string_equal(order, expected);
}

static void the_least_recently_used_goes(void **state) {
  (void)state;
  lru_cache c = make(3, LARGE);
  put(&c, "a", "1");
  put(&c, "b", "2");
  put(&c, "c", "3");
  assert_has(&c, "a", "1");
  assert_order(&c, "acb");
  put(&c, "d", "4");
  assert_order(&c, "dac");
  assert_lacks(&c, "b");
  assert_int_equal(c.stats.evictions, 1);
  assert_int_equal(c.stats.size, 3);
  assert_int_equal(c.stats.hits, 1);
  assert_int_equal(c.stats.misses, 1);
  lru_cache_free(&c);
}

static void bytes_are_bounded_too(void **state) {
  (void)state;
  lru_cache c = make(100, 10);
  put(&c, "a", "123");
  put(&c, "b", "123");
  assert_int_equal(c.stats.bytes, 8);
  put(&c, "c", "12345");
  assert_order(&c, "cb");
  assert_int_equal(c.stats.bytes, 10);
  error e = {0};
  blob *large = blob_copy("1234567890", 10, NULL);
  assert_int_equal(lru_cache_put(&c, "b", 1, large, 1, 0, &e), -1);
  assert_int_equal(e.reason, REASON_TOO_LARGE);
  blob_unref(large);
  assert_lacks(&c, "b"); // and not its outdated value
  assert_order(&c, "c");
  lru_cache_free(&c);
}

static void a_lifetime_ends(void **state) {
  (void)state;
  lru_cache c = make(2, LARGE);
  put_for(&c, "a", "1", 10, 100);
  assert_non_null(lru_cache_get(&c, "a", 1, 109.9));
  assert_null(lru_cache_get(&c, "a", 1, 110));
  assert_int_equal(c.stats.expirations, 1);
  assert_int_equal(c.stats.size, 0);
  put_for(&c, "b", "1", 10, 100);
  put_for(&c, "c", "1", 1000, 100);
  put_for(&c, "d", "1", 1000, 200); // the oldest was over already
  assert_int_equal(c.stats.expirations, 2);
  assert_int_equal(c.stats.evictions, 0);
  lru_cache_free(&c);
}

static void a_value_outlives_its_entry(void **state) {
  (void)state;
  lru_cache c = make(1, LARGE);
  put(&c, "a", "1");
  blob *kept = blob_ref(lru_cache_get(&c, "a", 1, 0));
  put(&c, "b", "2");
  lru_cache_free(&c);
  assert_memory_equal(kept->data, "1", 1);
  blob_unref(kept);
}

static void a_value_may_be_put_again(void **state) {
  (void)state;
  lru_cache c = make(4, LARGE);
  put(&c, "a", "first");
  put(&c, "a", "second");
  assert_has(&c, "a", "second");
  assert_int_equal(c.stats.size, 1);
  assert_int_equal(c.stats.bytes, 7);
  assert_true(lru_cache_delete(&c, "a", 1));
  assert_false(lru_cache_delete(&c, "a", 1));
  assert_int_equal(c.stats.bytes, 0);
  lru_cache_free(&c);
}

static void keys_have_a_length(void **state) {
  (void)state;
  lru_cache c = make(4, LARGE);
  char longest[LRU_CACHE_KEY_MAX + 2];
  memset(longest, 'k', sizeof longest);
  longest[LRU_CACHE_KEY_MAX + 1] = '\0';
  assert_int_equal(put_for(&c, longest, "1", 1, 0), -1);
  assert_int_equal(put_for(&c, "", "1", 1, 0), -1);
  assert_lacks(&c, longest);
  assert_lacks(&c, "");
  longest[LRU_CACHE_KEY_MAX] = '\0';
  put(&c, longest, "1");
  assert_has(&c, longest, "1");
  longest[LRU_CACHE_KEY_MAX - 1] = '\0';
  assert_lacks(&c, longest);
  lru_cache_free(&c);
}

static void bounds_can_move(void **state) {
  (void)state;
  lru_cache c = make(20, LARGE);
  char key[2] = "a";
  for (; key[0] < 'a' + 20; key[0]++)
    put(&c, key, "12");
  assert_int_equal(lru_cache_resize(&c, 4, LARGE, NULL), 0);
  assert_order(&c, "tsrq");
  assert_int_equal(lru_cache_resize(&c, 1000, 7, NULL), 0);
  assert_order(&c, "ts");
  assert_has(&c, "s", "12");
  lru_cache_clear(&c);
  assert_order(&c, "");
  assert_int_equal(c.stats.bytes, 0);
  assert_int_equal(c.stats.evictions, 18);
  put(&c, "a", "1");
  assert_has(&c, "a", "1");
  lru_cache_free(&c);
}

// Enough keys that buckets hold several.
static void many_keys_keep_apart(void **state) {
  (void)state;
  lru_cache c = make(1000, LARGE);
  char key[16];
  for (int i = 0; i < 5000; i++) {
    snprintf(key, sizeof key, "key %d", i);
    put(&c, key, key);
    if (i >= 999 && i % 7 == 0) {
      snprintf(key, sizeof key, "key %d", i - 999);
      assert_has(&c, key, key);
      assert_true(lru_cache_delete(&c, key, strlen(key)));
    }
  }
  assert_true(c.stats.size > 900 && c.stats.size <= 1000);
  lru_cache_free(&c);
}

static void short_memory_harms_nothing(void **state) {
  (void)state;
  lru_cache c;
  error e = {0};
  short_memory(1);
  assert_int_equal(lru_cache_init(&c, 4, LARGE, &e), -1);
  assert_int_equal(e.reason, REASON_MEMORY);
  lru_cache_free(&c);
  short_memory(0);
  c = make(4, LARGE);
  put(&c, "a", "1");
  put(&c, "b", "2");
  blob *value = blob_copy("3", 1, NULL);
  short_memory(1);
  assert_int_equal(lru_cache_put(&c, "b", 1, value, 1, 0, &e), -1);
  assert_int_equal(e.reason, REASON_MEMORY);
  short_memory(1);
  assert_int_equal(lru_cache_resize(&c, 1, LARGE, &e), -1);
  short_memory(0);
  assert_order(&c, "a");
  assert_int_equal(c.max_entries, 4);
  blob_unref(value);
  lru_cache_free(&c);
}

static void a_hit_allocates_nothing(void **state) {
  (void)state;
  lru_cache c = make(4, LARGE);
  put(&c, "a", "1");
  put(&c, "b", "2");
  short_memory(0);
  assert_has(&c, "a", "1");
  assert_lacks(&c, "c");
  assert_int_equal(short_memory_seen, 0);
  lru_cache_free(&c);
}

// As another implementation has them (CPython 3.11, PYTHONHASHSEED=0).
static void siphash_is_the_published_one(void **state) {
  (void)state;
  static const uint64_t key[2];
  char zeros[64];
  memset(zeros, '0', sizeof zeros);
  assert_true(siphash(key, "a", 1) == 0x407448d2b89b1813);
  assert_true(siphash(key, "abcdefg", 7) == 0x6db12aae9070f506);
  assert_true(siphash(key, "abcdefgh", 8) == 0x3f7b849c0b8e35ea);
  assert_true(siphash(key, "abcdefghi", 9) == 0xf89b34a3d11eb6e5);
  assert_true(siphash(key, zeros, 64) == 0x94e5ad769db30ee9);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_least_recently_used_goes),
      cmocka_unit_test(bytes_are_bounded_too),
      cmocka_unit_test(a_lifetime_ends),
      cmocka_unit_test(a_value_outlives_its_entry),
      cmocka_unit_test(a_value_may_be_put_again),
      cmocka_unit_test(keys_have_a_length),
      cmocka_unit_test(bounds_can_move),
      cmocka_unit_test(many_keys_keep_apart),
      cmocka_unit_test(short_memory_harms_nothing),
      cmocka_unit_test(a_hit_allocates_nothing),
      cmocka_unit_test(siphash_is_the_published_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
