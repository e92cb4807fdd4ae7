// SPDX-License-Identifier: MIT
// base64: the vectors of RFC 4648, every cut, and both kernels side by side.
#include "check.h"

#include "../core/base64.h"
#include "../core/base64_kernels.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 200 };

// Bytes that repeat from run to run.
static void fill(uint8_t *bytes, size_t size, uint32_t seed) {
  for (size_t i = 0; i < size; i++) {
    seed = seed * 1664525 + 1013904223;
    bytes[i] = (uint8_t)(seed >> 24);
  }
}

static void encodes_the_vectors(void **state) {
  (void)state;
  static const char *const vectors[] = {
      "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
  for (size_t size = 0; size < 7; size++) {
    char text[9] = {0};
    base64_encode("foobar", size, text);
    assert_string_equal(text, vectors[size]);
    assert_int_equal(base64_encoded_size(size), strlen(vectors[size]));
  }
}

static void any_part_is_the_same_text(void **state) {
  (void)state;
  uint8_t bytes[LONGEST];
  char whole[LONGEST * 2], part[LONGEST * 2];
  fill(bytes, sizeof bytes, 1);
  for (size_t size = 0; size < 70; size++) {
    size_t length = base64_encoded_size(size);
    base64_encode(bytes, size, whole);
    for (size_t from = 0; from <= length; from++)
      for (size_t room = 0; room < 12; room++) {
        size_t expected = room < length - from ? room : length - from;
        assert_int_equal(base64_encode_part(bytes, size, from, part, room),
                         expected);
        assert_memory_equal(part, whole + from, expected);
      }
    assert_int_equal(base64_encode_part(bytes, size, 0, part, 1000), length);
    assert_memory_equal(part, whole, length);
  }
}

// Decodes in pieces of `step` characters, each into memory of exactly the room
// that is promised to do; returns the bytes.
static size_t decode_in_steps(const char *text, size_t length, size_t step,
                              uint8_t *out, base64_decoder *d) {
  size_t total = 0, written;
  base64_decoder_init(d, true);
  for (size_t at = 0; at < length; at += step) {
    size_t count = length - at < step ? length - at : step;
    uint8_t *exact = malloc(base64_decoded_room(count));
    size_t taken = base64_decode(d, text + at, count, exact, &written);
    memcpy(out + total, exact, written);
    free(exact);
    total += written;
    if (taken < count)
      break;
  }
  base64_decode_end(d);
  return total;
}

static void decodes_however_it_is_cut(void **state) {
  (void)state;
  uint8_t bytes[LONGEST], decoded[LONGEST + 8];
  char text[LONGEST * 2];
  base64_decoder d;
  fill(bytes, sizeof bytes, 2);
  for (size_t size = 0; size <= LONGEST; size++) {
    base64_encode(bytes, size, text);
    size_t length = base64_encoded_size(size);
    for (size_t step = 1; step <= length + 1; step += step < 8 ? 1 : 13) {
      assert_int_equal(decode_in_steps(text, length, step, decoded, &d), size);
      assert_null(d.fault);
      assert_memory_equal(decoded, bytes, size);
    }
  }
}

static void line_breaks_are_allowed_on_request(void **state) {
  (void)state;
  const char text[] = "\r\nZm\n9v\r\nYg=\n=\r\n";
  uint8_t out[32];
  size_t written;
  base64_decoder d;
  base64_decoder_init(&d, true);
  assert_int_equal(base64_decode(&d, text, strlen(text), out, &written),
                   strlen(text));
  assert_true(base64_decode_end(&d));
  assert_int_equal(written, 4);
  base64_decoder_init(&d, false);
  assert_int_equal(base64_decode(&d, text, strlen(text), out, &written), 0);
  assert_non_null(d.fault);
}

static void names_the_fault_and_its_place(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint64_t place; // of the first character that cannot be there
  } faults[] = {{"Zm9v?m9v", 4}, {"Zm9v Zm9", 4}, {"=m9v", 0},
                {"Z===", 1},     {"Zg==Zg==", 4}, {"Zg=v", 3},
                {"Zh==", 2},     {"Zm9=", 3},     {"Zm9", 3},
                {"Zg=", 3},      {"Zm9v====", 4}, {"\xC3\xA4==", 0},
                {"Zm9-", 3},     {"Zm9_", 3}};
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
    for (size_t step = 1; step < 9; step++) {
      uint8_t out[16];
      base64_decoder d;
      decode_in_steps(faults[i].text, strlen(faults[i].text), step, out, &d);
      assert_non_null(d.fault);
      assert_int_equal(d.taken, faults[i].place);
    }
}

// Every byte at every place of a long text: accepted exactly when it is in the
// alphabet, and the fault is exactly there.
static void every_stranger_is_found(void **state) {
  (void)state;
  enum { LENGTH = 96 };
  static const char alphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char text[LENGTH];
  uint8_t out[LENGTH];
  size_t written;
  for (size_t place = 0; place < LENGTH; place += 5)
    for (int byte = 0; byte < 256; byte++) {
      memset(text, 'A', sizeof text);
      text[place] = (char)byte;
      if (byte == '=') // in no place but the last two
        continue;
      bool known = byte != 0 && strchr(alphabet, byte);
      base64_decoder d;
      base64_decoder_init(&d, false);
      size_t taken = base64_decode(&d, text, LENGTH, out, &written);
      assert_int_equal(taken, known ? LENGTH : place);
    }
}

#if BASE64_AVX2
static void both_kernels_agree(void **state) {
  (void)state;
  if (!__builtin_cpu_supports("avx2"))
    return; // the other one is all there is
  uint8_t bytes[LONGEST], fast[LONGEST + 8], plain[LONGEST + 8];
  char fast_text[LONGEST * 2], plain_text[LONGEST * 2];
  for (uint32_t seed = 0; seed < 200; seed++) {
    size_t size = seed;
    fill(bytes, size, seed);
    size_t taken = base64_encode_avx2(bytes, size, fast_text);
    base64_encode_portable(bytes, size, plain_text);
    assert_true(taken % 3 == 0 && size - taken < 28 + 24);
    assert_memory_equal(fast_text, plain_text, taken / 3 * 4);
    size_t length = size / 3 * 4;
    taken = base64_decode_avx2(plain_text, length, fast);
    base64_decode_portable(plain_text, length, plain);
    assert_true(taken % 4 == 0 && length - taken < 40 + 32);
    assert_memory_equal(fast, plain, taken / 4 * 3);
  }
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(encodes_the_vectors),
    cmocka_unit_test(any_part_is_the_same_text),
    cmocka_unit_test(decodes_however_it_is_cut),
    cmocka_unit_test(line_breaks_are_allowed_on_request),
    cmocka_unit_test(names_the_fault_and_its_place),
    cmocka_unit_test(every_stranger_is_found),
#if BASE64_AVX2
    cmocka_unit_test(both_kernels_agree),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
