// SPDX-License-Identifier: MIT
#include "image_formats.h"

#include <strings.h>

// What people send by mistake, so that the message can name it.

static const char EXPORT[] = "export it as PDF or PNG";
static const char CONVERT[] = "convert it to PNG or JPEG";
static const char UNPACK[] = "unpack it and give the drawing inside";
static const char CHOOSE[] = "give a PNG, JPEG, GIF, WebP, TIFF, BMP or PDF";

typedef struct guess {
  const char *what, *advice;
} guess;

static const struct signature {
  size_t at;
  const char *bytes;
  size_t count;
  guess guess;
} SIGNATURES[] = {
    {4, "ftyphe", 6, {"a HEIC photo", CONVERT}},
    {4, "ftypmif1", 8, {"a HEIF photo", CONVERT}},
    {4, "ftypavi", 7, {"an AVIF picture", CONVERT}},
    {4, "ftyp", 4, {"a film", CHOOSE}},
    {4, "jP  ", 4, {"a JPEG 2000 picture", CONVERT}},
    {4, "JXL ", 4, {"a JPEG XL picture", CONVERT}},
    {0, "8BPS", 4, {"a Photoshop file", CONVERT}},
    {0, "\0\0\1\0", 4, {"an icon", CONVERT}},
    {0, "AC10", 4, {"a DWG drawing", EXPORT}},
    {0, "AutoCAD Binary DXF", 18, {"a DXF drawing", EXPORT}},
    {0, "ISO-10303-21", 12, {"a STEP model", EXPORT}},
    {0, "%!PS", 4, {"a PostScript file", EXPORT}},
    {0, "\xD0\xCF\x11\xE0", 4, {"an old Office or CAD document", EXPORT}},
    {0, "{\\rtf", 5, {"an RTF document", EXPORT}},
    {0, "PK\3\4", 4, {"a ZIP archive or an Office document", UNPACK}},
    {0, "\x1F\x8B", 2, {"a gzip archive", UNPACK}},
    {0, "7z\xBC\xAF", 4, {"a 7z archive", UNPACK}},
    {0, "Rar!", 4, {"a RAR archive", UNPACK}},
};

static bool is_text_byte(uint8_t byte) {
  return byte >= 0x20 || byte == '\t' || byte == '\n' || byte == '\r' ||
         byte == '\f';
}

static bool is_text(span head) {
  for (size_t i = 0; i < head.size; i++)
    if (!is_text_byte(head.data[i]))
      return false;
  return true;
}

static bool mentions(span head, const char *word) {
  size_t length = strlen(word);
  for (size_t i = 0; i + length <= head.size; i++)
    if (strncasecmp((const char *)head.data + i, word, length) == 0)
      return true;
  return false;
}

// A DXF text begins with group code 0 and SECTION, mostly after some spaces.
static bool is_dxf(span head) {
  size_t i = 0;
  while (i < head.size && head.data[i] == ' ')
    i++;
  return i < head.size && head.data[i] == '0' &&
         mentions((span){head.data, head.size < 40 ? head.size : 40},
                  "SECTION");
}

static guess guess_text(span head) {
  if (mentions(head, "<svg"))
    return (guess){"an SVG drawing", EXPORT};
  if (mentions(head, "<!doctype html") || mentions(head, "<html"))
    return (guess){"a web page, perhaps an error page saved in place of the "
                   "file",
                   "download it again"};
  if (is_dxf(head))
    return (guess){"a DXF drawing", EXPORT};
  if (mentions(head, "<?xml"))
    return (guess){"an XML file", EXPORT};
  return (guess){"text", CHOOSE};
}

static guess guess_content(span s) {
  for (size_t i = 0; i < sizeof SIGNATURES / sizeof *SIGNATURES; i++)
    if (span_is(s, SIGNATURES[i].at, SIGNATURES[i].bytes, SIGNATURES[i].count))
      return SIGNATURES[i].guess;
  span head = {s.data, s.size < IMAGE_SNIFF_BYTES ? s.size : IMAGE_SNIFF_BYTES};
  if (is_text(head))
    return guess_text(head);
  return (guess){"of no kind that can be recognised", CHOOSE};
}

int image_refuse_unknown(span s, error *e) {
  guess g = guess_content(s);
  return error_set(e, REASON_UNSUPPORTED_FORMAT,
                   "not a picture or PDF: by its content it is %s; %s", g.what,
                   g.advice);
}
