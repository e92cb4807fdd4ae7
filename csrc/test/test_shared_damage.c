// SPDX-License-Identifier: MIT
// A file that is spoiled while it is used, and bytes that make no sense.
#include "shared_state.h"

#include <stdlib.h>

// ---- a file that is spoiled while it is used ----

// Whatever happens to it: no signal, an answer, and a file that all share.
static void assert_goes_on(shared_state *s, shared_slot *slot,
                           const char *why) {
  assert_true(take(s, slot));
  assert_notice(s, why);
  assert_true(take(s, slot));
  assert_notice(s, "");
  shared_state *other = open_state();
  shared_slot same = bucket_of(other, "openai", 3);
  assert_true(take(other, &same));
  assert_false(take(s, slot));
  shared_state_unref(other);
}

static void a_file_that_is_cut_harms_nobody(void **state) {
  (void)state;
  static const off_t sizes[] = {
      0, 10, 4096, 8192, SHARED_FILE_BYTES - 1, SHARED_FILE_BYTES + 1};
  shared_state *s = open_state();
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    shared_slot slot = bucket_of(s, "openai", 3);
    assert_int_equal(truncate(path, sizes[i]), 0);
    assert_goes_on(s, &slot, "not the size");
    unlink(path);
    assert_int_equal(truncate(old_path, 0), 0);
    shared_state_unref(s);
    s = open_state();
  }
  shared_state_unref(s);
}

static void a_file_that_is_cut_while_locked_harms_nobody(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 3);
  bucket_take(enter(s, &slot, 0), 1, 0);
  assert_int_equal(truncate(path, 0), 0);
  leave(s, &slot);
  assert_goes_on(s, &slot, "not the size");
  shared_state_unref(s);
}

static void a_file_that_is_overwritten_harms_nobody(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 3);
  char *junk = malloc(SHARED_FILE_BYTES);
  for (int i = 0; i < SHARED_FILE_BYTES; i++)
    junk[i] = (char)(i * 7);
  change_file(0, junk, SHARED_FILE_BYTES);
  assert_goes_on(s, &slot, "no such file");
  free(junk);
  shared_state_unref(s);
}

static void what_cannot_be_opened_again_is_done_alone(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 3);
  assert_true(take(s, &slot));
  assert_int_equal(truncate(path, 0), 0);
  chmod(path, 0644);
  assert_true(take_at(s, &slot, 10));
  assert_notice(s, "chmod 600");
  assert_true(take_at(s, &slot, 11));
  assert_false(take_at(s, &slot, 12));
  assert_notice(s, "");
  chmod(path, 0600);
  assert_true(take_at(s, &slot, 20)); // a new one
  shared_state_unref(s);
}

// ---- bytes that make no sense ----

static const shared_kind *const kinds[] = {
    &shared_token_bucket, &shared_circuit_breaker, &shared_histogram,
    &shared_concurrency, &shared_counters};

enum { KINDS = sizeof kinds / sizeof *kinds };

// Settings that are right for each kind.
static const void *settings_of(int kind) {
  static shared_bucket_settings bucket = {1, 3};
  static breaker_config breaker;
  static shared_concurrency_settings concurrency = {2};
  static shared_counters_settings count = {5};
  breaker_defaults(&breaker);
  const void *all[KINDS] = {&bucket, &breaker, NULL, &concurrency, &count};
  return all[kind];
}

static void use_payload(int kind, void *payload) {
  switch (kind) {
  case 0:
    bucket_take(payload, 1, 1);
    break;
  case 1: {
    breaker_answer a = breaker_allow(payload, 1);
    breaker_record(payload, a.permit, BREAKER_FAILURE, 1, 1);
    break;
  }
  case 2:
    histogram_record(payload, 0.5);
    histogram_quantile(payload, 0.5);
    break;
  case 3: {
    uint64_t permit = concurrency_acquire(payload, 1, 1);
    concurrency_release(payload, permit);
    break;
  }
  default:
    counters_add(payload, 0, 1);
    counters_enter(payload);
    counters_in_flight(payload);
    counters_leave(payload);
    counters_reset(payload);
  }
}

static uint64_t chance(uint64_t *seed) {
  *seed = *seed * 6364136223846793005u + 1442695040888963407u;
  return *seed >> 33;
}

// Random bytes at random places, by a generator of fixed seed: what is not
// sound begins anew, and what passes is used without harm (the sanitizers see).
static void a_payload_of_any_bytes_harms_nobody(void **state) {
  (void)state;
  uint64_t seed = 1;
  shared_state *s = open_state();
  for (int k = 0; k < KINDS; k++) {
    shared_slot slot;
    assert_int_equal(
        shared_slot_init(&slot, s, kinds[k], "x", 1, settings_of(k), 0, NULL),
        0);
    for (int round = 0; round < 400; round++) {
      uint8_t bytes[32];
      size_t size = 1 + chance(&seed) % 32;
      for (size_t i = 0; i < size; i++)
        bytes[i] = round % 3 == 0 ? 0xFF : (uint8_t)chance(&seed);
      size_t at = chance(&seed) % (kinds[k]->size - size + 1);
      change_file(payload_of(&slot) + (off_t)at, bytes, size);
      use_payload(k, enter(s, &slot, 0));
      leave(s, &slot);
    }
  }
  shared_state_unref(s);
}

static void each_kind_knows_what_is_unsound(void **state) {
  (void)state;
  static uint8_t payload[SHARED_PAYLOAD_MAX];
  for (int k = 0; k < KINDS; k++) {
    kinds[k]->begin(payload, settings_of(k), 0);
    assert_true(kinds[k]->is_sound(payload));
    memset(payload, 0xFF, sizeof payload);
    assert_false(kinds[k]->is_sound(payload));
  }
  concurrency_limit *limit = (void *)payload;
  concurrency_init(limit, 2);
  for (int i = 0; i < CONCURRENCY_MAX; i++)
    limit->permits[i].number = 1; // none is free, and none is counted
  limit->granted = 1;
  assert_false(concurrency_is_sound(limit));
  counters *figures = (void *)payload;
  counters_init(figures, 5);
  figures->count = COUNTERS_MAX + 1;
  assert_false(counters_is_sound(figures));
  circuit_breaker *breaker = (void *)payload;
  breaker_config config;
  breaker_defaults(&config);
  config.judgement = BREAKER_COUNT_WINDOW;
  breaker_init(breaker, &config, 1, NULL);
  breaker->window.next = 100;
  assert_false(breaker_is_sound(breaker));
  breaker_init(breaker, &config, 1, NULL);
  breaker->config.half_open_max_calls = BREAKER_PROBES_MAX + 1;
  assert_false(breaker_is_sound(breaker));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_file_that_is_cut_harms_nobody),
      TEST(a_file_that_is_cut_while_locked_harms_nobody),
      TEST(a_file_that_is_overwritten_harms_nobody),
      TEST(what_cannot_be_opened_again_is_done_alone),
      TEST(a_payload_of_any_bytes_harms_nobody),
      TEST(each_kind_knows_what_is_unsound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
