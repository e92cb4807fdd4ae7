// SPDX-License-Identifier: MIT
// Digests: the published vectors, and that pieces give the same as the whole.
#include "check.h"

#include "../core/digest.h"

#include <string.h>

static void assert_digest(const uint8_t digest[SHA256_SIZE], const char *hex) {
  char text[2 * SHA256_SIZE + 1] = {0};
  hex_encode(digest, SHA256_SIZE, text);
  assert_string_equal(text, hex);
}

static void sha256_vectors(void **state) {
  (void)state;
  error e = {0};
  uint8_t digest[SHA256_SIZE];
  assert_int_equal(sha256_of("", 0, digest, &e), 0);
  assert_digest(
      digest,
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert_int_equal(sha256_of("abc", 3, digest, &e), 0);
  assert_digest(
      digest,
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void pieces_give_the_same(void **state) {
  (void)state;
  error e = {0};
  const char text[] = "the quick brown fox jumps over the lazy dog, and again "
                      "and again, until more than one block is full";
  uint8_t whole[SHA256_SIZE], pieces[SHA256_SIZE];
  assert_int_equal(sha256_of(text, sizeof text, whole, &e), 0);
  for (size_t cut = 0; cut <= sizeof text; cut++) {
    sha256 s;
    assert_int_equal(sha256_init(&s, &e), 0);
    sha256_update(&s, text, cut);
    sha256_update(&s, text + cut, sizeof text - cut);
    sha256_final(&s, pieces);
    assert_memory_equal(whole, pieces, SHA256_SIZE);
    sha256_free(&s); // once more does nothing
  }
}

static void hmac_vectors(void **state) {
  (void)state;
  error e = {0};
  uint8_t digest[SHA256_SIZE];
  const char *text = "what do ya want for nothing?"; // RFC 4231, case 2
  assert_int_equal(hmac_sha256("Jefe", 4, text, strlen(text), digest, &e), 0);
  assert_digest(
      digest,
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  assert_int_equal(hmac_sha256("", 0, "", 0, digest, &e), 0);
  assert_digest(
      digest,
      "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  assert_int_equal(hmac_sha256("", (size_t)1 << 30, "", 0, digest, &e), -1);
  assert_int_equal(e.reason, REASON_TOO_LARGE);
}

static void equality(void **state) {
  (void)state;
  assert_true(constant_time_equal("abc", 3, "abc", 3));
  assert_true(constant_time_equal("", 0, "", 0));
  assert_false(constant_time_equal("abc", 3, "abd", 3));
  assert_false(constant_time_equal("abc", 3, "ab", 2));
}

static void random_ids_differ(void **state) {
  (void)state;
  error e = {0};
  char a[RANDOM_ID_LENGTH], b[RANDOM_ID_LENGTH];
  assert_int_equal(random_id(a, &e), 0);
  assert_int_equal(random_id(b, &e), 0);
  assert_memory_not_equal(a, b, sizeof a);
  for (size_t i = 0; i < sizeof a; i++)
    assert_non_null(strchr("0123456789abcdef", a[i]));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sha256_vectors),
      cmocka_unit_test(pieces_give_the_same),
      cmocka_unit_test(hmac_vectors),
      cmocka_unit_test(equality),
      cmocka_unit_test(random_ids_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
