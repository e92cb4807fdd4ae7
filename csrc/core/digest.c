// SPDX-License-Identifier: MIT
#include "digest.h"

#include "random.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>

// Looking an algorithm up by name costs more than hashing a short text: it is
// done once and kept until the process ends.
static EVP_MD *kept_algorithm;

static void fetch_algorithm(void) {
  kept_algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
  // What OpenSSL keeps for this thread: one of the pool would leave it behind.
  OPENSSL_thread_stop();
}

static const EVP_MD *algorithm(error *e) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, fetch_algorithm);
  if (!kept_algorithm)
    error_set(e, REASON_INTERNAL, "OpenSSL offers no SHA-256");
  return kept_algorithm;
}

int sha256_init(sha256 *s, error *e) {
  s->context = NULL;
  const EVP_MD *kept = algorithm(e);
  if (!kept)
    return -1;
  s->context = EVP_MD_CTX_new();
  if (s->context && EVP_DigestInit_ex2(s->context, kept, NULL) == 1)
    return 0;
  sha256_free(s);
  return error_memory(e);
}

void sha256_update(sha256 *s, const void *bytes, size_t size) {
  EVP_DigestUpdate(s->context, bytes, size);
}

void sha256_final(sha256 *s, uint8_t digest[SHA256_SIZE]) {
  EVP_DigestFinal_ex(s->context, digest, NULL);
  sha256_free(s);
}

void sha256_free(sha256 *s) {
  EVP_MD_CTX_free(s->context);
  s->context = NULL;
}

int sha256_of(const void *bytes, size_t size, uint8_t digest[SHA256_SIZE],
              error *e) {
  sha256 s;
  if (sha256_init(&s, e) < 0)
    return -1;
  sha256_update(&s, bytes, size);
  sha256_final(&s, digest);
  return 0;
}

int hmac_sha256(const void *key, size_t key_size, const void *bytes,
                size_t size, uint8_t digest[SHA256_SIZE], error *e) {
  enum { KEY_MAX = 1 << 20 }; // HMAC takes the length of a key as an int
  const EVP_MD *kept = algorithm(e);
  if (!kept)
    return -1;
  if (key_size > KEY_MAX)
    return error_set(e, REASON_TOO_LARGE, "an HMAC key of more than %d bytes",
                     KEY_MAX);
  // A null key would mean "the one from before".
  const void *given = key_size > 0 ? key : "";
  if (!HMAC(kept, given, (int)key_size, bytes, size, digest, NULL))
    return error_memory(e);
  return 0;
}

bool constant_time_equal(const void *a, size_t a_size, const void *b,
                         size_t b_size) {
  return a_size == b_size && CRYPTO_memcmp(a, b, a_size) == 0;
}

void hex_encode(const uint8_t *bytes, size_t size, char *out) {
  static const char digits[16] = "0123456789abcdef";
  for (size_t i = 0; i < size; i++) {
    out[2 * i] = digits[bytes[i] >> 4];
    out[2 * i + 1] = digits[bytes[i] & 15];
  }
}

int random_id(char out[RANDOM_ID_LENGTH], error *e) {
  uint8_t bytes[RANDOM_ID_LENGTH / 2];
  if (!random_fill(bytes, sizeof bytes))
    return error_set(e, REASON_INTERNAL, "the kernel gives no random numbers");
  hex_encode(bytes, sizeof bytes, out);
  return 0;
}
