// SPDX-License-Identifier: MIT
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

void buffer_init(buffer *b, size_t maximum) {
  *b = (buffer){.maximum = maximum};
}

void buffer_free(buffer *b) {
  free(b->data);
  buffer_init(b, b->maximum);
}

static size_t next_capacity(const buffer *b, size_t needed) {
  size_t capacity = b->capacity ? b->capacity : FIRST_CAPACITY;
  while (capacity < needed)
    capacity = capacity > b->maximum / 2 ? b->maximum : capacity * 2;
  return capacity;
}

int buffer_reserve(buffer *b, size_t extra, error *e) {
  if (extra > b->maximum - b->length)
    return error_set(e, REASON_TOO_LARGE, "more than %zu bytes", b->maximum);
  size_t needed = b->length + extra;
  if (needed <= b->capacity)
    return 0;
  size_t capacity = next_capacity(b, needed);
  char *data = realloc(b->data, capacity);
  if (!data)
    return error_memory(e);
  b->data = data;
  b->capacity = capacity;
  return 0;
}

int buffer_append(buffer *b, const void *bytes, size_t length, error *e) {
  if (length == 0)
    return 0;
  if (buffer_reserve(b, length, e) < 0)
    return -1;
  memcpy(b->data + b->length, bytes, length);
  b->length += length;
  return 0;
}

void buffer_consume(buffer *b, size_t length) {
  if (length >= b->length) {
    b->length = 0;
    return;
  }
  memmove(b->data, b->data + length, b->length - length);
  b->length -= length;
}
