// SPDX-License-Identifier: MIT
// Pictures in JSON: the same text, pictures and fault however it is cut, and
// nothing is ever made longer than placeholders explain.
#include "fuzz.h"

#include "../core/json_lift.h"

static const char MARK[] = "lift-0123456789abcdef0123456789abcdef-";

static json_lift *play(const uint8_t *data, size_t size, int control,
                       error *e) {
  json_lift *l = json_lift_new(JSON_LIFT_THRESHOLD_MIN, 2048, MARK, e);
  HOLDS(l != NULL);
  int status = 0;
  for (size_t at = 0; at < size && status == 0;) {
    size_t count = control < 0 ? size : piece_length((uint8_t)control, at);
    if (count > size - at)
      count = size - at;
    char *piece = exact_copy(data + at, count);
    status = json_lift_feed(l, piece, count, e);
    free(piece);
    at += count;
  }
  if (status == 0)
    json_lift_finish(l, e);
  return l;
}

static void same_images(const json_lift *a, const json_lift *b) {
  HOLDS(json_lift_count(a) == json_lift_count(b));
  for (size_t i = 0; i < json_lift_count(a); i++) {
    const image *x = json_lift_image(a, i), *y = json_lift_image(b, i);
    HOLDS(x->bytes->size == y->bytes->size);
    HOLDS(memcmp(x->bytes->data, y->bytes->data, x->bytes->size) == 0);
  }
}

static void same_text(const json_lift *a, const json_lift *b) {
  size_t a_length, b_length;
  const char *x = json_lift_text(a, &a_length);
  const char *y = json_lift_text(b, &b_length);
  HOLDS(a_length == b_length && memcmp(x, y, a_length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  error whole_error = {0}, pieces_error = {0};
  json_lift *whole = play(data + 1, size - 1, -1, &whole_error);
  json_lift *pieces = play(data + 1, size - 1, data[0], &pieces_error);
  HOLDS(whole_error.reason == pieces_error.reason);
  HOLDS(strcmp(whole_error.message, pieces_error.message) == 0);
  if (whole_error.reason == REASON_NONE) {
    same_text(whole, pieces);
    same_images(whole, pieces);
    if (json_lift_count(whole) == 0) { // then all stays as it is
      size_t length;
      const char *text = json_lift_text(whole, &length);
      HOLDS(length == size - 1 && memcmp(text, data + 1, length) == 0);
    }
  }
  json_lift_delete(whole);
  json_lift_delete(pieces);
  return 0;
}
