// SPDX-License-Identifier: MIT
// Server-sent events: what comes out, and that no cut changes it.
#include "check.h"

#include "../core/sse.h"

#include <stdio.h>
#include <string.h>

// Writes each event as one line "event|data|id|retry;", comments as "#text;".
typedef struct record {
  char text[2048];
  size_t length;
} record;

static void put(record *r, sse_text text) {
  assert_true(r->length + text.length < sizeof r->text);
  memcpy(r->text + r->length, text.data, text.length);
  r->length += text.length;
}

static void put_word(record *r, const char *word) {
  put(r, (sse_text){word, strlen(word)});
}

static int write_down(void *context, const sse_event *event) {
  record *r = context;
  char retry[32];
  if (event->is_comment) {
    put_word(r, "#");
    put(r, event->comment);
    put_word(r, ";");
    return 0;
  }
  snprintf(retry, sizeof retry, "|%lld;", (long long)event->retry_ms);
  put(r, event->event);
  put_word(r, "|");
  put(r, event->data);
  put_word(r, "|");
  put(r, event->id);
  put_word(r, retry);
  return 0;
}

// Feeds the stream cut at `first` and `second`; gives what came, and whether
// the stream may end there.
static bool play(const char *stream, size_t length, size_t first, size_t second,
                 record *r) {
  sse_parser p;
  error e = {0};
  sse_init(&p, 1 << 16);
  *r = (record){.length = 0};
  assert_int_equal(sse_feed(&p, stream, first, write_down, r, &e), 0);
  assert_int_equal(
      sse_feed(&p, stream + first, second - first, write_down, r, &e), 0);
  assert_int_equal(
      sse_feed(&p, stream + second, length - second, write_down, r, &e), 0);
  r->text[r->length] = '\0';
  bool complete = sse_is_complete(&p);
  sse_free(&p);
  return complete;
}

static void check(const char *stream, const char *expected, bool complete) {
  record r;
  size_t length = strlen(stream);
  for (size_t first = 0; first <= length; first++)
    for (size_t second = first; second <= length; second++) {
      assert_int_equal(play(stream, length, first, second, &r), complete);
      assert_string_equal(r.text, expected);
    }
}

static void parses_as_the_standard_says(void **state) {
  (void)state;
  check("data: YHOO\ndata: +2\ndata: 10\n\n", "|YHOO\n+2\n10||-1;", true);
  check(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
        "data:  third event\n\n",
        "#test stream;|first event|1|-1;|second event||-1;| third event||-1;",
        true);
  check("data\n\ndata\ndata\n\ndata:", "|||-1;|\n||-1;", false);
  check("data:test\n\ndata: test\n\n", "|test||-1;|test||-1;", true);
}

static void all_line_ends_are_one(void **state) {
  (void)state;
  check("event: a\r\ndata: 1\r\n\r\n", "a|1||-1;", true);
  check("event: a\rdata: 1\r\r", "a|1||-1;", true);
  check("event: a\ndata: 1\r\n\n", "a|1||-1;", true);
  check("data: 1\n\r\ndata: 2\r\r\n", "|1||-1;|2||-1;", true);
}

static void a_mark_at_the_start_is_skipped(void **state) {
  (void)state;
  check("\xEF\xBB\xBF"
        "data: 1\n\n",
        "|1||-1;", true);
  check("\xEF\xBB"
        "data: 1\n\n",
        "", true); // a field of another name
  check("\xEF\xBB\xBF\xEF\xBB\xBF"
        "data: 1\n\n",
        "", true);
  check("\xEF", "", false);
}

static void identity_and_retry_stay(void **state) {
  (void)state;
  check("id: 7\nretry: 1500\ndata: a\n\ndata: b\n\nretry: 1x\nid\ndata: c\n\n",
        "|a|7|1500;|b|7|1500;|c||1500;", true);
  check("retry: 99999999999999999999\ndata: a\n\n", "|a||-1;", true);
  check("event: x\n\ndata: a\n\n", "|a||-1;", true); // no data, no event
}

static void an_identity_with_a_zero_is_ignored(void **state) {
  (void)state;
  static const char stream[] = "id: 1\nid: 2\0\ndata: a\n\n";
  record r;
  play(stream, sizeof stream - 1, 0, 0, &r);
  assert_string_equal(r.text, "|a|1|-1;");
}

static void comments_are_signs_of_life(void **state) {
  (void)state;
  check("data: a\n: keep-alive\n:\ndata: b\n\n", "#keep-alive;#;|a\nb||-1;",
        true);
}

static void what_is_cut_off_is_told(void **state) {
  (void)state;
  check("data: a\n\ndata: [DONE]", "|a||-1;", false);
  check("data: a\n", "", false);
  check("\n\n", "", true);
}

static int refuses(const char *stream, size_t cut, size_t maximum) {
  sse_parser p;
  error e = {0};
  record r = {.length = 0};
  sse_init(&p, maximum);
  int status = sse_feed(&p, stream, cut, write_down, &r, &e);
  if (status == 0)
    status =
        sse_feed(&p, stream + cut, strlen(stream) - cut, write_down, &r, &e);
  sse_free(&p);
  if (status < 0)
    assert_int_equal(e.reason, REASON_RESPONSE_TOO_LARGE);
  return status;
}

static void the_maximum_holds_however_it_is_cut(void **state) {
  (void)state;
  static const char line[] = "data: 0123456789\n\n";
  static const char lines[] = "data: 01234\ndata: 56789\ndata:0\n\n";
  static const char comment[] = ": 01234567890\n";
  for (size_t cut = 0; cut <= strlen(line); cut++) {
    assert_int_equal(refuses(line, cut, 16), 0);
    assert_int_equal(refuses(line, cut, 15), -1);
  }
  for (size_t cut = 0; cut <= strlen(lines); cut++) {
    assert_int_equal(refuses(lines, cut, 13), 0);
    assert_int_equal(refuses(lines, cut, 12), -1);
  }
  for (size_t cut = 0; cut <= strlen(comment); cut++)
    assert_int_equal(refuses(comment, cut, 12), -1);
}

static int stop_at_once(void *context, const sse_event *event) {
  (void)context;
  (void)event;
  return 42;
}

static void the_sink_may_stop_it(void **state) {
  (void)state;
  sse_parser p;
  error e = {0};
  sse_init(&p, 100);
  assert_int_equal(
      sse_feed(&p, "data: a\n\ndata: b\n\n", 18, stop_at_once, NULL, &e), 42);
  sse_free(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parses_as_the_standard_says),
      cmocka_unit_test(all_line_ends_are_one),
      cmocka_unit_test(a_mark_at_the_start_is_skipped),
      cmocka_unit_test(identity_and_retry_stay),
      cmocka_unit_test(an_identity_with_a_zero_is_ignored),
      cmocka_unit_test(comments_are_signs_of_life),
      cmocka_unit_test(what_is_cut_off_is_told),
      cmocka_unit_test(the_maximum_holds_however_it_is_cut),
      cmocka_unit_test(the_sink_may_stop_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
