// SPDX-License-Identifier: MIT

// Steps that go back to the file: what it is, its pages, its text.

#include "decode.h"
#include "pdf.h"
#include "sandbox.h"
#include "steps.h"
#include "words.h"

#include <math.h>

enum { DPI_DEFAULT = 200 };

static int write_picture_info(job *j, const image_header *header, int page,
                              error *e) {
  int width, height;
  if (picture_size(j, header, page, &width, &height, e) < 0)
    return -1;
  json_integer_member(&j->out, "pages", header->pages);
  json_boolean_member(&j->out, "encrypted", false);
  json_integer_member(&j->out, "width", width);
  json_integer_member(&j->out, "height", height);
  return 0;
}

static int write_pdf_info(job *j, int page, error *e) {
  pdf_facts facts;
  if (pdf_read_facts(j, page, &facts, e) < 0)
    return -1;
  json_integer_member(&j->out, "pages", facts.pages);
  json_boolean_member(&j->out, "encrypted", facts.encrypted);
  json_number_member(&j->out, "width_points", facts.width, 3);
  json_number_member(&j->out, "height_points", facts.height, 3);
  return 0;
}

// What all these steps begin with: the page that is meant, and the header.
static int begin(job *j, const step *s, int *page, image_header *header,
                 error *e) {
  *page = 1;
  if (step_integer(s, "page", 1, PAGE_MAX, page, e) < 0 ||
      image_header_read(j->file->data, j->file->size, header, e) < 0)
    return -1;
  json_text_member(&j->out, "type", image_type_name(header->type));
  json_integer_member(&j->out, "page", *page);
  return 0;
}

int step_info(job *j, const step *s, error *e) {
  image_header header;
  int page;
  if (begin(j, s, &page, &header, e) < 0)
    return -1;
  return header.type == IMAGE_PDF ? write_pdf_info(j, page, e)
                                  : write_picture_info(j, &header, page, e);
}

// In grey an A1 sheet is 31 MB and not 124, here and in every copy.
static PIX *without_colour(PIX *pix) {
  if (!pix || pixGetDepth(pix) != 32)
    return pix;
  PIX *grey = pixConvertTo8(pix, 0);
  pixDestroy(&pix);
  return grey;
}

// *dpi: the wanted one of PDF pages, then the one the picture has (0: unknown).
static PIX *open_page(job *j, const image_header *header, int page, bool grey,
                      int *dpi, error *e) {
  if (header->type == IMAGE_PDF)
    return pdf_render(j, page, grey, dpi, e);
  PIX *pix = picture_decode(j, header, page, e);
  *dpi = pix ? pixGetXRes(pix) : 0;
  return grey ? without_colour(pix) : pix;
}

static void set_opened(job *j, PIX *pix, int dpi) {
  pixDestroy(&j->current);
  pixDestroy(&j->opened);
  j->opened = pix;
  j->current = pixClone(pix);
  j->dpi = dpi;
  j->to_page = transform_identity();
  j->turned = 0;
}

int step_open(job *j, const step *s, error *e) {
  image_header header;
  int page, wanted = DPI_DEFAULT, grey = 0;
  if (step_integer(s, "dpi", 1, DPI_MAX, &wanted, e) < 0 ||
      step_integer(s, "gray", 0, 1, &grey, e) < 0 ||
      begin(j, s, &page, &header, e) < 0)
    return -1;
  int dpi = wanted;
  PIX *pix = open_page(j, &header, page, grey, &dpi, e);
  if (!pix)
    return -1;
  set_opened(j, pix, dpi);
  job_write_size(j);
  if (dpi > 0)
    json_integer_member(&j->out, "dpi", dpi);
  if (header.type == IMAGE_PDF && dpi < wanted) // the page was too large for it
    json_integer_member(&j->out, "wanted_dpi", wanted);
  return 0;
}

int step_base(job *j, const step *s, error *e) {
  (void)s;
  j->to_page = transform_identity();
  j->turned = 0;
  return job_replace(j, pixClone(j->opened), e);
}

static int write_pdf_text(job *j, int page, int dpi, error *e) {
  pdf_facts facts;
  if (pdf_read_facts(j, page, &facts, e) < 0)
    return -1;
  json_integer_member(&j->out, "width", (int64_t)ceil(facts.width * dpi / 72));
  json_integer_member(&j->out, "height",
                      (int64_t)ceil(facts.height * dpi / 72));
  json_integer_member(&j->out, "dpi", dpi);
  return pdf_write_text(j, page, dpi, e);
}

static int write_no_text(job *j, const image_header *header, int page,
                         error *e) {
  if (write_picture_info(j, header, page, e) < 0)
    return -1;
  json_name(&j->out, "words");
  json_open(&j->out, '[');
  json_close(&j->out, ']');
  return 0;
}

// After an open its resolution is the default, so that boxes agree.
int step_text(job *j, const step *s, error *e) {
  image_header header;
  int page, dpi = j->opened && j->dpi > 0 ? j->dpi : DPI_DEFAULT;
  if (step_integer(s, "dpi", 1, DPI_MAX, &dpi, e) < 0 ||
      begin(j, s, &page, &header, e) < 0)
    return -1;
  return header.type == IMAGE_PDF ? write_pdf_text(j, page, dpi, e)
                                  : write_no_text(j, &header, page, e);
}

int step_about(job *j, const step *s, error *e) {
  (void)s;
  if (pdf_check_programs(j, e) < 0)
    return -1;
  json_text_member(&j->out, "sandbox", sandbox_kind());
  return words_write_about(j, e);
}
