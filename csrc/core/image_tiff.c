// SPDX-License-Identifier: MIT
#include "image_formats.h"

// TIFF, big TIFF and the block that Exif borrows from them: directories of
// tagged entries, each with the offset of the next. A directory is a page.

typedef struct tiff {
  span s;
  bool big_endian;
  // Bytes of an offset, of the number of entries and of an entry.
  unsigned offset_size, count_size, entry_size;
} tiff;

typedef struct directory {
  uint64_t next; // offset of the next one, 0: the last
  uint64_t width, height, orientation;
} directory;

enum tag { TAG_WIDTH = 256, TAG_HEIGHT = 257, TAG_ORIENTATION = 274 };
enum field_type { FIELD_SHORT = 3, FIELD_LONG = 4, FIELD_LONG8 = 16 };

// The number of `size` bytes at `at`; false: beyond the end.
static bool number_at(const tiff *t, uint64_t at, unsigned size,
                      uint64_t *value) {
  if (!span_has(t->s, at, size))
    return false;
  *value = 0;
  for (unsigned i = 0; i < size; i++) {
    unsigned from = t->big_endian ? i : size - 1 - i;
    *value = *value << 8 | t->s.data[at + from];
  }
  return true;
}

// Reads the file header and the offset of the first directory.
static bool open_tiff(span s, tiff *t, uint64_t *first) {
  *t = (tiff){.s = s, .big_endian = span_is(s, 0, "MM", 2)};
  uint64_t version;
  if (!number_at(t, 2, 2, &version))
    return false;
  bool big = version == 43;
  t->offset_size = big ? 8 : 4;
  t->count_size = big ? 8 : 2;
  t->entry_size = big ? 20 : 12;
  return number_at(t, big ? 8 : 4, t->offset_size, first);
}

// An entry's value, where it is one number and lies in the entry itself.
static uint64_t entry_value(const tiff *t, uint64_t at) {
  uint64_t type = 0, value = 0;
  number_at(t, at + 2, 2, &type);
  unsigned size = type == FIELD_SHORT   ? 2
                  : type == FIELD_LONG  ? 4
                  : type == FIELD_LONG8 ? 8
                                        : 0;
  if (size <= t->offset_size)
    number_at(t, at + t->entry_size - t->offset_size, size, &value);
  return value;
}

static void take_entry(const tiff *t, uint64_t at, directory *d) {
  uint64_t tag = 0;
  number_at(t, at, 2, &tag);
  if (tag == TAG_WIDTH)
    d->width = entry_value(t, at);
  else if (tag == TAG_HEIGHT)
    d->height = entry_value(t, at);
  else if (tag == TAG_ORIENTATION)
    d->orientation = entry_value(t, at);
}

// Where the entries of the directory at `at` begin and end; false: cut off.
static bool find_entries(const tiff *t, uint64_t at, uint64_t *begin,
                         uint64_t *end) {
  uint64_t count;
  if (!number_at(t, at, t->count_size, &count))
    return false;
  *begin = at + t->count_size;
  if (count > (t->s.size - *begin) / t->entry_size)
    return false;
  *end = *begin + count * t->entry_size;
  return true;
}

static bool next_directory(const tiff *t, uint64_t at, uint64_t *next) {
  uint64_t begin, end;
  return find_entries(t, at, &begin, &end) &&
         number_at(t, end, t->offset_size, next);
}

static bool read_directory(const tiff *t, uint64_t at, directory *d) {
  uint64_t begin, end;
  *d = (directory){0};
  if (!find_entries(t, at, &begin, &end))
    return false;
  for (; begin < end; begin += t->entry_size)
    take_entry(t, begin, d);
  return number_at(t, end, t->offset_size, &d->next);
}

static uint8_t sane_orientation(uint64_t value) {
  return value >= 1 && value <= 8 ? (uint8_t)value : 1;
}

// Follows the chain behind the first page, whose next one is at `at`. A chain
// that bites its tail is caught by an anchor that it meets again, and that is
// moved ahead after 1, 2, 4 … steps.
static int count_pages(const tiff *t, uint64_t at, image_header *h, error *e) {
  uint64_t anchor = 0;
  uint32_t move_anchor_at = 1;
  for (; at != 0; h->pages++) {
    if (at == anchor)
      return image_is_broken(h, "its chain of pages runs in a circle", e);
    if (h->pages == IMAGE_PAGES_MAX)
      return error_set(e, REASON_TOO_MANY_PAGES,
                       "this tiff file has more than %d pages; split it",
                       IMAGE_PAGES_MAX);
    if (h->pages == move_anchor_at) {
      anchor = at;
      move_anchor_at *= 2;
    }
    if (!next_directory(t, at, &at))
      return image_is_cut(h, t->s, e);
  }
  return 0;
}

int tiff_read(span s, image_header *h, error *e) {
  tiff t;
  uint64_t first;
  directory d;
  if (!open_tiff(s, &t, &first) || !read_directory(&t, first, &d))
    return image_is_cut(h, s, e);
  if (d.width > INT32_MAX || d.height > INT32_MAX)
    return image_is_broken(h, "its width or height is impossible", e);
  h->width = (uint32_t)d.width;
  h->height = (uint32_t)d.height;
  h->orientation = sane_orientation(d.orientation);
  return count_pages(&t, d.next, h, e);
}

uint8_t exif_orientation(span s) {
  tiff t;
  uint64_t first;
  directory d;
  bool is_tiff = span_is(s, 0, "II*\0", 4) || span_is(s, 0, "MM\0*", 4);
  if (!is_tiff || !open_tiff(s, &t, &first))
    return 1;
  read_directory(&t, first, &d); // a cut one may have said it already
  return sane_orientation(d.orientation);
}
