// SPDX-License-Identifier: MIT
#ifndef VISION_READER_CONTAINER_H
#define VISION_READER_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What the files say about themselves that Leptonica does not ask: read from
// the bytes, bounded by `size`.

enum file_kind {
  FILE_UNKNOWN,
  FILE_PDF,
  FILE_PNG,
  FILE_JPEG,
  FILE_GIF,
  FILE_WEBP,
  FILE_TIFF,
  FILE_BMP,
};

enum file_kind file_kind_of(const uint8_t *bytes, size_t size);
const char *file_kind_name(enum file_kind kind);

// True where the file ends before its own format says it does. Decoders of
// JPEG and others fill the rest with grey and say nothing.
bool file_is_cut(enum file_kind kind, const uint8_t *bytes, size_t size);

// The EXIF orientation, 1 (upright) where there is none. TIFF is left out:
// Leptonica turns it itself.
int file_orientation(enum file_kind kind, const uint8_t *bytes, size_t size);

#endif
