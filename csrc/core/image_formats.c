// SPDX-License-Identifier: MIT
#include "image_formats.h"

// ---- PNG: a signature and chunks (length, name, data, checksum) ----

enum { PNG_SIGNATURE = 8, PNG_CHUNK = 12, PNG_HEADER_DATA = 13 };
enum { PNG_COLOUR_TYPE = 25, PNG_ALPHA = 4 }; // of the colour type, a bit

// The data of the header chunk, whose checksum may be wrong for all we care.
static int png_dimensions(span s, image_header *h, error *e) {
  // The signature is made to show whether somebody "converted" line ends.
  static const char signature[] = "\x89PNG\r\n\x1A\n";
  if (!span_has(s, 0, PNG_SIGNATURE))
    return image_is_cut(h, s, e);
  if (!span_is(s, 0, signature, PNG_SIGNATURE))
    return image_is_broken(h, "it was transferred as text", e);
  if (!span_has(s, PNG_SIGNATURE, PNG_CHUNK + PNG_HEADER_DATA))
    return image_is_cut(h, s, e);
  if (big32(s, 8) != PNG_HEADER_DATA || !span_is(s, 12, "IHDR", 4))
    return image_is_broken(h, "its header chunk is not where it belongs", e);
  h->width = big32(s, 16);
  h->height = big32(s, 20);
  if (h->width > INT32_MAX || h->height > INT32_MAX)
    return image_is_broken(h, "its width or height is impossible", e);
  h->transparent = s.data[PNG_COLOUR_TYPE] & PNG_ALPHA;
  return 0;
}

// What one chunk adds to what is known; `at` is where it begins.
static void png_take_chunk(span s, uint64_t at, image_header *h) {
  if (span_is(s, at + 4, "acTL", 4) && big32(s, at) >= 4)
    h->animated = big32(s, at + 8) > 1;
  // Of a palette, or one colour that stands for none.
  if (span_is(s, at + 4, "tRNS", 4))
    h->transparent = true;
}

int png_read(span s, image_header *h, error *e) {
  if (png_dimensions(s, h, e) < 0)
    return -1;
  uint64_t at = PNG_SIGNATURE;
  for (;;) {
    if (!span_has(s, at, PNG_CHUNK) ||
        !span_has(s, at + PNG_CHUNK, big32(s, at)))
      return image_is_cut(h, s, e);
    if (span_is(s, at + 4, "IEND", 4))
      return 0;
    png_take_chunk(s, at, h);
    at += PNG_CHUNK + (uint64_t)big32(s, at);
  }
}

// ---- GIF: a screen, then blocks of extensions and frames ----

static uint64_t gif_palette_bytes(uint8_t flags) {
  return flags & 0x80 ? 3u << ((flags & 7) + 1) : 0;
}

// Past a chain of sub-blocks, each led by its length; 0 ends it. False: cut.
static bool gif_skip_blocks(span s, uint64_t *at) {
  while (span_has(s, *at, 1)) {
    uint8_t length = s.data[*at];
    *at += 1u + length;
    if (length == 0)
      return true;
  }
  return false;
}

// `*at` is behind the comma that begins a frame.
static bool gif_skip_frame(span s, uint64_t *at) {
  enum { DESCRIPTOR = 9, CODE_SIZE = 1 };
  if (!span_has(s, *at, DESCRIPTOR))
    return false;
  *at += DESCRIPTOR + gif_palette_bytes(s.data[*at + 8]) + CODE_SIZE;
  return gif_skip_blocks(s, at);
}

// Whether the extension whose label is at `at` says that one colour of the
// next frame is none.
static bool gif_is_transparent(span s, uint64_t at) {
  return span_is(s, at, "\xF9\x04", 2) && span_has(s, at, 3) &&
         s.data[at + 2] & 1;
}

// Counts whole frames, but no further than to two: more is "animated" too.
static int gif_count_frames(span s, uint64_t at, bool *transparent) {
  int frames = 0;
  while (frames < 2 && span_has(s, at, 1)) {
    uint8_t introducer = s.data[at++];
    if (introducer == ',') {
      if (!gif_skip_frame(s, &at))
        return frames;
      frames++;
    } else if (introducer == '!') {
      *transparent = *transparent || gif_is_transparent(s, at);
      at++; // the extension's label
      if (!gif_skip_blocks(s, &at))
        return frames;
    } else {
      return frames; // ';' ends the file; so does, in practice, anything else
    }
  }
  return frames;
}

