// SPDX-License-Identifier: MIT
// Frames and messages between the pool and vision-reader.
#include "check.h"

#include "../core/buffer.h"
#include "../core/reader_protocol.h"

#include <string.h>

enum { MAXIMUM = 1000 };

static void put_header(buffer *b, int kind, uint32_t length) {
  uint8_t header[FRAME_HEADER_SIZE];
  error e;
  frame_header(header, (enum frame_kind)kind, length);
  assert_int_equal(buffer_append(b, header, sizeof header, &e), 0);
}

static void put_frame(buffer *b, int kind, const char *payload) {
  error e;
  put_header(b, kind, (uint32_t)strlen(payload));
  assert_int_equal(buffer_append(b, payload, strlen(payload), &e), 0);
}

// Feeds at most `piece` bytes at a time; returns the last status.
static int feed(message_reader *r, const buffer *b, size_t piece, error *e) {
  size_t at = 0;
  int status = 0;
  while (status == 0 && at < b->length) {
    size_t room;
    uint8_t *place = message_reader_space(r, &room);
    size_t count = b->length - at;
    count = count < room ? count : room;
    count = count < piece ? count : piece;
    memcpy(place, b->data + at, count);
    at += count;
    status = message_reader_advance(r, count, e);
  }
  return status;
}

static void assert_blob(const blob *b, const char *text) {
  assert_non_null(b);
  assert_int_equal(b->size, strlen(text));
  assert_memory_equal(b->data, text, b->size);
}

static void a_request_comes_whole_in_pieces_of_any_size(void **state) {
  (void)state;
  buffer b;
  buffer_init(&b, MAXIMUM);
  put_frame(&b, FRAME_STEPS, "open page=1\nwords");
  put_frame(&b, FRAME_IMAGE, "bytes of a picture");
  for (size_t piece = 1; piece <= b.length; piece++) {
    message_reader r;
    message m;
    error e = {0};
    message_reader_init(&r, MESSAGE_REQUEST, MAXIMUM);
    assert_int_equal(feed(&r, &b, piece, &e), 1);
    message_reader_take(&r, &m);
    assert_blob(m.steps, "open page=1\nwords");
    assert_blob(m.image, "bytes of a picture");
    message_free(&m);
    message_reader_free(&r);
  }
  buffer_free(&b);
}

static void an_answer_has_pictures_before_its_result(void **state) {
  (void)state;
  buffer b;
  message_reader r;
  message m;
  error e = {0};
  buffer_init(&b, MAXIMUM);
  put_frame(&b, FRAME_READY, "");
  put_frame(&b, FRAME_PICTURE, "one");
  put_frame(&b, FRAME_PICTURE, "");
  put_frame(&b, FRAME_RESULT, "{}");
  message_reader_init(&r, MESSAGE_ANSWER, MAXIMUM);
  assert_int_equal(feed(&r, &b, 5, &e), 1);
  assert_true(r.heard_ready);
  message_reader_take(&r, &m);
  assert_int_equal(m.picture_count, 2);
  assert_blob(m.pictures[0], "one");
  assert_blob(m.pictures[1], "");
  assert_blob(m.result, "{}");
  message_free(&m);
  message_reader_free(&r);
  buffer_free(&b);
}

static void a_failure_is_a_reason_and_a_message(void **state) {
  static const struct {
    const char *payload;
    enum reason reason;
    const char *message;
  } cases[] = {
      {"encrypted\nask the author", REASON_ENCRYPTED, "ask the author"},
      {"encrypted", REASON_ENCRYPTED, ""},
      {"no such word\nhm", REASON_INTERNAL, "hm"},
      {"", REASON_INTERNAL, ""},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    buffer b;
    message_reader r;
    message m;
    error e = {0};
    buffer_init(&b, MAXIMUM);
    put_frame(&b, FRAME_FAILURE, cases[i].payload);
    message_reader_init(&r, MESSAGE_ANSWER, MAXIMUM);
    assert_int_equal(feed(&r, &b, 3, &e), 1);
    message_reader_take(&r, &m);
    assert_int_equal(m.failure.reason, cases[i].reason);
    assert_string_equal(m.failure.message, cases[i].message);
    message_free(&m);
    message_reader_free(&r);
    buffer_free(&b);
  }
}

