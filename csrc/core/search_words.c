// SPDX-License-Identifier: MIT
#include "search_words.h"

#include <stdbool.h>
#include <stdint.h>

static bool is_rest(const uint8_t *at, size_t left) {
  return left > 0 && (*at & 0xC0) == 0x80;
}

// The length of a character that parts words; 0: it is part of one.
static size_t parting(const uint8_t *at, size_t left) {
  if (*at < 0x80) {
    bool letter = (uint8_t)((*at | 0x20) - 'a') < 26;
    return letter || (uint8_t)(*at - '0') < 10 ? 0 : 1;
  }
  if (!is_rest(at + 1, left - 1))
    return 0;
  if (*at == 0xC2 || (*at == 0xC3 && (at[1] == 0x97 || at[1] == 0xB7)))
    return 2;
  if ((*at == 0xE2 && is_rest(at + 2, left - 2)) ||
      (*at == 0xE3 && at[1] == 0x80 && is_rest(at + 2, left - 2)))
    return 3;
  return 0;
}

// Large letters of two bytes, and where their small ones lie.
static const struct {
  uint8_t lead, first, last, to;
  int8_t by;
} LARGE[] = {{0xC3, 0x80, 0x9E, 0xC3, 32},
             {0xCE, 0x91, 0x9F, 0xCE, 32},
             {0xCE, 0xA0, 0xA9, 0xCF, -32},
             {0xD0, 0x90, 0x9F, 0xD0, 32},
             {0xD0, 0xA0, 0xAF, 0xD1, -32}};

// Writes the character at `at`, small; returns its length, 1 or 2.
static size_t write_small(const uint8_t *at, size_t left, uint8_t *out) {
  out[0] = *at;
  if (*at < 0x80) {
    if (*at >= 'A' && *at <= 'Z')
      out[0] = *at | 0x20;
    return 1;
  }
  if (!is_rest(at + 1, left - 1))
    return 1;
  out[1] = at[1];
  for (size_t i = 0; i < sizeof LARGE / sizeof *LARGE; i++) {
    if (*at != LARGE[i].lead || at[1] < LARGE[i].first || at[1] > LARGE[i].last)
      continue;
    out[0] = LARGE[i].to;
    out[1] = (uint8_t)(at[1] + LARGE[i].by);
  }
  return 2;
}

size_t search_words(const char *text, size_t length, char *out) {
  const uint8_t *at = (const uint8_t *)text, *end = at + length;
  uint8_t *to = (uint8_t *)out, *begin = to;
  *to++ = ' ';
  while (at < end) {
    size_t step = parting(at, (size_t)(end - at));
    if (step == 0) {
      step = write_small(at, (size_t)(end - at), to);
      to += step;
    } else if (to[-1] != ' ') {
      *to++ = ' ';
    }
    at += step;
  }
  if (to[-1] != ' ')
    *to++ = ' ';
  return (size_t)(to - begin);
}
