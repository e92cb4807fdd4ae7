// SPDX-License-Identifier: MIT
// A request's body: the same bytes however they are asked for.
#include "check.h"

#include "../core/base64.h"
#include "../core/http_body.h"

#include <string.h>

enum { WHOLE_MAX = 512 };

typedef struct sample {
  http_body body;
  char whole[WHOLE_MAX]; // what must go out
  size_t length;
} sample;

static void add_text(sample *s, http_segment *segment, const char *text) {
  *segment = (http_segment){.bytes = text, .length = strlen(text)};
  memcpy(s->whole + s->length, text, strlen(text));
  s->length += strlen(text);
}

static void add_picture(sample *s, http_segment *segment, size_t size) {
  error e = {0};
  blob *picture = blob_new(size, &e);
  assert_non_null(picture);
  for (size_t i = 0; i < size; i++)
    picture->data[i] = (uint8_t)(i * 37 + size);
  *segment = (http_segment){.picture = picture};
  base64_encode(picture->data, size, s->whole + s->length);
  s->length += base64_encoded_size(size);
}

// Text, picture, nothing, picture, text: pictures of `size` and size + 1 bytes.
// Every other one is made as one text.
static void sample_init(sample *s, size_t size) {
  size_t small = size % 2 ? WHOLE_MAX : 0;
  http_segment segments[5];
  error e = {0};
  *s = (sample){0};
  add_text(s, &segments[0], "{\"image\":\"");
  add_picture(s, &segments[1], size);
  add_text(s, &segments[2], "");
  add_picture(s, &segments[3], size + 1);
  add_text(s, &segments[4], "\"}");
  assert_int_equal(http_body_init(&s->body, segments, 5, small, &e), 0);
  assert_int_equal(s->body.text != NULL, small > 0);
  blob_unref(segments[1].picture);
  blob_unref(segments[3].picture);
}

static void check_rest(sample *s, size_t from, size_t room) {
  char out[WHOLE_MAX];
  size_t at = from, n;
  while ((n = http_body_read(&s->body, out, room)) > 0) {
    assert_true(n <= room && at + n <= s->length);
    assert_memory_equal(out, s->whole + at, n);
    at += n;
  }
  assert_int_equal(at, s->length);
  assert_int_equal(s->body.position, s->length);
}

static void knows_its_length(void **state) {
  (void)state;
  for (size_t size = 0; size < 20; size++) {
    sample s;
    sample_init(&s, size);
    assert_int_equal(s.body.length, s.length);
    http_body_free(&s.body);
  }
}

static void is_the_same_in_any_portions(void **state) {
  (void)state;
  for (size_t size = 0; size < 20; size++) {
    sample s;
    sample_init(&s, size);
    for (size_t room = 1; room < 40; room++) {
      assert_true(http_body_seek(&s.body, 0));
      check_rest(&s, 0, room);
    }
    http_body_free(&s.body);
  }
}

static void goes_on_from_any_position(void **state) {
  (void)state;
  for (size_t size = 0; size < 20; size++) {
    sample s;
    sample_init(&s, size);
    for (size_t from = 0; from <= s.length; from++) {
      assert_true(http_body_seek(&s.body, from));
      check_rest(&s, from, 7);
    }
    assert_false(http_body_seek(&s.body, s.length + 1));
    http_body_free(&s.body);
  }
}

static void can_be_empty(void **state) {
  (void)state;
  http_body body;
  error e = {0};
  char out[1];
  assert_int_equal(http_body_init(&body, NULL, 0, 0, &e), 0);
  assert_int_equal(http_body_read(&body, out, sizeof out), 0);
  assert_true(http_body_seek(&body, 0));
  http_body_free(&body);
}

static void refuses_what_is_too_much(void **state) {
  (void)state;
  http_body body;
  error e = {0};
  http_segment huge[2] = {{.bytes = "", .length = HTTP_BODY_MAX},
                          {.bytes = "x", .length = 1}};
  assert_int_equal(http_body_init(&body, huge, 2, 0, &e), -1);
  assert_int_equal(e.reason, REASON_INVALID_OPTION);
  assert_int_equal(http_body_init(&body, huge, HTTP_SEGMENTS_MAX + 1, 0, &e),
                   -1);
  assert_int_equal(e.reason, REASON_INVALID_OPTION);
  http_body_free(&body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(knows_its_length),
      cmocka_unit_test(is_the_same_in_any_portions),
      cmocka_unit_test(goes_on_from_any_position),
      cmocka_unit_test(can_be_empty),
      cmocka_unit_test(refuses_what_is_too_much),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
