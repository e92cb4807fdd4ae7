// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_IMAGE_HEADER_H
#define VISION_CORE_IMAGE_HEADER_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What the first bytes of a picture (and the skeleton of its file) say. Nothing
// is decoded here; every read is bounded by the size of the file.

// Constant, name, media type.
#define IMAGE_TYPES(X)                                                         \
  X(PNG, "png", "image/png")                                                   \
  X(JPEG, "jpeg", "image/jpeg")                                                \
  X(GIF, "gif", "image/gif")                                                   \
  X(WEBP, "webp", "image/webp")                                                \
  X(TIFF, "tiff", "image/tiff")                                                \
  X(BMP, "bmp", "image/bmp")                                                   \
  X(PDF, "pdf", "application/pdf")

enum image_type {
  IMAGE_UNKNOWN,
#define X(constant, name, media_type) IMAGE_##constant,
  IMAGE_TYPES(X)
#undef X
      IMAGE_TYPE_COUNT
};

const char *image_type_name(enum image_type type);       // "unknown" otherwise
const char *image_type_media_type(enum image_type type); // likewise

// A TIFF file with more pages than this is refused.
enum { IMAGE_PAGES_MAX = 10000 };

// How many bytes from the start decide about the type.
enum { IMAGE_SNIFF_BYTES = 1024 };

typedef struct image_header {
  enum image_type type;
  uint32_t width, height; // pixels as seen, after the turn; 0 for PDF
  uint32_t pages;         // 0 for PDF: only its reader knows
  uint8_t orientation;    // 1 to 8 as EXIF and TIFF have it; 5 to 8 lie down
  bool animated;          // more than one frame in time (GIF, WebP, PNG)
  bool transparent;       // it may show what is under it (PNG, GIF, WebP)
} image_header;

// The type that the content says, whatever its file is called.
enum image_type image_type_of(const uint8_t *bytes, size_t size);

// 0, or -1 with EMPTY, UNSUPPORTED_FORMAT (the message says what it seems to
// be), TRUNCATED_IMAGE, INVALID_IMAGE or TOO_MANY_PAGES.
int image_header_read(const uint8_t *bytes, size_t size, image_header *out,
                      error *e);

#endif
