// SPDX-License-Identifier: MIT
#include "image_formats.h"

// JPEG: segments led by 0xFF and a marker, then the scans. Read up to the first
// scan; whether the picture is whole is told by the end marker behind it.

enum marker {
  MARKER_TEMPORARY = 0x01,
  MARKER_FRAME_FIRST = 0xC0,
  MARKER_HUFFMAN = 0xC4, // these three lie among the frame markers
  MARKER_EXTENSION = 0xC8,
  MARKER_ARITHMETIC = 0xCC,
  MARKER_FRAME_LAST = 0xCF,
  MARKER_RESTART_FIRST = 0xD0,
  MARKER_START = 0xD8,
  MARKER_END = 0xD9,
  MARKER_SCAN = 0xDA,
  MARKER_EXIF = 0xE1,
};

static bool is_frame(uint8_t marker) {
  return marker >= MARKER_FRAME_FIRST && marker <= MARKER_FRAME_LAST &&
         marker != MARKER_HUFFMAN && marker != MARKER_EXTENSION &&
         marker != MARKER_ARITHMETIC;
}

static bool stands_alone(uint8_t marker) {
  return marker == 0 || marker == MARKER_TEMPORARY ||
         (marker >= MARKER_RESTART_FIRST && marker <= MARKER_START);
}

// The next marker that leads a segment; stray bytes before it are skipped, as
// decoders do. False: none is left. `*at` is then behind the marker.
static bool next_marker(span s, uint64_t *at, uint8_t *marker) {
  while (span_has(s, *at, 2)) {
    if (s.data[*at] != 0xFF || s.data[*at + 1] == 0xFF) {
      (*at)++;
      continue;
    }
    *marker = s.data[*at + 1];
    *at += 2;
    if (!stands_alone(*marker))
      return true;
  }
  return false;
}

static void take_exif(span segment, image_header *h) {
  static const char name[] = "Exif\0"; // and its own zero: six bytes
  if (span_is(segment, 0, name, sizeof name))
    h->orientation = exif_orientation(
        (span){segment.data + sizeof name, segment.size - sizeof name});
}

static int take_frame(span segment, image_header *h, error *e) {
  if (segment.size < 6)
    return image_is_broken(h, "its frame header is too short", e);
  h->height = big16(segment, 1);
  h->width = big16(segment, 3);
  return 0;
}

// Other pictures (previews, depth maps) may follow behind the end marker, and
// so may anything else: it is looked for from the end.
static int find_end(span s, uint64_t from, const image_header *h, error *e) {
  for (uint64_t at = s.size; at >= from + 2; at--)
    if (s.data[at - 1] == MARKER_END && s.data[at - 2] == 0xFF)
      return 0;
  return image_is_cut(h, s, e);
}

int jpeg_read(span s, image_header *h, error *e) {
  uint64_t at = 2;
  uint8_t marker = 0;
  while (next_marker(s, &at, &marker)) {
    if (marker == MARKER_END)
      return image_is_broken(h, "it holds no picture", e);
    if (!span_has(s, at, 2) || !span_has(s, at, big16(s, at)))
      break;
    if (big16(s, at) < 2)
      return image_is_broken(h, "the length of a segment is impossible", e);
    span segment = {s.data + at + 2, big16(s, at) - 2};
    at += segment.size + 2;
    if (is_frame(marker) && take_frame(segment, h, e) < 0)
      return -1;
    if (marker == MARKER_EXIF)
      take_exif(segment, h);
    if (marker == MARKER_SCAN)
      return find_end(s, at, h, e);
  }
  return image_is_cut(h, s, e);
}
