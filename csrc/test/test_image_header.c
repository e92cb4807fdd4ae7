// SPDX-License-Identifier: MIT
// Headers of all formats: what they say, and every cut of each.
#include "check.h"
#include "pictures.h"

#include "../core/image_header.h"

#include <stdlib.h>

static int read_header(const uint8_t *bytes, size_t size, image_header *h,
                       error *e) {
  // Exactly as much memory as there are bytes, for the sanitizer to watch.
  uint8_t *exact = calloc(1, size ? size : 1);
  memcpy(exact, bytes, size);
  int status = image_header_read(exact, size, h, e);
  free(exact);
  return status;
}

static image_header good(const file *f) {
  image_header h;
  error e = {0};
  if (read_header(f->data, f->size, &h, &e) < 0)
    fail_msg("%s: %s", reason_word(e.reason), e.message);
  return h;
}

static void bad(const file *f, enum reason reason) {
  image_header h;
  error e = {0};
  assert_int_equal(read_header(f->data, f->size, &h, &e), -1);
  assert_string_equal(reason_word(e.reason), reason_word(reason));
}

// Cut anywhere from byte `known` on (before, the type cannot be told) up to
// byte `needed`, the file is a cut one.
static void cuts_are_told(const file *f, size_t known, size_t needed) {
  for (size_t size = known; size < needed; size++) {
    file cut = *f;
    cut.size = size;
    bad(&cut, REASON_TRUNCATED_IMAGE);
  }
}

static void assert_size(image_header h, enum image_type type, uint32_t width,
                        uint32_t height) {
  assert_int_equal(h.type, type);
  assert_int_equal(h.width, width);
  assert_int_equal(h.height, height);
}

// ---- PNG ----

static void png_is_read_to_its_end(void **state) {
  (void)state;
  file f;
  make_png(&f, 640, 480);
  image_header h = good(&f);
  assert_size(h, IMAGE_PNG, 640, 480);
  assert_int_equal(h.pages, 1);
  assert_int_equal(h.orientation, 1);
  assert_false(h.animated);
  cuts_are_told(&f, 4, f.size);
}

static void png_may_be_animated(void **state) {
  (void)state;
  file f;
  start_png(&f, 10, 10);
  put_chunk(&f, "acTL", "\0\0\0\2\0\0\0\0", 8);
  put_chunk(&f, "IEND", "", 0);
  assert_true(good(&f).animated);
}

static void png_says_whether_it_is_transparent(void **state) {
  (void)state;
  static const bool alpha[] = {false, false, false, false, true, true, true};
  file f;
  for (uint8_t colour_type = 0; colour_type <= 6; colour_type++) {
    make_png(&f, 640, 480);
    f.data[25] = colour_type;
    assert_int_equal(good(&f).transparent, alpha[colour_type]);
  }
  start_png(&f, 10, 10);
  f.data[25] = 2; // true colour, one of which is none
  put_chunk(&f, "tRNS", "\0\xFF\0\xFF\0\xFF", 6);
  put_chunk(&f, "IEND", "", 0);
  assert_true(good(&f).transparent);
}

static void png_that_makes_no_sense(void **state) {
  (void)state;
  file f;
  make_png(&f, 0, 480);
  bad(&f, REASON_INVALID_IMAGE);
  make_png(&f, 640, 0x80000000);
  bad(&f, REASON_INVALID_IMAGE);
  make_png(&f, 640, 480);
  f.data[4] = '\n'; // CR LF became LF LF
  bad(&f, REASON_INVALID_IMAGE);
  make_png(&f, 640, 480);
  f.data[12] = 'X';
  bad(&f, REASON_INVALID_IMAGE);
  make_png(&f, 640, 480);
  memset(f.data + 33, 0xFF, 4); // the length of the second chunk
  bad(&f, REASON_TRUNCATED_IMAGE);
}

// ---- JPEG ----

static void put_segment(file *f, uint8_t marker, const void *data,
                        size_t size) {
  put_big(f, 0xFF00u | marker, 2);
  put_big(f, size + 2, 2);
  put_bytes(f, data, size);
}

