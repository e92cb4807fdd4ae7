// SPDX-License-Identifier: MIT
// error, buffer and blob: what everything else is made of.
#include "check.h"

#include "../core/blob.h"
#include "../core/buffer.h"
#include "../core/clock.h"

#include <string.h>

static void message_is_cut_between_characters(void **state) {
  (void)state;
  char text[ERROR_MESSAGE_MAX + 8];
  for (int lead = 0; lead < 3; lead++) {
    memset(text, 'a', sizeof text);
    for (size_t i = (size_t)lead; i + 2 < sizeof text; i += 2)
      memcpy(text + i, "\xC3\xA4", 2);
    text[sizeof text - 1] = '\0';
    error e = {0};
    assert_int_equal(error_set(&e, REASON_INPUT, "%s", text), -1);
    size_t length = strlen(e.message);
    assert_true(length >= ERROR_MESSAGE_MAX - 2);
    assert_true((unsigned char)e.message[length - 1] != 0xC3);
  }
}

static void a_whole_last_character_is_kept(void **state) {
  (void)state;
  error e = {0};
  error_set(&e, REASON_INPUT, "caf\xC3\xA9");
  assert_string_equal(e.message, "caf\xC3\xA9");
  assert_string_equal(reason_word(e.reason), "input");
}

static void every_reason_has_a_word_of_its_own(void **state) {
  (void)state;
  for (int i = 1; i < REASON_COUNT; i++)
    for (int j = 1; j < i; j++)
      assert_string_not_equal(reason_word((enum reason)i),
                              reason_word((enum reason)j));
  assert_string_equal(reason_word((enum reason)12345), "internal");
}

static void buffer_keeps_its_maximum(void **state) {
  (void)state;
  error e = {0};
  buffer b;
  buffer_init(&b, 1000);
  for (int i = 0; i < 100; i++)
    assert_int_equal(buffer_append(&b, "0123456789", 10, &e), 0);
  assert_int_equal(buffer_append(&b, "x", 1, &e), -1);
  assert_int_equal(e.reason, REASON_TOO_LARGE);
  assert_int_equal(b.length, 1000);
  assert_memory_equal(b.data + 990, "0123456789", 10);
  buffer_free(&b);
  assert_int_equal(buffer_append(&b, "x", 1, &e), 0);
  buffer_free(&b);
}

static void buffer_refuses_sums_that_overflow(void **state) {
  (void)state;
  error e = {0};
  buffer b;
  buffer_init(&b, 64);
  assert_int_equal(buffer_append(&b, "abc", 3, &e), 0);
  assert_int_equal(buffer_reserve(&b, SIZE_MAX - 1, &e), -1);
  buffer_free(&b);
}

static void buffer_consumes_from_the_front(void **state) {
  (void)state;
  buffer b;
  buffer_init(&b, 64);
  buffer_append(&b, "abcdef", 6, NULL);
  buffer_consume(&b, 2);
  assert_int_equal(b.length, 4);
  assert_memory_equal(b.data, "cdef", 4);
  buffer_consume(&b, 100);
  assert_int_equal(b.length, 0);
  buffer_free(&b);
}

static void blob_lives_as_long_as_its_last_reference(void **state) {
  (void)state;
  blob *b = blob_copy("picture", 7, NULL);
  blob *same = blob_ref(b);
  blob_unref(b);
  assert_memory_equal(same->data, "picture", 7);
  blob_unref(same);
  blob_unref(NULL);
}

static void blob_says_when_memory_is_short(void **state) {
  (void)state;
  error e = {0};
  assert_null(blob_new(SIZE_MAX - 2, &e));
  assert_int_equal(e.reason, REASON_MEMORY);
}

static void clocks_run(void **state) {
  (void)state;
  int64_t before = clock_mono_us();
  assert_true(clock_mono_us() >= before);
  assert_true(clock_wall_us() > (int64_t)1700000000 * 1000000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(message_is_cut_between_characters),
      cmocka_unit_test(a_whole_last_character_is_kept),
      cmocka_unit_test(every_reason_has_a_word_of_its_own),
      cmocka_unit_test(buffer_keeps_its_maximum),
      cmocka_unit_test(buffer_refuses_sums_that_overflow),
      cmocka_unit_test(buffer_consumes_from_the_front),
      cmocka_unit_test(blob_lives_as_long_as_its_last_reference),
      cmocka_unit_test(blob_says_when_memory_is_short),
      cmocka_unit_test(clocks_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
