// SPDX-License-Identifier: MIT
#include "check.h"

#include "../core/json_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void quotes(const char *text, size_t length, const char *literal) {
  buffer b;
  buffer_init(&b, 4096);
  assert_int_equal(json_quote(&b, text, length, NULL), 0);
  assert_int_equal(b.length, strlen(literal));
  assert_memory_equal(b.data, literal, b.length);
  buffer_free(&b);
}

static void control_characters_are_escaped(void **state) {
  (void)state;
  quotes("", 0, "\"\"");
  quotes("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
  quotes("\b\t\n\v\f\r\0\x1f\x7f", 9,
         "\"\\b\\t\\n\\u000b\\f\\r\\u0000\\u001f\\u007f\"");
  quotes("\xC3\x98 20 \xE2\x8C\x80", 9, "\"\xC3\x98 20 \xE2\x8C\x80\"");
}

static void bad_bytes_are_replaced(void **state) {
  (void)state;
  quotes("a\xFFz", 3, "\"a\xEF\xBF\xBDz\"");
  quotes("a\xC3", 2, "\"a\xEF\xBF\xBD\"");
  quotes("\xC3\"", 2, "\"\xEF\xBF\xBD\\\"\"");
}

// What stands for one byte that no other continues.
static const char *literal_of(int byte, char form[8]) {
  static const char *const names[] = {
      ['"'] = "\\\"", ['\\'] = "\\\\", ['\b'] = "\\b", ['\t'] = "\\t",
      ['\n'] = "\\n", ['\f'] = "\\f",  ['\r'] = "\\r"};
  if (byte >= 0x80)
    return "\xEF\xBF\xBD";
  if (byte <= '\\' && names[byte])
    return names[byte];
  bool control = byte < 0x20 || byte == 0x7F;
  snprintf(form, 8, control ? "\\u%04x" : "%c", (unsigned)byte);
  return form;
}

// Text is looked at eight bytes at a time: each byte in each of the places.
static void each_byte_is_seen_wherever_it_stands(void **state) {
  (void)state;
  for (int byte = 0; byte < 256; byte++)
    for (size_t before = 0; before < 20; before++) {
      char text[40], literal[60], form[8];
      memset(text, '~', sizeof text);
      text[before] = (char)byte;
      size_t length = before + 1 + 11;
      snprintf(literal, sizeof literal, "\"%.*s%s%.*s\"", (int)before,
               "~~~~~~~~~~~~~~~~~~~~", literal_of(byte, form), 11,
               "~~~~~~~~~~~");
      quotes(text, length, literal);
    }
}

// Every sequence of up to three bytes around the edges of Unicode's table.
static void only_well_formed_sequences_pass(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t valid;
  } cases[] = {
      {"\x7F", 1},
      {"\x80", 0},
      {"\xC1\xBF", 0},
      {"\xC2\x80", 2},
      {"\xDF\xBF", 2},
      {"\xE0\x9F\xBF", 0},
      {"\xE0\xA0\x80", 3},
      {"\xED\x9F\xBF", 3},
      {"\xED\xA0\x80", 0},
      {"\xEF\xBF\xBF", 3},
      {"\xF0\x8F\xBF\xBF", 0},
      {"\xF0\x90\x80\x80", 4},
      {"\xF4\x8F\xBF\xBF", 4},
      {"\xF4\x90\x80\x80", 0},
      {"\xF5\x80\x80\x80", 0},
      {"12345678\xE2\x82\xAC"
       "90",
       13},
      {"1234567890\xE2\x82", 10},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(utf8_valid_length(cases[i].text, strlen(cases[i].text)),
                     cases[i].valid);
}

static void a_maximum_is_kept(void **state) {
  (void)state;
  buffer b;
  error e = {0};
  buffer_init(&b, 8);
  assert_int_equal(json_quote(&b, "\1\1\1", 3, &e), -1);
  assert_int_equal(e.reason, REASON_TOO_LARGE);
  buffer_free(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(control_characters_are_escaped),
      cmocka_unit_test(bad_bytes_are_replaced),
      cmocka_unit_test(each_byte_is_seen_wherever_it_stands),
      cmocka_unit_test(only_well_formed_sequences_pass),
      cmocka_unit_test(a_maximum_is_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
