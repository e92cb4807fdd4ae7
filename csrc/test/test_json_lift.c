// SPDX-License-Identifier: MIT
// Pictures cut out of JSON: what is left, and that no cut of the text matters.
#include "check.h"
#include "pictures.h"

#include "../core/base64.h"
#include "../core/json_lift.h"

#include <stdio.h>
#include <stdlib.h>

static const char MARK[] = "lift-0123456789abcdef0123456789abcdef-";

// A text, what is left of it, and its fault where it has one.
typedef struct outcome {
  char text[2048];
  size_t images;
  error failure;
} outcome;

static void lift(const char *json, size_t step, size_t maximum, outcome *o) {
  memset(o, 0, sizeof *o);
  json_lift *l =
      json_lift_new(JSON_LIFT_THRESHOLD_MIN, maximum, MARK, &o->failure);
  size_t length = strlen(json);
  int status = 0;
  for (size_t at = 0; at < length && status == 0; at += step) {
    size_t count = length - at < step ? length - at : step;
    char *exact = malloc(count); // for the sanitizer to watch
    memcpy(exact, json + at, count);
    status = json_lift_feed(l, exact, count, &o->failure);
    free(exact);
  }
  if (status == 0)
    status = json_lift_finish(l, &o->failure);
  if (status == 0) {
    size_t left;
    const char *text = json_lift_text(l, &left);
    assert_true(left < sizeof o->text);
    memcpy(o->text, text, left);
    o->images = json_lift_count(l);
  } else {
    error again = {0}; // a failure stays
    assert_int_equal(json_lift_feed(l, "1", 1, &again), -1);
    assert_string_equal(again.message, o->failure.message);
  }
  json_lift_delete(l);
}

static void check(const char *json, const char *left, size_t images) {
  for (size_t step = 1; step <= strlen(json) + 1; step++) {
    outcome o;
    lift(json, step, 1 << 16, &o);
    if (o.failure.reason != REASON_NONE)
      fail_msg("step %zu: %s", step, o.failure.message);
    assert_string_equal(o.text, left);
    assert_int_equal(o.images, images);
  }
}

static void check_failure(const char *json, enum reason reason,
                          const char *part) {
  for (size_t step = 1; step <= strlen(json) + 1; step++) {
    outcome o;
    lift(json, step, 1 << 16, &o);
    assert_string_equal(reason_word(o.failure.reason), reason_word(reason));
    if (!strstr(o.failure.message, part))
      fail_msg("'%s' is not in: %s", part, o.failure.message);
  }
}

// A whole picture as base64, long enough to be lifted.
static const char *picture(void) {
  static char text[512];
  file f;
  make_png(&f, 640, 480);
  base64_encode(f.data, f.size, text);
  text[base64_encoded_size(f.size)] = '\0';
  return text;
}

static const char *filled(const char *format, const char *insert) {
  static char text[8192];
  const char *at = strstr(format, "%");
  snprintf(text, sizeof text, "%.*s%s%s", (int)(at - format), format, insert,
           at + 1);
  return text;
}

static void small_texts_stay(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",
      "null",
      " [1, 2.5e3, \"a\\\"b\\\\\", {\"k\": [true, {}]}] ",
      "{\"lift-0123456789abcdef0123456789abcdef-1\": \"\\u00e9\\/\"}",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    check(texts[i], texts[i], 0);
}

static void long_strings_that_are_no_picture_stay(void **state) {
  (void)state;
  char letters[301];
  memset(letters, 'A', 300);
  letters[300] = '\0';
  check(filled("[\"%\"]", letters), filled("[\"%\"]", letters), 0);
  static const char prose[] =
      "[\"It was a bright cold day in April, and the clocks were striking "
      "thirteen; \\u0057inston Smith, his chin nuzzled into his breast\"]";
  check(prose, prose, 0);
}

static void pictures_are_lifted(void **state) {
  (void)state;
  char json[2048], left[256];
  snprintf(json, sizeof json, "{\"a\":\"%s\",\"b\":[\"%s\",1]}", picture(),
           picture());
  snprintf(left, sizeof left, "{\"a\":\"%s1\",\"b\":[\"%s2\",1]}", MARK, MARK);
  check(json, left, 2);
}

static void the_prefix_stays_as_it_stood(void **state) {
  (void)state;
  char left[256];
  snprintf(left, sizeof left, "{\"u\":\"data:image/png;base64,%s1\"}", MARK);
  check(filled("{\"u\":\"data:image/png;base64,%\"}", picture()), left, 1);
  snprintf(left, sizeof left, "{\"u\":\"DATA:image\\/png;\\u0062ase64,%s1\"}",
           MARK);
  check(filled("{\"u\":\"DATA:image\\/png;\\u0062ase64,%\"}", picture()), left,
        1);
}

static void keys_are_never_lifted(void **state) {
  (void)state;
  const char *json = filled("{\"%\":1}", picture());
  check(json, json, 0);
}

