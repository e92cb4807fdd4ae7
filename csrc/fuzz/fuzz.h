// SPDX-License-Identifier: MIT
#ifndef VISION_FUZZ_FUZZ_H
#define VISION_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A property that must hold, in every kind of build.
#define HOLDS(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);          \
      abort();                                                                 \
    }                                                                          \
  } while (0)

// A copy in exactly as much memory, for the sanitizer to see every byte read
// beyond its end.
static inline void *exact_copy(const void *bytes, size_t size) {
  void *copy = malloc(size ? size : 1);
  HOLDS(copy != NULL);
  if (size)
    memcpy(copy, bytes, size);
  return copy;
}

// The first byte says how the rest is cut: pieces of 1 to 16 bytes, or of all
// the lengths between in turn.
static inline size_t piece_length(uint8_t control, size_t at) {
  return control < 128 ? (size_t)(control % 16) + 1 : at * 7 % 13 + 1;
}

#endif