static void put_exif(file *f, uint16_t orientation, bool big_endian) {
  file exif = {.size = 0};
  void (*put)(file *, uint64_t, unsigned) = big_endian ? put_big : put_little;
  put_bytes(&exif, "Exif\0\0", 6);
  put_bytes(&exif, big_endian ? "MM\0*" : "II*\0", 4);
  put(&exif, 8, 4);
  put(&exif, 1, 2);
  put(&exif, 274, 2);
  put(&exif, 3, 2);
  put(&exif, 1, 4);
  put(&exif, orientation, 2);
  put(&exif, 0, 2);
  put(&exif, 0, 4);
  put_segment(f, 0xE1, exif.data, exif.size);
}

static void put_frame(file *f, uint8_t marker, uint16_t width,
                      uint16_t height) {
  file frame = {.size = 0};
  put_big(&frame, 8, 1);
  put_big(&frame, height, 2);
  put_big(&frame, width, 2);
  put_bytes(&frame, "\x01\x01\x11\x00", 4);
  put_segment(f, marker, frame.data, frame.size);
}

static void put_scan(file *f) {
  put_segment(f, 0xDA, "\x01\x01\x00\x00\x3F\x00", 6);
  put_bytes(f, "data\xFF\x00more\xFF\xD9", 12);
}

static void make_jpeg(file *f, uint16_t orientation, bool big_endian) {
  f->size = 0;
  put_bytes(f, "\xFF\xD8", 2);
  put_exif(f, orientation, big_endian);
  put_segment(f, 0xC4, "tables", 6);
  put_frame(f, 0xC2, 300, 200);
  put_scan(f);
}

static void jpeg_turns_as_exif_says(void **state) {
  (void)state;
  for (int orientation = 0; orientation <= 9; orientation++)
    for (int big_endian = 0; big_endian < 2; big_endian++) {
      file f;
      make_jpeg(&f, (uint16_t)orientation, big_endian);
      image_header h = good(&f);
      bool known = orientation >= 1 && orientation <= 8;
      bool lies = orientation >= 5 && orientation <= 8;
      assert_int_equal(h.orientation, known ? orientation : 1);
      assert_size(h, IMAGE_JPEG, lies ? 200 : 300, lies ? 300 : 200);
    }
}

static void jpeg_cuts(void **state) {
  (void)state;
  file f;
  make_jpeg(&f, 6, true);
  cuts_are_told(&f, 3, f.size);
  put_bytes(&f, "trailing bytes of a camera", 26);
  assert_size(good(&f), IMAGE_JPEG, 200, 300);
}

static void jpeg_that_makes_no_sense(void **state) {
  (void)state;
  file f = {.size = 0};
  put_bytes(&f, "\xFF\xD8\xFF\xD9", 4);
  bad(&f, REASON_INVALID_IMAGE); // no picture
  f.size = 2;
  put_bytes(&f, "\xFF\xE0\x00\x01", 4);
  bad(&f, REASON_INVALID_IMAGE); // a length that does not count itself
  f.size = 2;
  put_segment(&f, 0xC0, "\x08\x00\x10", 3);
  bad(&f, REASON_INVALID_IMAGE);
  f.size = 2;
  put_frame(&f, 0xC0, 300, 0);
  put_scan(&f);
  bad(&f, REASON_INVALID_IMAGE);
}

static void jpeg_with_stray_bytes_is_read(void **state) {
  (void)state;
  file f = {.size = 0};
  put_bytes(&f, "\xFF\xD8\xFF\xFF\xFF\x01xx\xFF\x00", 10);
  put_frame(&f, 0xC0, 300, 200);
  put_scan(&f);
  assert_size(good(&f), IMAGE_JPEG, 300, 200);
}

// ---- GIF ----

static void put_gif_frame(file *f) {
  put_bytes(f, "!\xF9\x04\x00\x00\x00\x00\x00", 8);
  put_bytes(f,
            ",\0\0\0\0\x0A\x00\x0A\x00\x80"
            "abcdef"
            "\x02\x02zz\x00",
            21);
}

