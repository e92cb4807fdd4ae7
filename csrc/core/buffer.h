// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_BUFFER_H
#define VISION_CORE_BUFFER_H

#include "error.h"

#include <stddef.h>

// Bytes that grow up to a stated maximum. Not thread-safe.
typedef struct buffer {
  char *data;      // NULL until the first byte
  size_t length;   // bytes in use
  size_t capacity; // bytes allocated
  size_t maximum;  // length never exceeds this
} buffer;

void buffer_init(buffer *b, size_t maximum);
void buffer_free(buffer *b); // also makes it ready for use again

// Makes room for `extra` more bytes. 0, or -1 with TOO_LARGE or MEMORY.
int buffer_reserve(buffer *b, size_t extra, error *e);

// Appends; on failure nothing was appended. 0, or -1 as buffer_reserve.
int buffer_append(buffer *b, const void *bytes, size_t length, error *e);

// Drops `length` bytes (at most all) from the front.
void buffer_consume(buffer *b, size_t length);

#endif
