// SPDX-License-Identifier: MIT
// The CPU time of base64 and SHA-256 on one image, ours and OpenSSL's in turn.
// Prints a line each: name, microseconds ours, microseconds of the peer.

#include "../csrc/core/base64.h"
#include "../csrc/core/base64_kernels.h"
#include "../csrc/core/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BYTES = 1050000, TEXT = (BYTES + 2) / 3 * 4, ROUNDS = 31, REPEAT = 8 };

static uint8_t image[BYTES], decoded[TEXT];
static char text[TEXT + 1];
static uint8_t digest[SHA256_SIZE];

static void encode(void) { base64_encode(image, BYTES, text); }

static void encode_portable(void) {
  base64_encode_portable(image, BYTES, text);
}

static void encode_openssl(void) {
  EVP_EncodeBlock((unsigned char *)text, image, BYTES);
}

static void decode(void) {
  base64_decoder d;
  size_t written;
  base64_decoder_init(&d, true);
  base64_decode(&d, text, TEXT, decoded, &written);
}

static void decode_portable(void) {
  base64_decode_portable(text, TEXT, decoded);
}

static void decode_openssl(void) {
  EVP_DecodeBlock(decoded, (const unsigned char *)text, TEXT);
}

static void digest_ours(void) { sha256_of(image, BYTES, digest, NULL); }

static void digest_openssl(void) {
  EVP_Digest(image, BYTES, digest, NULL, EVP_sha256(), NULL);
}

static double cpu_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double cost_us(void (*run)(void)) {
  double start = cpu_us();
  for (int i = 0; i < REPEAT; i++)
    run();
  return (cpu_us() - start) / REPEAT;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void compare(const char *name, void (*ours)(void), void (*peer)(void)) {
  double a[ROUNDS], b[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    a[i] = cost_us(ours);
    b[i] = cost_us(peer);
  }
  qsort(a, ROUNDS, sizeof *a, ascending);
  qsort(b, ROUNDS, sizeof *b, ascending);
  printf("%s %.1f %.1f\n", name, a[ROUNDS / 2], b[ROUNDS / 2]);
}

int main(void) {
  srand(1);
  for (int i = 0; i < BYTES; i++)
    image[i] = (uint8_t)rand();
  compare("base64-encode", encode, encode_openssl);
  compare("base64-encode-portable", encode_portable, encode_openssl);
  compare("base64-decode", decode, decode_openssl);
  compare("base64-decode-portable", decode_portable, decode_openssl);
  compare("sha256", digest_ours, digest_openssl);
  return 0;
}
