// SPDX-License-Identifier: MIT
#include "decode.h"

#include <stdio.h>

int picture_pages(const job *j, enum file_kind kind, error *e) {
  if (kind != FILE_TIFF)
    return 1;
  FILE *file = fmemopen((void *)(uintptr_t)j->file->data, j->file->size, "rb");
  if (!file)
    return error_memory(e);
  l_int32 count = 0;
  bool failed = tiffGetCount(file, &count) != 0 || count < 1;
  fclose(file);
  return failed ? leptonica_failed("counting the pages", 0, e) : count;
}

static bool read_header(const job *j, enum file_kind kind, int page,
                        l_int32 *width, l_int32 *height) {
  const uint8_t *bytes = j->file->data;
  size_t size = j->file->size;
  if (kind == FILE_TIFF)
    return readHeaderMemTiff(bytes, size, page - 1, width, height, NULL, NULL,
                             NULL, NULL, NULL) == 0;
  if (kind == FILE_GIF) { // Leptonica would decode it to know
    if (size < 10)
      return false;
    *width = bytes[6] | bytes[7] << 8;
    *height = bytes[8] | bytes[9] << 8;
    return true;
  }
  return pixReadHeaderMem(bytes, size, NULL, width, height, NULL, NULL, NULL) ==
         0;
}

int picture_size(const job *j, enum file_kind kind, int page, int *width,
                 int *height, error *e) {
  if (!read_header(j, kind, page, width, height) || *width < 1 || *height < 1)
    return leptonica_failed("reading the header", 0, e);
  return job_check_size(j, *width, *height, e);
}

// Black ink on transparency is a black rectangle unless it lies on paper.
static PIX *on_white(PIX *pix) {
  if (!pix || pixGetSpp(pix) != 4)
    return pix;
  PIX *flat = pixAlphaBlendUniform(pix, 0xffffff00);
  pixDestroy(&pix);
  return flat;
}

// 1 bit, 8 bits of grey or 32 bits of colour: what every step can take.
static PIX *plain_depth(PIX *pix) {
  if (!pix)
    return NULL;
  PIX *plain = pixRemoveColormap(pix, REMOVE_CMAP_BASED_ON_SRC);
  pixDestroy(&pix);
  l_int32 depth = plain ? pixGetDepth(plain) : 0;
  if (depth == 0 || depth == 1 || depth == 8 || depth == 32)
    return plain;
  PIX *wide = pixConvertTo8Or32(plain, L_COPY, 1);
  pixDestroy(&plain);
  return wide;
}

// A picture whose colour was only in its transparency becomes grey again.
static PIX *grey_if_colourless(PIX *pix, bool was_grey) {
  if (!pix || !was_grey || pixGetDepth(pix) != 32)
    return pix;
  PIX *grey = pixConvertTo8(pix, 0);
  pixDestroy(&pix);
  return grey;
}

static PIX *turn_and_drop(PIX *pix, int quarters, bool mirror) {
  if (quarters && pix) {
    PIX *turned = pixRotateOrth(pix, quarters);
    pixDestroy(&pix);
    pix = turned;
  }
  if (mirror && pix)
    pixFlipLR(pix, pix);
  return pix;
}

// The eight ways of EXIF: quarters clockwise, then mirrored left to right.
static PIX *upright(PIX *pix, int orientation) {
  static const struct {
    int quarters;
    bool mirror;
  } ways[] = {{0, false}, {0, false}, {0, true}, {2, false}, {2, true},
              {1, true},  {1, false}, {3, true}, {3, false}};
  return turn_and_drop(pix, ways[orientation].quarters,
                       ways[orientation].mirror);
}

static PIX *decode(const job *j, enum file_kind kind, int page) {
  const uint8_t *bytes = j->file->data;
  size_t size = j->file->size;
  if (kind == FILE_TIFF)
    return pixReadMemTiff(bytes, size, page - 1);
  if (kind == FILE_JPEG)
    // Harmless warnings (bytes before a marker) are no reason to refuse; a cut
    // file is told by file_is_cut.
    return pixReadMemJpeg(bytes, size, 0, 1, NULL,
                          L_JPEG_CONTINUE_WITH_BAD_DATA);
  return pixReadMem(bytes, size);
}

static bool header_is_grey(const job *j, enum file_kind kind) {
  l_int32 samples = 0, has_map = 0;
  if (kind != FILE_PNG ||
      pixReadHeaderMem(j->file->data, j->file->size, NULL, NULL, NULL, NULL,
                       &samples, &has_map) != 0)
    return false;
  return samples <= 2 && !has_map;
}

PIX *picture_decode(const job *j, enum file_kind kind, int page, error *e) {
  const uint8_t *bytes = j->file->data;
  size_t size = j->file->size;
  if (file_is_cut(kind, bytes, size)) {
    error_set(e, REASON_TRUNCATED_IMAGE,
              "the %s file ends before the picture does (%zu bytes): it was "
              "cut or not sent whole",
              file_kind_name(kind), size);
    return NULL;
  }
  int width, height;
  if (picture_size(j, kind, page, &width, &height, e) < 0)
    return NULL;
  PIX *pix = plain_depth(on_white(decode(j, kind, page)));
  pix = grey_if_colourless(pix, header_is_grey(j, kind));
  pix = upright(pix, file_orientation(kind, bytes, size));
  if (!pix)
    leptonica_failed("decoding the picture", 4.0 * width * height, e);
  return pix;
}
