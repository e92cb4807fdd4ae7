// SPDX-License-Identifier: MIT
#include "image_formats.h"

const char *image_type_name(enum image_type type) {
  static const char *const names[IMAGE_TYPE_COUNT] = {"unknown",
#define X(constant, name, media_type) name,
                                                      IMAGE_TYPES(X)
#undef X
  };
  return (unsigned)type < IMAGE_TYPE_COUNT ? names[type] : names[0];
}

const char *image_type_media_type(enum image_type type) {
  static const char *const names[IMAGE_TYPE_COUNT] = {
      "application/octet-stream",
#define X(constant, name, media_type) media_type,
      IMAGE_TYPES(X)
#undef X
  };
  return (unsigned)type < IMAGE_TYPE_COUNT ? names[type] : names[0];
}

int image_is_cut(const image_header *h, span s, error *e) {
  return error_set(e, REASON_TRUNCATED_IMAGE,
                   "this %s file is cut off: it ends in the middle, after %zu "
                   "bytes; save or download it again",
                   image_type_name(h->type), s.size);
}

int image_is_broken(const image_header *h, const char *what, error *e) {
  return error_set(e, REASON_INVALID_IMAGE,
                   "this %s file is damaged: %s; save it again",
                   image_type_name(h->type), what);
}

// Readers of PDF look for its mark within the first kilobyte.
static bool has_pdf_mark(span s) {
  size_t size = s.size < IMAGE_SNIFF_BYTES ? s.size : IMAGE_SNIFF_BYTES;
  return memmem(s.data, size, "%PDF-", 5) != NULL;
}

enum image_type image_type_of(const uint8_t *bytes, size_t size) {
  static const struct {
    enum image_type type;
    const char *bytes;
    size_t count;
  } signatures[] = {
      {IMAGE_PNG, "\x89PNG", 4}, {IMAGE_JPEG, "\xFF\xD8\xFF", 3},
      {IMAGE_GIF, "GIF87a", 6},  {IMAGE_GIF, "GIF89a", 6},
      {IMAGE_TIFF, "II*\0", 4},  {IMAGE_TIFF, "MM\0*", 4},
      {IMAGE_TIFF, "II+\0", 4},  {IMAGE_TIFF, "MM\0+", 4},
  };
  span s = {bytes, size};
  for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
    if (span_is(s, 0, signatures[i].bytes, signatures[i].count))
      return signatures[i].type;
  if (span_is(s, 0, "RIFF", 4) && span_is(s, 8, "WEBP", 4))
    return IMAGE_WEBP;
  if (bmp_is(s))
    return IMAGE_BMP;
  return has_pdf_mark(s) ? IMAGE_PDF : IMAGE_UNKNOWN;
}

static int read_format(span s, image_header *h, error *e) {
  switch (h->type) {
  case IMAGE_PNG:
    return png_read(s, h, e);
  case IMAGE_JPEG:
    return jpeg_read(s, h, e);
  case IMAGE_GIF:
    return gif_read(s, h, e);
  case IMAGE_WEBP:
    return webp_read(s, h, e);
  case IMAGE_BMP:
    return bmp_read(s, h, e);
  case IMAGE_TIFF:
    return tiff_read(s, h, e);
  default:
    h->pages = 0; // PDF: pixels and pages are its reader's to say
    return 0;
  }
}

static void turn(image_header *h) {
  if (h->orientation < 5)
    return;
  uint32_t width = h->width;
  h->width = h->height;
  h->height = width;
}

int image_header_read(const uint8_t *bytes, size_t size, image_header *out,
                      error *e) {
  span s = {bytes, size};
  *out = (image_header){
      .type = image_type_of(bytes, size), .pages = 1, .orientation = 1};
  if (size == 0)
    return error_set(e, REASON_EMPTY, "the image is empty: 0 bytes");
  if (out->type == IMAGE_UNKNOWN)
    return image_refuse_unknown(s, e);
  if (read_format(s, out, e) < 0)
    return -1;
  if (out->type != IMAGE_PDF && (out->width == 0 || out->height == 0))
    return image_is_broken(out, "it is 0 pixels wide or high", e);
  turn(out);
  return 0;
}
