// SPDX-License-Identifier: MIT
#include "siphash.h"

#include <string.h>

typedef struct sip {
  uint64_t a, b, c, d;
} sip;

static inline uint64_t rotate(uint64_t x, int bits) {
  return x << bits | x >> (64 - bits);
}

static inline void mix(sip *s) {
  s->a += s->b;
  s->b = rotate(s->b, 13) ^ s->a;
  s->a = rotate(s->a, 32);
  s->c += s->d;
  s->d = rotate(s->d, 16) ^ s->c;
  s->a += s->d;
  s->d = rotate(s->d, 21) ^ s->a;
  s->c += s->b;
  s->b = rotate(s->b, 17) ^ s->c;
  s->c = rotate(s->c, 32);
}

static inline void take(sip *s, uint64_t word) {
  s->d ^= word;
  mix(s);
  s->a ^= word;
}

// The last word: what is left over, and the length in its highest byte.
static uint64_t last_word(const uint8_t *rest, size_t size) {
  uint64_t word = (uint64_t)size << 56;
  for (size_t i = 0; i < size % 8; i++)
    word |= (uint64_t)rest[i] << 8 * i;
  return word;
}

uint64_t siphash(const uint64_t key[2], const void *bytes, size_t size) {
  sip s = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
           key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
  const uint8_t *at = bytes, *end = at + size / 8 * 8;
  for (; at < end; at += 8) {
    uint64_t word;
    memcpy(&word, at, 8); // a table in one process: the byte order may differ
    take(&s, word);
  }
  take(&s, last_word(at, size));
  s.c ^= 0xff;
  for (int i = 0; i < 3; i++)
    mix(&s);
  return s.a ^ s.b ^ s.c ^ s.d;
}
