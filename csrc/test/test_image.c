// SPDX-License-Identifier: MIT
// Images from bytes, base64 and files; reading on the pool.
#include "check.h"
#include "folder.h"
#include "pictures.h"

#include "../core/base64.h"
#include "../core/image.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *write_file(const char *name, const void *bytes,
                              size_t size) {
  const char *path = path_of(name);
  FILE *out = fopen(path, "wb");
  assert_int_equal(fwrite(bytes, 1, size, out), size);
  fclose(out);
  return path;
}

static void refused(const char *path, size_t maximum, enum reason reason) {
  error e = {0};
  assert_null(image_from_file(path, maximum, &e));
  assert_string_equal(reason_word(e.reason), reason_word(reason));
  assert_non_null(strstr(e.message, path)); // which file it was
}

static void base64_with_and_without_prefix(void **state) {
  (void)state;
  static const char *const prefixes[] = {"", "data:image/png;base64,",
                                         "Data:;BASE64,"};
  file f;
  make_png(&f, 640, 480);
  for (size_t i = 0; i < 3; i++) {
    char text[512];
    error e = {0};
    int prefix = snprintf(text, sizeof text, "%s", prefixes[i]);
    base64_encode(f.data, f.size, text + prefix);
    size_t length = (size_t)prefix + base64_encoded_size(f.size);
    image *made = image_from_base64(text, length, 1000, &e);
    assert_non_null(made);
    assert_int_equal(made->bytes->size, f.size);
    assert_int_equal(made->header.width, 640);
    image_unref(made);
    assert_null(image_from_base64(text, length, f.size - 1, &e));
    assert_int_equal(e.reason, REASON_TOO_LARGE);
    text[prefix + 40] = '*';
    assert_null(image_from_base64(text, length, 1000, &e));
    assert_int_equal(e.reason, REASON_INVALID_BASE64);
    char place[32];
    snprintf(place, sizeof place, "character %d", prefix + 41);
    assert_non_null(strstr(e.message, place));
    assert_null(image_from_base64(text, length, 30, &e)); // not even decoded
    assert_int_equal(e.reason, REASON_TOO_LARGE);
  }
}

static void prefix_of_a_data_url(void **state) {
  (void)state;
  assert_int_equal(data_url_prefix("data:image/png;base64,AAAA", 26), 22);
  assert_int_equal(data_url_prefix("data:image/png,AAAA", 19), 0);
  assert_int_equal(data_url_prefix("data:;base64", 12), 0);
  assert_int_equal(data_url_prefix("AAAA", 4), 0);
  assert_int_equal(data_url_prefix("", 0), 0);
  assert_int_equal(data_url_prefix(";base64,AAAA", 12), 0);
}

static void files_are_read_or_refused(void **state) {
  (void)state;
  file f;
  error e = {0};
  make_png(&f, 640, 480);
  const char *path = write_file("it.pdf", f.data, f.size); // content decides
  image *made = image_from_file(path, f.size, &e);
  assert_non_null(made);
  assert_int_equal(made->header.type, IMAGE_PNG);
  assert_memory_equal(made->bytes->data, f.data, f.size);
  image_unref(made);
  refused(path, f.size - 1, REASON_TOO_LARGE);
  refused(path_of("absent.png"), 1000, REASON_NOT_FOUND);
  refused(folder, 1000, REASON_IS_DIRECTORY);
  refused(write_file("empty.png", "", 0), 1000, REASON_EMPTY);
  refused(write_file("text.png", "hello", 5), 1000, REASON_UNSUPPORTED_FORMAT);
  refused(write_file("cut.png", f.data, 60), 1000, REASON_TRUNCATED_IMAGE);
  refused("/dev/zero", 1000, REASON_UNREADABLE);
  const char *pipe = path_of("pipe");
  assert_int_equal(mkfifo(pipe, 0600), 0);
  refused(pipe, 1000, REASON_UNREADABLE); // and does not wait for a writer
}

// A file whose size says nothing: /proc gives 0 for it, yet there are bytes.
static void files_that_grow_are_read_to_their_end(void **state) {
  (void)state;
  refused("/proc/self/status", 1 << 20, REASON_UNSUPPORTED_FORMAT);
  refused("/proc/self/status", 100, REASON_TOO_LARGE);
}

static void run_until_done(loop *l, image_read *r) {
  for (int turns = 0; !image_read_is_done(r) && turns < 1000; turns++) {
    loop_wait(l, 5000000);
    loop_take(l);
  }
  assert_true(image_read_is_done(r));
}

static void the_pool_reads(void **state) {
  (void)state;
  file f;
  error e = {0};
  make_png(&f, 640, 480);
  loop *l = loop_get(&e);
  image_read *r = image_read_new(l, write_file("pool.png", f.data, f.size),
                                 IMAGE_BYTES_MAX, &e);
  run_until_done(l, r);
  image *made = image_read_result(r, &e);
  assert_non_null(made);
  image_read_delete(r);
  assert_int_equal(made->header.height, 480);
  image_unref(made);
  r = image_read_new(l, path_of("absent.png"), 1000, &e);
  run_until_done(l, r);
  assert_null(image_read_result(r, &e));
  assert_int_equal(e.reason, REASON_NOT_FOUND);
  image_read_delete(r);
  loop_unref(l);
}

static void reading_may_be_given_up(void **state) {
  (void)state;
  file f;
  error e = {0};
  make_png(&f, 640, 480);
  loop *l = loop_get(&e);
  const char *path = write_file("given_up.png", f.data, f.size);
  image_read *r = image_read_new(l, path, 1000, &e);
  image_read_cancel(r);
  assert_true(image_read_is_done(r));
  assert_int_equal(loop_take(l), image_read_completion(r)->id);
  assert_null(image_read_result(r, &e));
  assert_int_equal(e.reason, REASON_CANCELLED);
  image_read_delete(r);
  image_read_delete(image_read_new(l, path, 1000, &e)); // at once
  loop_wait(l, -1); // nothing of it is left when the loop is closed
  assert_int_equal(loop_take(l), 0);
  loop_unref(l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(base64_with_and_without_prefix),
      cmocka_unit_test(prefix_of_a_data_url),
      cmocka_unit_test(files_are_read_or_refused),
      cmocka_unit_test(files_that_grow_are_read_to_their_end),
      cmocka_unit_test(the_pool_reads),
      cmocka_unit_test(reading_may_be_given_up),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
