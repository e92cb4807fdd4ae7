// SPDX-License-Identifier: MIT
#include "paper.h"

#include <stdlib.h>
#include <string.h>

PIX *paper_under_alpha(PIX *pix) {
  if (!pix || pixGetSpp(pix) != 4)
    return pix;
  PIX *flat = pixAlphaBlendUniform(pix, 0xffffff00);
  pixDestroy(&pix);
  return flat;
}

// ---- the key of a PNG file ----

enum { SIGNATURE = 8, CHUNK = 12, BIT_DEPTH = 24, COLOUR_TYPE = 25 };
enum { GREY = 0, TRUE_COLOUR = 2 };

static uint32_t big32(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
         at[3];
}

// The data of the chunk "tRNS" if it has `size` bytes, else NULL. Lengths were
// found good by image_header_read, but nothing here rests on that.
static const uint8_t *transparency(const blob *file, uint32_t size) {
  size_t at = SIGNATURE;
  while (file->size - at >= CHUNK) {
    const uint8_t *chunk = file->data + at;
    uint32_t length = big32(chunk);
    if (length > file->size - at - CHUNK || memcmp(chunk + 4, "IDAT", 4) == 0)
      return NULL;
    if (memcmp(chunk + 4, "tRNS", 4) == 0)
      return length == size ? chunk + 8 : NULL;
    at += CHUNK + length;
  }
  return NULL;
}

// A sample of the key in 8 bits, as Leptonica brings the picture to them.
static uint32_t sample(const uint8_t *at, uint8_t bits) {
  uint32_t value = (uint32_t)at[0] << 8 | at[1];
  return bits == 16 ? value >> 8 : value * 255 / ((1u << bits) - 1) & 0xFF;
}

// The key as the pixels of a picture of `depth` bits have it. False: none.
static bool find_key(const blob *file, int depth, uint32_t *key) {
  if (file->size <= COLOUR_TYPE)
    return false;
  uint8_t bits = file->data[BIT_DEPTH], colour = file->data[COLOUR_TYPE];
  if (bits < 2 || bits > 16)
    return false; // of 1 bit Leptonica makes a palette with alpha
  const uint8_t *at;
  if (colour == GREY && depth == 8 && (at = transparency(file, 2)))
    *key = sample(at, bits);
  else if (colour == TRUE_COLOUR && depth == 32 && (at = transparency(file, 6)))
    *key = sample(at, bits) << 24 | sample(at + 2, bits) << 16 |
           sample(at + 4, bits) << 8;
  else
    return false;
  return true;
}

PIX *paper_read_grey(const job *j) {
  const blob *file = j->file;
  uint32_t key;
  if (file->size <= COLOUR_TYPE || file->data[COLOUR_TYPE] != GREY ||
      !find_key(file, 8, &key))
    return NULL;
  size_t before = (size_t)(transparency(file, 2) - 8 - file->data);
  size_t chunk = CHUNK + 2;
  uint8_t *copy = malloc(file->size - chunk);
  if (!copy)
    return NULL;
  memcpy(copy, file->data, before);
  memcpy(copy + before, file->data + before + chunk,
         file->size - before - chunk);
  PIX *pix = pixReadMemPng(copy, file->size - chunk);
  free(copy);
  return pix;
}

static void whiten_row(l_uint32 *line, int width, int depth, uint32_t key) {
  for (int x = 0; x < width; x++)
    if (depth == 8 && GET_DATA_BYTE(line, x) == key)
      SET_DATA_BYTE(line, x, 0xFF);
    else if (depth == 32 && (line[x] & 0xFFFFFF00) == key)
      line[x] = 0xFFFFFF00;
}

PIX *paper_under_key(PIX *pix, const job *j, enum image_type type) {
  uint32_t key;
  int depth = pix ? pixGetDepth(pix) : 0;
  if (type != IMAGE_PNG || !pix || !find_key(j->file, depth, &key))
    return pix;
  l_uint32 *line = pixGetData(pix);
  for (int y = 0; y < pixGetHeight(pix); y++, line += pixGetWpl(pix))
    whiten_row(line, pixGetWidth(pix), depth, key);
  return pix;
}