static void gif_counts_to_two(void **state) {
  (void)state;
  file f = {.size = 0};
  put_bytes(&f,
            "GIF89a\x2C\x01\xC8\x00\x80\x00\x00"
            "abcdef",
            19);
  size_t first_end;
  put_gif_frame(&f);
  first_end = f.size;
  put_bytes(&f, ";", 1);
  image_header h = good(&f);
  assert_size(h, IMAGE_GIF, 300, 200);
  assert_false(h.animated);
  assert_false(h.transparent);
  cuts_are_told(&f, 6, first_end);
  f.data[22] = 1; // of the extension before the frame
  assert_true(good(&f).transparent);
  f.size = first_end;
  put_gif_frame(&f);
  assert_true(good(&f).animated);
}

// ---- WebP ----

static void start_webp(file *f, const char *kind, size_t data_size) {
  f->size = 0;
  put_bytes(f, "RIFF", 4);
  put_little(f, 12 + data_size, 4);
  put_bytes(f, "WEBP", 4);
  put_bytes(f, kind, 4);
  put_little(f, data_size, 4);
}

static void webp_has_three_kinds(void **state) {
  (void)state;
  file f;
  start_webp(&f, "VP8 ", 10);
  put_bytes(&f, "\x10\x00\x00\x9D\x01\x2A\x2C\x01\xC8\x00", 10);
  assert_size(good(&f), IMAGE_WEBP, 300, 200);
  cuts_are_told(&f, 12, f.size);
  f.data[23] = 0;
  bad(&f, REASON_INVALID_IMAGE);
  start_webp(&f, "VP8L", 6);
  put_bytes(&f, "\x2F", 1);
  put_little(&f, (300 - 1) | (200 - 1) << 14, 4);
  put_bytes(&f, "x", 1);
  assert_size(good(&f), IMAGE_WEBP, 300, 200);
  assert_false(good(&f).transparent);
  f.data[24] |= 0x10;
  assert_true(good(&f).transparent);
  cuts_are_told(&f, 12, f.size);
  start_webp(&f, "VP8X", 10);
  put_bytes(&f, "\x02\x00\x00\x00\x2B\x01\x00\xC7\x00\x00", 10);
  assert_size(good(&f), IMAGE_WEBP, 300, 200);
  assert_true(good(&f).animated);
  assert_false(good(&f).transparent);
  f.data[20] = 0x10;
  assert_true(good(&f).transparent);
  start_webp(&f, "XXXX", 10);
  put_bytes(&f, "0123456789", 10);
  bad(&f, REASON_INVALID_IMAGE);
}

// ---- BMP ----

static void make_bmp(file *f, int32_t width, int32_t height) {
  f->size = 0;
  put_bytes(f, "BM", 2);
  put_little(f, 0, 8);
  put_little(f, 54, 4);
  put_little(f, 40, 4);
  put_little(f, (uint32_t)width, 4);
  put_little(f, (uint32_t)height, 4);
  put_little(f, 1, 2);
  put_little(f, 24, 2);
  for (int i = 0; i < 6; i++)
    put_little(f, 0, 4);
  put_bytes(f, "0123456701234567", 16); // two rows of 2 pixels
}

static void bmp_may_stand_on_its_head(void **state) {
  (void)state;
  file f;
  make_bmp(&f, 2, 2);
  assert_size(good(&f), IMAGE_BMP, 2, 2);
  cuts_are_told(&f, 18, f.size);
  make_bmp(&f, 2, -2);
  assert_size(good(&f), IMAGE_BMP, 2, 2);
  make_bmp(&f, 2, 3);
  bad(&f, REASON_TRUNCATED_IMAGE);
  make_bmp(&f, INT32_MAX, INT32_MAX);
  bad(&f, REASON_TRUNCATED_IMAGE);
  make_bmp(&f, -2, 2);
  bad(&f, REASON_INVALID_IMAGE);
  make_bmp(&f, 2, INT32_MIN);
  bad(&f, REASON_INVALID_IMAGE);
  make_bmp(&f, 0, 2);
  bad(&f, REASON_INVALID_IMAGE);
}

