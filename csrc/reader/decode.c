// SPDX-License-Identifier: MIT
#include "decode.h"

#include "paper.h"

// Pages of a TIFF file after the first have sizes of their own.
static int tiff_page_size(const job *j, int page, int *width, int *height,
                          error *e) {
  if (readHeaderMemTiff(j->file->data, j->file->size, page - 1, width, height,
                        NULL, NULL, NULL, NULL, NULL) != 0)
    return leptonica_failed("reading the header", e);
  return 0;
}

// The limit counts pixels of four bytes; those of a PNG may have eight.
static int check_weight(const job *j, enum image_type type, error *e) {
  l_int32 width = 0, height = 0, bits = 0, samples = 0;
  if (type != IMAGE_PNG ||
      readHeaderMemPng(j->file->data, j->file->size, &width, &height, &bits,
                       &samples, NULL) != 0)
    return 0;
  double weight = bits * samples / 32.0; // of one pixel
  if ((double)width * height * weight <= (double)j->limits->pixels)
    return 0;
  return error_set(e, REASON_TOO_LARGE,
                   "a picture of %dx%d pixels of %d bits: at most %lld million "
                   "pixels of 32 bits are read",
                   width, height, bits * samples,
                   (long long)j->limits->pixels / 1000000);
}

int picture_size(const job *j, const image_header *header, int page, int *width,
                 int *height, error *e) {
  int pages = (int)header->pages;
  if (page > pages)
    return error_set(e, REASON_INVALID_OPTION,
                     "page %d: the file has %d page%s", page, pages,
                     pages == 1 ? "" : "s");
  *width = (int)header->width;
  *height = (int)header->height;
  if (page > 1 && tiff_page_size(j, page, width, height, e) < 0)
    return -1;
  if (job_check_size(j, *width, *height, e) < 0)
    return -1;
  return check_weight(j, header->type, e);
}

static PIX *without_palette(PIX *pix) {
  PIX *plain = pix ? pixRemoveColormap(pix, REMOVE_CMAP_BASED_ON_SRC) : NULL;
  pixDestroy(&pix);
  return plain;
}

// 1 bit, 8 bits of grey or 32 bits of colour: what every step can take.
static PIX *plain_depth(PIX *pix) {
  l_int32 depth = pix ? pixGetDepth(pix) : 1;
  if (depth == 1 || depth == 8 || depth == 32)
    return pix;
  PIX *wide = pixConvertTo8Or32(pix, L_COPY, 1);
  pixDestroy(&pix);
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

// The eight ways of EXIF: quarters clockwise, then mirrored left to right.
static PIX *upright(PIX *pix, int orientation) {
  static const struct {
    int quarters;
    bool mirror;
  } ways[] = {{0, false}, {0, false}, {0, true}, {2, false}, {2, true},
              {1, true},  {1, false}, {3, true}, {3, false}};
  if (pix && ways[orientation].quarters) {
    PIX *turned = pixRotateOrth(pix, ways[orientation].quarters);
    pixDestroy(&pix);
    pix = turned;
  }
  if (pix && ways[orientation].mirror)
    pixFlipLR(pix, pix);
  return pix;
}

static PIX *decode(const job *j, enum image_type type, int page) {
  const uint8_t *bytes = j->file->data;
  size_t size = j->file->size;
  if (type == IMAGE_TIFF)
    return pixReadMemTiff(bytes, size, page - 1);
  if (type == IMAGE_JPEG)
    // Harmless warnings (stray bytes before a marker) are no reason to refuse;
    // that the file is whole is known from its header.
    return pixReadMemJpeg(bytes, size, 0, 1, NULL,
                          L_JPEG_CONTINUE_WITH_BAD_DATA);
  PIX *grey = type == IMAGE_PNG ? paper_read_grey(j) : NULL;
  return grey ? grey : pixReadMem(bytes, size);
}

static bool is_grey_png(const job *j, enum image_type type) {
  l_int32 samples = 0, has_map = 0;
  return type == IMAGE_PNG &&
         readHeaderMemPng(j->file->data, j->file->size, NULL, NULL, NULL,
                          &samples, &has_map) == 0 &&
         samples <= 2 && !has_map;
}

PIX *picture_decode(const job *j, const image_header *header, int page,
                    error *e) {
  int width, height;
  if (picture_size(j, header, page, &width, &height, e) < 0)
    return NULL;
  PIX *pix = without_palette(decode(j, header->type, page));
  pix = plain_depth(paper_under_alpha(pix));
  pix = paper_under_key(pix, j, header->type);
  pix = grey_if_colourless(pix, is_grey_png(j, header->type));
  // Leptonica turns TIFF itself.
  pix = upright(pix, header->type == IMAGE_TIFF ? 1 : header->orientation);
  if (!pix)
    leptonica_failed("decoding the picture", e);
  return pix;
}
