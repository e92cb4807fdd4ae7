// SPDX-License-Identifier: MIT
#include "check.h"

#include "../core/blob_writer.h"
#include "../core/region.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void one_that_was_deleted_is_used_again(void **state) {
  (void)state;
  size_t size = REGION_MIN + 1, next = REGION_MIN / 2;
  char *region = region_new(&size);
  assert_non_null(region);
  assert_true(size > REGION_MIN);
  memset(region, 'x', size);
  region_delete(region, size);
  assert_ptr_equal(region_new(&next), region);
  assert_int_equal(next, size);
  region_delete(region, size);
}

static void one_that_is_too_small_is_left(void **state) {
  (void)state;
  size_t small = REGION_MIN, large = (size_t)1 << 20;
  void *one = region_new(&small);
  region_delete(one, small);
  void *other = region_new(&large);
  assert_ptr_not_equal(one, other);
  assert_true(large >= (size_t)1 << 20);
  region_delete(other, large);
}

static size_t resident_bytes(void) {
  unsigned long all, resident;
  FILE *file = fopen("/proc/self/statm", "r");
  assert_non_null(file);
  assert_int_equal(fscanf(file, "%lu %lu", &all, &resident), 2);
  fclose(file);
  return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void no_more_than_a_few_are_kept(void **state) {
  (void)state;
  enum { COUNT = 64, BYTES = 1 << 20, SLACK = 2 << 20 };
  void *regions[COUNT];
  size_t sizes[COUNT], before = resident_bytes();
  for (size_t i = 0; i < COUNT; i++) {
    sizes[i] = BYTES;
    regions[i] = region_new(&sizes[i]);
    assert_non_null(regions[i]);
    memset(regions[i], 'x', sizes[i]);
  }
  for (size_t i = 0; i < COUNT; i++)
    region_delete(regions[i], sizes[i]);
  assert_true(resident_bytes() <= before + REGION_BYTES_MAX + SLACK);
}

static void it_grows_with_what_is_in_it(void **state) {
  (void)state;
  size_t size = REGION_MIN;
  char *region = region_new(&size);
  memset(region, 'x', size);
  size_t before = size;
  region = region_grow(region, &size, (size_t)8 << 20);
  assert_non_null(region);
  assert_true(size >= (size_t)8 << 20);
  assert_int_equal(region[before - 1], 'x');
  region[size - 1] = 'y';
  region_delete(region, size);
}

static void a_blob_grows_out_of_the_heap(void **state) {
  (void)state;
  enum { BYTES = 5 * REGION_MIN };
  blob_writer w;
  blob_writer_init(&w, BYTES);
  for (size_t i = 0; i < BYTES; i += 1000) {
    size_t length = BYTES - i < 1000 ? BYTES - i : 1000;
    assert_int_equal(blob_writer_reserve(&w, length, NULL), 0);
    assert_true(blob_writer_room(&w) >= length);
    memset(w.blob->data + w.blob->size, (int)(i / 1000 % 251), length);
    w.blob->size += length;
  }
  error e = {0};
  assert_int_equal(blob_writer_room(&w), 0); // whatever the region has beyond
  assert_int_equal(blob_writer_reserve(&w, 1, &e), -1);
  assert_int_equal(e.reason, REASON_TOO_LARGE);
  blob *b = blob_writer_take(&w);
  for (size_t i = 0; i < BYTES; i++)
    assert_int_equal(b->data[i], (int)(i / 1000 % 251));
  blob_unref(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_that_was_deleted_is_used_again),
      cmocka_unit_test(one_that_is_too_small_is_left),
      cmocka_unit_test(no_more_than_a_few_are_kept),
      cmocka_unit_test(it_grows_with_what_is_in_it),
      cmocka_unit_test(a_blob_grows_out_of_the_heap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