static void bmp_of_the_old_kind(void **state) {
  (void)state;
  file f = {.size = 0};
  put_bytes(&f, "BM", 2);
  put_little(&f, 0, 8);
  put_little(&f, 26, 4);
  put_little(&f, 12, 4);
  put_little(&f, 2, 2);
  put_little(&f, 2, 2);
  put_little(&f, 1, 2);
  put_little(&f, 24, 2);
  put_bytes(&f, "0123456701234567", 16);
  assert_size(good(&f), IMAGE_BMP, 2, 2);
  cuts_are_told(&f, 18, f.size);
}

// ---- TIFF ----

typedef struct tiff_kind {
  bool big_endian, big;
} tiff_kind;

static void put_number(file *f, tiff_kind kind, uint64_t value, unsigned size) {
  (kind.big_endian ? put_big : put_little)(f, value, size);
}

static void put_entry(file *f, tiff_kind kind, unsigned tag, unsigned type,
                      uint64_t value) {
  unsigned size = kind.big ? 8 : 4;
  unsigned used = type == 3 ? 2 : type == 4 ? 4 : 8;
  put_number(f, kind, tag, 2);
  put_number(f, kind, type, 2);
  put_number(f, kind, 1, size);
  put_number(f, kind, value, used);
  put_number(f, kind, 0, size - used);
}

static void put_directory(file *f, tiff_kind kind, uint64_t next) {
  put_number(f, kind, 3, kind.big ? 8 : 2);
  put_entry(f, kind, 256, 3, 300);
  put_entry(f, kind, 257, 4, 200);
  put_entry(f, kind, 274, 3, 8);
  put_number(f, kind, next, kind.big ? 8 : 4);
}

static size_t directory_size(tiff_kind kind) {
  return kind.big ? 8 + 3 * 20 + 8 : 2 + 3 * 12 + 4;
}

// Pages one behind the other; the last one leads to `after` (0: the end).
static void make_tiff(file *f, tiff_kind kind, unsigned pages, uint64_t after) {
  f->size = 0;
  put_bytes(f, kind.big_endian ? "MM" : "II", 2);
  put_number(f, kind, kind.big ? 43 : 42, 2);
  if (kind.big)
    put_number(f, kind, 8u << 16, 4); // offsets of 8 bytes, and a zero
  put_number(f, kind, kind.big ? 16 : 8, kind.big ? 8 : 4);
  for (unsigned page = 1; page <= pages; page++)
    put_directory(f, kind,
                  page < pages ? f->size + directory_size(kind) : after);
}

static void tiff_counts_its_pages(void **state) {
  (void)state;
  for (int i = 0; i < 4; i++)
    for (unsigned pages = 1; pages < 20; pages++) {
      tiff_kind kind = {i & 1, i & 2};
      file f;
      make_tiff(&f, kind, pages, 0);
      image_header h = good(&f);
      assert_size(h, IMAGE_TIFF, 200, 300); // lies on its side
      assert_int_equal(h.orientation, 8);
      assert_int_equal(h.pages, pages);
      cuts_are_told(&f, 4, f.size);
    }
}

static void tiff_in_a_circle_ends(void **state) {
  (void)state;
  for (unsigned pages = 1; pages < 20; pages++)
    for (unsigned back = 0; back < pages; back++) {
      tiff_kind kind = {false, false};
      file f;
      make_tiff(&f, kind, pages, 8 + back * directory_size(kind));
      bad(&f, REASON_INVALID_IMAGE);
    }
}

