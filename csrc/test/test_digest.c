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

// RFC 4231, but for case 5, which cuts the digest.
static void hmac_vectors(void **state) {
  (void)state;
  static const char large[] =
      "Test Using Larger Than Block-Size Key - Hash Key "
      "First";
  static const char larger[] =
      "This is a test using a larger than block-size key and a larger than "
      "block-size data. The key needs to be hashed before being used by the "
      "HMAC algorithm.";
  char b0b[20], baa[131], bdd[50], bcd[50], counted[25];
  memset(b0b, 0x0b, sizeof b0b);
  memset(baa, 0xaa, sizeof baa);
  memset(bdd, 0xdd, sizeof bdd);
  memset(bcd, 0xcd, sizeof bcd);
  for (size_t i = 0; i < sizeof counted; i++)
    counted[i] = (char)(i + 1);
  const struct {
    const char *key;
    size_t key_size;
    const char *text;
    size_t size;
    const char *digest;
  } vectors[] = {
      {b0b, 20, "Hi There", 8,
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", 4, "what do ya want for nothing?", 28,
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {baa, 20, bdd, 50,
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {counted, 25, bcd, 50,
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {baa, 131, large, sizeof large - 1,
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {baa, 131, larger, sizeof larger - 1,
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
      {"", 0, "", 0,
       "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
  };
  error e = {0};
  uint8_t digest[SHA256_SIZE];
  for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
    assert_int_equal(hmac_sha256(vectors[i].key, vectors[i].key_size,
                                 vectors[i].text, vectors[i].size, digest, &e),
                     0);
    assert_digest(digest, vectors[i].digest);
  }
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
