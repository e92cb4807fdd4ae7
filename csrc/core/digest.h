// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_DIGEST_H
#define VISION_CORE_DIGEST_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// SHA-256 and what goes with it, by OpenSSL. Everything here may run on any
// thread; failures are MEMORY, or INTERNAL where OpenSSL has no SHA-256.

enum { SHA256_SIZE = 32 };

typedef struct sha256 {
  struct evp_md_ctx_st *context; // OpenSSL's; NULL when all zero
} sha256;

int sha256_init(sha256 *s, error *e);
void sha256_update(sha256 *s, const void *bytes, size_t size);
void sha256_final(sha256 *s, uint8_t digest[SHA256_SIZE]); // frees it too
void sha256_free(sha256 *s); // all zero and finished ones too

// All at once.
int sha256_of(const void *bytes, size_t size, uint8_t digest[SHA256_SIZE],
              error *e);

int hmac_sha256(const void *key, size_t key_size, const void *bytes,
                size_t size, uint8_t digest[SHA256_SIZE], error *e);

// Whether two texts are equal, in a time that depends on their lengths only.
bool constant_time_equal(const void *a, size_t a_size, const void *b,
                         size_t b_size);

// Lower-case hexadecimal, 2 * size characters, not terminated.
void hex_encode(const uint8_t *bytes, size_t size, char *out);

enum { RANDOM_ID_LENGTH = 32 };

// 16 bytes of the kernel's randomness as hexadecimal, not terminated.
// -1: INTERNAL, the kernel has none.
int random_id(char out[RANDOM_ID_LENGTH], error *e);

#endif
