// SPDX-License-Identifier: MIT
#include "check.h"

#include "../core/pattern.h"

#include <stdio.h>
#include <string.h>

// The first match of `text` in `subject` as "start-end", counted from 0; "-"
// where there is none, "!" and the fault, or "…" where the steps were used up.
static const char *found(const char *subject, const char *text, int64_t steps) {
  static char said[80];
  pattern p;
  pattern_init(&p, subject, strlen(subject), text, strlen(text), steps);
  for (const char *s = subject; s <= p.subject_end; s++) {
    const char *end = pattern_match(&p, s);
    if (p.steps < 0)
      return "…";
    if (p.fault)
      snprintf(said, sizeof said, "!%s", p.fault);
    else if (end)
      snprintf(said, sizeof said, "%d-%d", (int)(s - subject),
               (int)(end - subject));
    if (p.fault || end)
      return said;
  }
  return "-";
}

#define CHECK(subject, text, expected)                                         \
  assert_string_equal(found(subject, text, 10000), expected)

static void test_matches(void **state) {
  (void)state;
  CHECK("hello", "l+", "2-4");
  CHECK("hello", "l-o", "2-5");
  CHECK("hello", "x?e", "1-2");
  CHECK("hello", "z*", "0-0");
  CHECK("hello", "o$", "4-5");
  CHECK("hello", "l$", "-");
  CHECK("a(b(c)d)e", "%b()", "1-8");
  CHECK("THE (quick) fox", "%f[%a]%a+%f[%A]", "0-3");
  CHECK("abab", "(ab)%1", "0-4");
  CHECK("a.b", "%.", "1-2");
  CHECK("a]b", "[]]", "1-2");
  CHECK("a-b", "[a-]+", "0-2");
  CHECK("\xc3\x98", "%a", "-");
}

static void test_captures(void **state) {
  (void)state;
  pattern p;
  pattern_init(&p, "key=val", 7, "(%w+)=()(%w*)", 13, 1000);
  assert_non_null(pattern_match(&p, p.subject));
  assert_int_equal(p.count, 3);
  assert_int_equal(p.captures[0].length, 3);
  assert_int_equal(p.captures[1].length, PATTERN_POSITION);
  assert_ptr_equal(p.captures[2].start, p.subject + 4);
}

static void test_faults(void **state) {
  (void)state;
  CHECK("a", "[a", "!malformed pattern (missing ']')");
  CHECK("a", "%", "!malformed pattern (ends with '%')");
  CHECK("a", "(a", "!unfinished capture");
  CHECK("a", "a)", "!invalid pattern capture");
  CHECK("a", "%1", "!invalid capture index");
}

static void test_steps_end_it(void **state) {
  (void)state;
  const char *subject = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  assert_string_equal(found(subject, "a*a*a*a*a*a*b", 100000), "…");
  assert_string_equal(found(subject, "a*b", 100000), "-");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_matches),
      cmocka_unit_test(test_captures),
      cmocka_unit_test(test_faults),
      cmocka_unit_test(test_steps_end_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