static void tiff_has_a_limit_of_pages(void **state) {
  (void)state;
  // Empty directories of 6 bytes, one behind the other.
  enum { PAGES = IMAGE_PAGES_MAX + 1 };
  uint8_t *bytes = calloc(1, 8 + 64 + PAGES * 6);
  file head = {.size = 0};
  tiff_kind kind = {false, false};
  make_tiff(&head, kind, 1, 8 + directory_size(kind));
  memcpy(bytes, head.data, head.size);
  size_t at = head.size;
  for (int i = 0; i < PAGES; i++, at += 6) {
    file next = {.size = 0};
    put_little(&next, 0, 2);
    put_little(&next, i + 1 < PAGES ? at + 6 : 0, 4);
    memcpy(bytes + at, next.data, 6);
  }
  image_header h;
  error e = {0};
  assert_int_equal(image_header_read(bytes, at, &h, &e), -1);
  assert_int_equal(e.reason, REASON_TOO_MANY_PAGES);
  free(bytes);
}

// ---- PDF and what is none of them ----

static void pdf_says_nothing_more(void **state) {
  (void)state;
  file f = {.size = 0};
  put_bytes(&f, "\nsome mailer's line\n%PDF-1.7\n", 29);
  image_header h = good(&f);
  assert_size(h, IMAGE_PDF, 0, 0);
  assert_int_equal(h.pages, 0);
}

static void the_message_says_what_it_seems_to_be(void **state) {
  (void)state;
  static const struct {
    const char *bytes, *word;
  } samples[] = {
      {"hello, world", "text"},
      {"  <?xml version=\"1.0\"?>\n<svg xmlns=", "SVG"},
      {"<!DOCTYPE HTML><html>", "web page"},
      {"<?xml version=\"1.0\"?><a/>", "XML"},
      {"AC1032", "DWG"},
      {"  0\r\nSECTION\r\n  2\r\nHEADER", "DXF"},
      {"0 is a number", "text"},
      {"PK\3\4 and so on", "ZIP"},
      {"1234ftypheic", "HEIC"},
      {"1234ftypavif", "AVIF"},
      {"ISO-10303-21;", "STEP"},
      {"%!PS-Adobe", "PostScript"},
      {"BMW builds cars, which is text", "text"},
      {"\1\2\3\4", "no kind"},
  };
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
    image_header h;
    error e = {0};
    const uint8_t *bytes = (const uint8_t *)samples[i].bytes;
    assert_int_equal(read_header(bytes, strlen(samples[i].bytes), &h, &e), -1);
    assert_int_equal(e.reason, REASON_UNSUPPORTED_FORMAT);
    if (!strstr(e.message, samples[i].word))
      fail_msg("'%s' is not in: %s", samples[i].word, e.message);
  }
}

static void nothing_is_empty(void **state) {
  (void)state;
  file f = {.size = 0};
  bad(&f, REASON_EMPTY);
}

static void types_have_names(void **state) {
  (void)state;
  assert_string_equal(image_type_name(IMAGE_PDF), "pdf");
  assert_string_equal(image_type_media_type(IMAGE_JPEG), "image/jpeg");
  assert_string_equal(image_type_name((enum image_type)99), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(png_is_read_to_its_end),
      cmocka_unit_test(png_may_be_animated),
      cmocka_unit_test(png_says_whether_it_is_transparent),
      cmocka_unit_test(png_that_makes_no_sense),
      cmocka_unit_test(jpeg_turns_as_exif_says),
      cmocka_unit_test(jpeg_cuts),
      cmocka_unit_test(jpeg_that_makes_no_sense),
      cmocka_unit_test(jpeg_with_stray_bytes_is_read),
      cmocka_unit_test(gif_counts_to_two),
      cmocka_unit_test(webp_has_three_kinds),
      cmocka_unit_test(bmp_may_stand_on_its_head),
      cmocka_unit_test(bmp_of_the_old_kind),
      cmocka_unit_test(tiff_counts_its_pages),
      cmocka_unit_test(tiff_in_a_circle_ends),
      cmocka_unit_test(tiff_has_a_limit_of_pages),
      cmocka_unit_test(pdf_says_nothing_more),
      cmocka_unit_test(the_message_says_what_it_seems_to_be),
      cmocka_unit_test(nothing_is_empty),
      cmocka_unit_test(types_have_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
