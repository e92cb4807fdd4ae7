// SPDX-License-Identifier: MIT
#include "container.h"

#include <string.h>

static uint32_t big32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
         p[3];
}

static uint32_t little32(const uint8_t *p) {
  return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 |
         p[0];
}

static uint16_t big16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }

// ---- kinds ----

static bool begins(const uint8_t *bytes, size_t size, const char *with,
                   size_t length) {
  return size >= length && memcmp(bytes, with, length) == 0;
}

enum file_kind file_kind_of(const uint8_t *bytes, size_t size) {
  if (begins(bytes, size, "\x89PNG\r\n\x1a\n", 8))
    return FILE_PNG;
  if (begins(bytes, size, "\xff\xd8\xff", 3))
    return FILE_JPEG;
  if (begins(bytes, size, "GIF87a", 6) || begins(bytes, size, "GIF89a", 6))
    return FILE_GIF;
  if (begins(bytes, size, "RIFF", 4) && size >= 12 &&
      memcmp(bytes + 8, "WEBP", 4) == 0)
    return FILE_WEBP;
  if (begins(bytes, size, "II*\0", 4) || begins(bytes, size, "MM\0*", 4) ||
      begins(bytes, size, "II+\0", 4) || begins(bytes, size, "MM\0+", 4))
    return FILE_TIFF;
  if (begins(bytes, size, "BM", 2))
    return FILE_BMP;
  // PDF readers accept up to 1024 bytes of anything before the header.
  size_t window = size < 1024 + 5 ? size : 1024 + 5;
  return memmem(bytes, window, "%PDF-", 5) ? FILE_PDF : FILE_UNKNOWN;
}

const char *file_kind_name(enum file_kind kind) {
  static const char *const names[] = {"unknown", "PDF",  "PNG",  "JPEG",
                                      "GIF",     "WebP", "TIFF", "BMP"};
  return names[kind];
}

// ---- cut files ----

// Calls `visit` for each chunk until it returns true. False: the chunks end
// with no such one, or one of them is longer than the file.
typedef bool chunk_visitor(const uint8_t *name, const uint8_t *data,
                           uint32_t length, void *argument);

static bool walk_png(const uint8_t *bytes, size_t size, chunk_visitor *visit,
                     void *argument) {
  for (size_t at = 8; size - at >= 12;) {
    uint32_t length = big32(bytes + at);
    if (length > size - at - 12)
      return false;
    if (visit(bytes + at + 4, bytes + at + 8, length, argument))
      return true;
    at += 12 + (size_t)length;
  }
  return false;
}

static bool is_png_end(const uint8_t *name, const uint8_t *data,
                       uint32_t length, void *argument) {
  (void)data, (void)length, (void)argument;
  return memcmp(name, "IEND", 4) == 0;
}

// Calls `visit` for each marker segment up to the start of the scan. Returns
// where the scan begins, or `size`.
static size_t walk_jpeg(const uint8_t *bytes, size_t size, chunk_visitor *visit,
                        void *argument) {
  size_t at = 2;
  while (size - at >= 4 && bytes[at] == 0xFF) {
    uint8_t marker = bytes[at + 1];
    if (marker == 0xFF) { // padding
      at++;
      continue;
    }
    size_t length = big16(bytes + at + 2);
    if (marker == 0xDA)
      return at;
    if (length < 2 || length > size - at - 2)
      return size;
    if (visit)
      visit(&marker, bytes + at + 4, (uint32_t)length - 2, argument);
    at += 2 + length;
  }
  return size;
}

static bool jpeg_is_cut(const uint8_t *bytes, size_t size) {
  // A thumbnail in the header has an end marker of its own: look behind it.
  size_t scan = walk_jpeg(bytes, size, NULL, NULL);
  return !memmem(bytes + scan, size - scan, "\xff\xd9", 2);
}

static bool gif_is_cut(const uint8_t *bytes, size_t size) {
  while (size > 0 && bytes[size - 1] == 0) // some writers pad
    size--;
  return size == 0 || bytes[size - 1] != 0x3B;
}

bool file_is_cut(enum file_kind kind, const uint8_t *bytes, size_t size) {
  switch (kind) {
  case FILE_PNG:
    return !walk_png(bytes, size, is_png_end, NULL);
  case FILE_JPEG:
    return jpeg_is_cut(bytes, size);
  case FILE_GIF:
    return gif_is_cut(bytes, size);
  case FILE_WEBP: // the RIFF size does not count its own eight bytes
    return little32(bytes + 4) > size - 8;
  case FILE_BMP: // a size of 0 is written by some, and allowed
    return size < 26 || little32(bytes + 2) > size;
  default:
    return false;
  }
}

// ---- orientation ----

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3 };

typedef struct tiff_view {
  const uint8_t *bytes;
  size_t size;
  bool little;
} tiff_view;

static uint32_t tiff_number(const tiff_view *t, size_t at, int width) {
  if (at > t->size || t->size - at < (size_t)width)
    return 0;
  uint32_t value = 0;
  for (int i = 0; i < width; i++)
    value = value << 8 | t->bytes[at + (size_t)(t->little ? width - 1 - i : i)];
  return value;
}

// The orientation in the first directory of a TIFF block, or 0.
static int tiff_orientation(const uint8_t *bytes, size_t size) {
  if (size < 8)
    return 0;
  tiff_view t = {bytes, size, bytes[0] == 'I'};
  size_t directory = tiff_number(&t, 4, 4);
  uint32_t entries = tiff_number(&t, directory, 2);
  for (uint32_t i = 0; i < entries; i++) {
    size_t entry = directory + 2 + (size_t)i * 12;
    if (entry >= size)
      return 0;
    if (tiff_number(&t, entry, 2) == TAG_ORIENTATION &&
        tiff_number(&t, entry + 2, 2) == TYPE_SHORT)
      return (int)tiff_number(&t, entry + 8, 2);
  }
  return 0;
}

static bool visit_png_exif(const uint8_t *name, const uint8_t *data,
                           uint32_t length, void *argument) {
  if (memcmp(name, "eXIf", 4) != 0)
    return false;
  *(int *)argument = tiff_orientation(data, length);
  return true;
}

static bool visit_jpeg_exif(const uint8_t *name, const uint8_t *data,
                            uint32_t length, void *argument) {
  int *orientation = argument;
  if (*name == 0xE1 && *orientation == 0 && begins(data, length, "Exif\0\0", 6))
    *orientation = tiff_orientation(data + 6, length - 6);
  return false;
}

static int webp_orientation(const uint8_t *bytes, size_t size) {
  for (size_t at = 12; size - at >= 8;) {
    size_t length = little32(bytes + at + 4);
    if (length > size - at - 8)
      return 0;
    if (memcmp(bytes + at, "EXIF", 4) == 0) {
      const uint8_t *data = bytes + at + 8;
      bool prefixed = begins(data, length, "Exif\0\0", 6);
      return prefixed ? tiff_orientation(data + 6, length - 6)
                      : tiff_orientation(data, length);
    }
    at += 8 + length + (length & 1);
    if (at > size)
      return 0;
  }
  return 0;
}

int file_orientation(enum file_kind kind, const uint8_t *bytes, size_t size) {
  int orientation = 0;
  if (kind == FILE_PNG)
    walk_png(bytes, size, visit_png_exif, &orientation);
  else if (kind == FILE_JPEG)
    walk_jpeg(bytes, size, visit_jpeg_exif, &orientation);
  else if (kind == FILE_WEBP)
    orientation = webp_orientation(bytes, size);
  return orientation >= 1 && orientation <= 8 ? orientation : 1;
}
