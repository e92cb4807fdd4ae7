// SPDX-License-Identifier: MIT
#ifndef VISION_READER_PDF_H
#define VISION_READER_PDF_H

#include "job.h"

// A PDF file as pdfinfo tells it; `width` and `height` are of one page as it is
// seen (turned, cut to its crop box), in points.
typedef struct pdf_facts {
  int pages;
  bool encrypted; // but readable without a password
  double width, height;
} pdf_facts;

// Facts of the file and of `page` (from 1). -1: INVALID_OPTION naming the
// number of pages, ENCRYPTED, INVALID_IMAGE, MISSING_LIBRARY.
int pdf_read_facts(job *j, int page, pdf_facts *facts, error *e);

// Writes the member "words" of a page's text layer, in pixels at `dpi`.
int pdf_write_text(job *j, int page, int dpi, error *e);

// -1: MISSING_LIBRARY where poppler-utils are not installed.
int pdf_check_programs(job *j, error *e);

// The page as a picture. *dpi is lowered where the page would have more pixels
// than the limit. NULL on failure.
PIX *pdf_render(job *j, int page, bool grey, int *dpi, error *e);

#endif