// A lone header, and what becomes of it.
static int judge(enum message_side side, const uint8_t *header, error *e) {
  buffer b;
  message_reader r;
  buffer_init(&b, MAXIMUM);
  buffer_append(&b, header, FRAME_HEADER_SIZE, e);
  message_reader_init(&r, side, MAXIMUM);
  int status = feed(&r, &b, SIZE_MAX, e);
  message_reader_free(&r);
  buffer_free(&b);
  return status;
}

static void frames_that_may_not_come_are_refused(void **state) {
  static const struct {
    enum message_side side;
    uint8_t header[FRAME_HEADER_SIZE];
    enum reason reason;
  } cases[] = {
      {MESSAGE_REQUEST, {FRAME_IMAGE, 1}, REASON_INVALID_RESPONSE},
      {MESSAGE_REQUEST, {FRAME_RESULT, 1}, REASON_INVALID_RESPONSE},
      {MESSAGE_REQUEST, {FRAME_STEPS, 1, 0, 0, 1, 0, 1}, REASON_TOO_LARGE},
      {MESSAGE_ANSWER, {FRAME_STEPS, 1}, REASON_INVALID_RESPONSE},
      {MESSAGE_ANSWER, {0, 1}, REASON_INVALID_RESPONSE},
      {MESSAGE_ANSWER, {200, 1}, REASON_INVALID_RESPONSE},
      {MESSAGE_ANSWER, {FRAME_RESULT, 2}, REASON_INVALID_RESPONSE},
      {MESSAGE_ANSWER, {FRAME_RESULT, 1, 1}, REASON_INVALID_RESPONSE},
      {MESSAGE_ANSWER, {FRAME_READY, 1, 0, 0, 1}, REASON_TOO_LARGE},
      {MESSAGE_ANSWER, {FRAME_FAILURE, 1, 0, 0, 1, 4}, REASON_TOO_LARGE},
      {MESSAGE_ANSWER,
       {FRAME_RESULT, 1, 0, 0, 255, 255, 255, 255},
       REASON_TOO_LARGE},
      {MESSAGE_ANSWER, {FRAME_PICTURE, 1, 0, 0, 0xE9, 3}, REASON_TOO_LARGE},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    error e = {0};
    assert_int_equal(judge(cases[i].side, cases[i].header, &e), -1);
    assert_int_equal(e.reason, cases[i].reason);
  }
}

static void the_maximum_counts_all_pictures_of_an_answer(void **state) {
  (void)state;
  char half[MAXIMUM / 2 + 1];
  memset(half, 'x', sizeof half - 1);
  half[sizeof half - 1] = '\0';
  buffer b;
  message_reader r;
  message m;
  error e = {0};
  buffer_init(&b, MAXIMUM * 4);
  put_frame(&b, FRAME_PICTURE, half);
  put_frame(&b, FRAME_PICTURE, half);
  put_frame(&b, FRAME_RESULT, "{}");
  message_reader_init(&r, MESSAGE_ANSWER, MAXIMUM);
  // The second answer has its own maximum.
  for (int round = 0; round < 2; round++) {
    assert_int_equal(feed(&r, &b, 100, &e), 1);
    message_reader_take(&r, &m);
    message_free(&m);
  }
  buffer_free(&b);
  put_frame(&b, FRAME_PICTURE, half);
  put_frame(&b, FRAME_PICTURE, half);
  put_frame(&b, FRAME_PICTURE, "x");
  assert_int_equal(feed(&r, &b, 100, &e), -1);
  assert_int_equal(e.reason, REASON_TOO_LARGE);
  message_reader_free(&r);
  buffer_free(&b);
}

static void a_message_that_breaks_off_leaks_nothing(void **state) {
  (void)state;
  buffer b;
  buffer_init(&b, MAXIMUM);
  put_frame(&b, FRAME_PICTURE, "one");
  put_frame(&b, FRAME_RESULT, "{}");
  size_t whole = b.length;
  for (b.length = 0; b.length < whole; b.length++) {
    message_reader r;
    error e = {0};
    message_reader_init(&r, MESSAGE_ANSWER, MAXIMUM);
    assert_int_equal(feed(&r, &b, 2, &e), 0);
    message_reader_free(&r);
  }
  buffer_free(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_request_comes_whole_in_pieces_of_any_size),
      cmocka_unit_test(an_answer_has_pictures_before_its_result),
      cmocka_unit_test(a_failure_is_a_reason_and_a_message),
      cmocka_unit_test(frames_that_may_not_come_are_refused),
      cmocka_unit_test(the_maximum_counts_all_pictures_of_an_answer),
      cmocka_unit_test(a_message_that_breaks_off_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