int gif_read(span s, image_header *h, error *e) {
  enum { SCREEN_END = 13 };
  if (!span_has(s, 0, SCREEN_END))
    return image_is_cut(h, s, e);
  h->width = little16(s, 6);
  h->height = little16(s, 8);
  int frames = gif_count_frames(s, SCREEN_END + gif_palette_bytes(s.data[10]),
                                &h->transparent);
  if (frames == 0)
    return image_is_cut(h, s, e);
  h->animated = frames > 1;
  return 0;
}

// ---- WebP: RIFF with one of three kinds of first chunk ----

enum { WEBP_DATA = 20, WEBP_SMALLEST = 30 };

static int webp_lossy(span s, image_header *h, error *e) {
  if (!span_is(s, WEBP_DATA + 3, "\x9D\x01\x2A", 3))
    return image_is_broken(h, "its first frame is no key frame", e);
  h->width = little16(s, WEBP_DATA + 6) & 0x3FFF;
  h->height = little16(s, WEBP_DATA + 8) & 0x3FFF;
  return 0;
}

static int webp_lossless(span s, image_header *h, error *e) {
  if (s.data[WEBP_DATA] != 0x2F)
    return image_is_broken(h, "its lossless data lacks its mark", e);
  uint32_t bits = little32(s, WEBP_DATA + 1);
  h->width = (bits & 0x3FFF) + 1;
  h->height = (bits >> 14 & 0x3FFF) + 1;
  h->transparent = bits >> 28 & 1;
  return 0;
}

static int webp_extended(span s, image_header *h) {
  h->animated = s.data[WEBP_DATA] & 0x02;
  h->transparent = s.data[WEBP_DATA] & 0x10;
  h->width = little24(s, WEBP_DATA + 4) + 1;
  h->height = little24(s, WEBP_DATA + 7) + 1;
  return 0;
}

int webp_read(span s, image_header *h, error *e) {
  // The lossless kind may be some bytes shorter; so small a one is rare, and
  // its own chunk length tells.
  uint64_t riff_size = little32(s, 4);
  if (!span_has(s, 8, riff_size) || !span_has(s, 0, WEBP_DATA + 5))
    return image_is_cut(h, s, e);
  if (span_is(s, 12, "VP8L", 4))
    return webp_lossless(s, h, e);
  if (!span_has(s, 0, WEBP_SMALLEST))
    return image_is_cut(h, s, e);
  if (span_is(s, 12, "VP8 ", 4))
    return webp_lossy(s, h, e);
  if (span_is(s, 12, "VP8X", 4))
    return webp_extended(s, h);
  return image_is_broken(h, "its first chunk is of no known kind", e);
}

// ---- BMP: a file header, then one of several picture headers ----

enum { BMP_FILE_HEADER = 14, BMP_OLD_HEADER = 12, BMP_NEW_HEADER = 40 };

bool bmp_is(span s) {
  static const uint32_t header_sizes[] = {12, 40, 52, 56, 64, 108, 124};
  if (!span_is(s, 0, "BM", 2) || !span_has(s, BMP_FILE_HEADER, 4))
    return false;
  for (size_t i = 0; i < sizeof header_sizes / sizeof *header_sizes; i++)
    if (little32(s, BMP_FILE_HEADER) == header_sizes[i])
      return true;
  return false;
}

static bool bmp_rows_fit(span s, const image_header *h, uint32_t bits) {
  uint64_t start = little32(s, 10);
  uint64_t row = ((uint64_t)h->width * bits + 31) / 32 * 4;
  return start < s.size && (row == 0 || (s.size - start) / row >= h->height);
}

// Rows from the top down are said by a negative height.
static uint32_t magnitude(uint32_t number) {
  return number > INT32_MAX ? 0u - number : number;
}

int bmp_read(span s, image_header *h, error *e) {
  bool old = little32(s, BMP_FILE_HEADER) < BMP_NEW_HEADER;
  if (!span_has(s, BMP_FILE_HEADER, old ? BMP_OLD_HEADER : BMP_NEW_HEADER))
    return image_is_cut(h, s, e);
  h->width = old ? little16(s, 18) : little32(s, 18);
  h->height = old ? little16(s, 20) : magnitude(little32(s, 22));
  if (h->width > INT32_MAX || h->height > INT32_MAX)
    return image_is_broken(h, "its width or height is impossible", e);
  uint32_t bits = old ? little16(s, 24) : little16(s, 28);
  uint32_t compression = old ? 0 : little32(s, 30);
  if (compression == 0 && !bmp_rows_fit(s, h, bits))
    return image_is_cut(h, s, e);
  return 0;
}
