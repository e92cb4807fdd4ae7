// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_IMAGE_FORMATS_H
#define VISION_CORE_IMAGE_FORMATS_H

#include "image_header.h"

#include <string.h>

// What the files of one format each share. Only image_*.c includes this.

// Bytes of somebody else, with every question bounded by their number.
typedef struct span {
  const uint8_t *data;
  size_t size;
} span;

static inline bool span_has(span s, uint64_t at, uint64_t count) {
  return at <= s.size && count <= s.size - at;
}

static inline bool span_is(span s, uint64_t at, const char *bytes,
                           size_t count) {
  return span_has(s, at, count) && memcmp(s.data + at, bytes, count) == 0;
}

// The caller has asked span_has before.
static inline uint32_t big16(span s, uint64_t at) {
  return (uint32_t)s.data[at] << 8 | s.data[at + 1];
}

static inline uint32_t big32(span s, uint64_t at) {
  return big16(s, at) << 16 | big16(s, at + 2);
}

static inline uint32_t little16(span s, uint64_t at) {
  return (uint32_t)s.data[at + 1] << 8 | s.data[at];
}

static inline uint32_t little24(span s, uint64_t at) {
  return (uint32_t)s.data[at + 2] << 16 | little16(s, at);
}

static inline uint32_t little32(span s, uint64_t at) {
  return little16(s, at + 2) << 16 | little16(s, at);
}

// The two messages that all formats share; both return -1.
int image_is_cut(const image_header *h, span s, error *e);
int image_is_broken(const image_header *h, const char *what, error *e);

// One reader a format. They find h->type and the defaults in place (one page,
// upright, not animated, opaque) and fill in the rest. 0, or -1 with an error.
int png_read(span s, image_header *h, error *e);
int jpeg_read(span s, image_header *h, error *e);
int gif_read(span s, image_header *h, error *e);
int webp_read(span s, image_header *h, error *e);
int bmp_read(span s, image_header *h, error *e);
int tiff_read(span s, image_header *h, error *e);

// Whether a BMP header really follows the letters "BM".
bool bmp_is(span s);

// The orientation in the Exif block of a JPEG file, which is a small TIFF
// file; 1 where it says nothing sensible.
uint8_t exif_orientation(span s);

// For what none of them reads: what it seems to be, and what to do.
int image_refuse_unknown(span s, error *e);

#endif