// Every third character as \uXXXX, every slash as \/, line breaks in between.
static void escapes_are_undone(void **state) {
  (void)state;
  char escaped[4096], left[256];
  size_t length = 0;
  const char *text = picture();
  for (size_t i = 0; text[i]; i++) {
    const char *format = text[i] == '/' ? "\\%c"
                         : i % 3 == 1   ? "\\u%04X"
                         : i % 7 == 2   ? "%c\\r\\n"
                         : i % 7 == 5   ? "%c\\u000a"
                                        : "%c";
    length += (size_t)snprintf(escaped + length, sizeof escaped - length,
                               format, text[i]);
  }
  snprintf(left, sizeof left, "[\"%s1\"]", MARK);
  check(filled("[\"%\"]", escaped), left, 1);
}

static void the_bytes_are_exact(void **state) {
  (void)state;
  error e = {0};
  file f;
  make_png(&f, 640, 480);
  json_lift *l = json_lift_new(64, 1 << 16, MARK, &e);
  const char *json = filled("[\"%\"]", picture());
  assert_int_equal(json_lift_feed(l, json, strlen(json), &e), 0);
  assert_int_equal(json_lift_finish(l, &e), 0);
  image *i = image_ref(json_lift_image(l, 0));
  json_lift_delete(l); // the image lives on
  assert_int_equal(i->bytes->size, f.size);
  assert_memory_equal(i->bytes->data, f.data, f.size);
  assert_int_equal(i->header.width, 640);
  image_unref(i);
}

// The first `length` characters of the picture's text and what follows instead.
static const char *spoilt(int length, const char *rest) {
  static char text[512];
  snprintf(text, sizeof text, "%.*s%s", length, picture(), rest);
  return text;
}

static void faults_are_told_with_their_place(void **state) {
  (void)state;
  int whole = (int)strlen(picture());
  check_failure(filled("[\"%\"]", spoilt(80, "?AAA")), REASON_INVALID_BASE64,
                "byte 83"); // counted from 1
  check_failure(filled("[\"%\"]", spoilt(80, "\\t")), REASON_INVALID_BASE64,
                "byte 84");
  check_failure(filled("[\"%\"]", spoilt(whole - 1, "")), REASON_INVALID_BASE64,
                "group of four");
  check_failure(filled("[1,\"%\"]", spoilt(80, "")), REASON_TRUNCATED_IMAGE,
                "image 1 of the JSON text");
}

static void broken_json_is_refused(void **state) {
  (void)state;
  check_failure("[1", REASON_INVALID_JSON, "ends");
  check_failure("[\"abc", REASON_INVALID_JSON, "ends");
  check_failure("{\"a\":[}", REASON_INVALID_JSON, "byte 7");
  check_failure("[]]", REASON_INVALID_JSON, "byte 3");
  check_failure(filled("[\"%", picture()), REASON_INVALID_JSON, "ends");
}

static void depth_and_size_have_limits(void **state) {
  (void)state;
  char deep[2 * JSON_LIFT_DEPTH_MAX + 3] = "";
  memset(deep, '[', JSON_LIFT_DEPTH_MAX);
  memset(deep + JSON_LIFT_DEPTH_MAX, ']', JSON_LIFT_DEPTH_MAX);
  check(deep, deep, 0);
  memset(deep, '[', JSON_LIFT_DEPTH_MAX + 1);
  check_failure(deep, REASON_INVALID_JSON, "byte 129");
  for (size_t step = 1; step < 12; step++) {
    outcome o;
    lift("[1,2,3,4]", step, 9, &o);
    assert_string_equal(o.text, "[1,2,3,4]");
    lift("[1,2,3,4]", step, 8, &o);
    assert_int_equal(o.failure.reason, REASON_TOO_LARGE);
    lift("[1,2]}3,4]", step, 8, &o); // the fault comes before the limit
    assert_int_equal(o.failure.reason, REASON_INVALID_JSON);
  }
}

static void marks_are_drawn(void **state) {
  (void)state;
  char a[JSON_LIFT_MARK_LENGTH], b[JSON_LIFT_MARK_LENGTH];
  error e = {0};
  assert_int_equal(json_lift_draw_mark(a, &e), 0);
  assert_int_equal(json_lift_draw_mark(b, &e), 0);
  assert_memory_equal(a, "lift-", 5);
  assert_int_equal(a[JSON_LIFT_MARK_LENGTH - 1], '-');
  assert_memory_not_equal(a, b, JSON_LIFT_MARK_LENGTH);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(small_texts_stay),
      cmocka_unit_test(long_strings_that_are_no_picture_stay),
      cmocka_unit_test(pictures_are_lifted),
      cmocka_unit_test(the_prefix_stays_as_it_stood),
      cmocka_unit_test(keys_are_never_lifted),
      cmocka_unit_test(escapes_are_undone),
      cmocka_unit_test(the_bytes_are_exact),
      cmocka_unit_test(faults_are_told_with_their_place),
      cmocka_unit_test(broken_json_is_refused),
      cmocka_unit_test(depth_and_size_have_limits),
      cmocka_unit_test(marks_are_drawn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
