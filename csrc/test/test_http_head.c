// SPDX-License-Identifier: MIT
// Header lines as libcurl hands them over, one by one.
#include "check.h"

#include "../core/http_head.h"

#include <stdio.h>
#include <string.h>

static void feed(http_head *h, const char *const *lines) {
  error e = {0};
  for (; *lines; lines++)
    assert_int_equal(http_head_line(h, *lines, strlen(*lines), &e), 0);
}

// All headers as one text: "name=value;…".
static void check_headers(const http_head *h, const char *wanted) {
  char text[256] = "";
  http_header header;
  for (size_t at = 0; http_head_next(h, &at, &header);) {
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "%.*s=%.*s;",
             (int)header.name_length, header.name, (int)header.value_length,
             header.value);
  }
  assert_string_equal(text, wanted);
}

static void reads_an_answer(void **state) {
  (void)state;
  http_head h;
  http_head_init(&h);
  feed(&h, (const char *const[]){"HTTP/1.1 429 Too Many Requests\r\n",
                                 "Retry-After:  7 \r\n", "X-EMPTY:\r\n", NULL});
  assert_false(h.complete);
  feed(&h, (const char *const[]){"\r\n", NULL});
  assert_true(h.complete);
  assert_int_equal(h.status, 429);
  check_headers(&h, "retry-after=7;x-empty=;");
  http_head_free(&h);
}

static void reads_http_2(void **state) {
  (void)state;
  http_head h;
  http_head_init(&h);
  feed(&h,
       (const char *const[]){"HTTP/2 200 \r\n", "date: now\r\n", "\r\n", NULL});
  assert_int_equal(h.status, 200);
  check_headers(&h, "date=now;");
  http_head_free(&h);
}

static void forgets_interim_answers_and_trailers(void **state) {
  (void)state;
  http_head h;
  http_head_init(&h);
  feed(&h, (const char *const[]){"HTTP/1.1 103 Early Hints\r\n", "Link: x\r\n",
                                 "\r\n", NULL});
  assert_false(h.complete);
  feed(&h, (const char *const[]){"HTTP/1.1 200 OK\r\n", "A: 1\r\n", "\r\n",
                                 "Trailer: late\r\n", "\r\n", NULL});
  check_headers(&h, "a=1;");
  http_head_free(&h);
}

static void drops_what_is_no_header(void **state) {
  (void)state;
  http_head h;
  http_head_init(&h);
  feed(&h, (const char *const[]){"HTTP/1.1 200\r\n", "no colon\r\n",
                                 " folded: line\r\n", "B: 2:3\n", "\n", NULL});
  assert_true(h.complete);
  check_headers(&h, "b=2:3;");
  http_head_free(&h);
}

static void takes_no_nonsense_for_a_status(void **state) {
  (void)state;
  static const char *const lines[] = {"HTTP/1.1\r\n", "HTTP/1.1 \r\n",
                                      "HTTP/1.1 2x0 OK\r\n"};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    http_head h;
    http_head_init(&h);
    feed(&h, (const char *const[]){lines[i], "\r\n", NULL});
    assert_false(h.complete);
    http_head_free(&h);
  }
}

static void has_a_limit(void **state) {
  (void)state;
  http_head h;
  error e = {0};
  char line[1001];
  memset(line, 'a', sizeof line);
  line[1] = ':';
  http_head_init(&h);
  int result = 0;
  for (int i = 0; i < 100 && result == 0; i++)
    result = http_head_line(&h, line, sizeof line, &e);
  assert_int_equal(result, -1);
  assert_int_equal(e.reason, REASON_RESPONSE_TOO_LARGE);
  assert_true(h.lines.length <= HTTP_HEAD_MAX);
  http_head_free(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_an_answer),
      cmocka_unit_test(reads_http_2),
      cmocka_unit_test(forgets_interim_answers_and_trailers),
      cmocka_unit_test(drops_what_is_no_header),
      cmocka_unit_test(takes_no_nonsense_for_a_status),
      cmocka_unit_test(has_a_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
