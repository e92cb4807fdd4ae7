// SPDX-License-Identifier: MIT
#ifndef VISION_TEST_PICTURES_H
#define VISION_TEST_PICTURES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Files of pictures made of their skeleton only: just enough for a header.

typedef struct file {
  uint8_t data[4096];
  size_t size;
} file;

static inline void put_bytes(file *f, const void *bytes, size_t size) {
  memcpy(f->data + f->size, bytes, size);
  f->size += size;
}

static inline void put_big(file *f, uint64_t value, unsigned size) {
  for (unsigned i = size; i-- > 0;)
    f->data[f->size++] = (uint8_t)(value >> (8 * i));
}

static inline void put_little(file *f, uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; i++)
    f->data[f->size++] = (uint8_t)(value >> (8 * i));
}

static inline void put_chunk(file *f, const char *name, const void *data,
                             size_t size) {
  put_big(f, size, 4);
  put_bytes(f, name, 4);
  put_bytes(f, data, size);
  put_big(f, 0, 4); // the checksum
}

static inline void start_png(file *f, uint32_t width, uint32_t height) {
  file header = {.size = 0};
  put_big(&header, width, 4);
  put_big(&header, height, 4);
  put_bytes(&header, "\x08\x00\x00\x00\x00", 5);
  f->size = 0;
  put_bytes(f, "\x89PNG\r\n\x1A\n", 8);
  put_chunk(f, "IHDR", header.data, header.size);
}

static inline void make_png(file *f, uint32_t width, uint32_t height) {
  start_png(f, width, height);
  put_chunk(f, "IDAT", "0123456789", 10);
  put_chunk(f, "IEND", "", 0);
}

#endif
