// SPDX-License-Identifier: MIT

// Steps that go back to the file: what it is, its pages, its text.

#include "decode.h"
#include "pdf.h"
#include "steps.h"
#include "words.h"

#include <math.h>

enum { DPI_DEFAULT = 200 };

static int file_kind(const job *j, enum file_kind *kind, error *e) {
  if (j->file->size == 0)
    return error_set(e, REASON_EMPTY, "the file is empty");
  *kind = file_kind_of(j->file->data, j->file->size);
  if (*kind != FILE_UNKNOWN)
    return 0;
  return error_set(e, REASON_UNSUPPORTED_FORMAT,
                   "neither PNG, JPEG, GIF, WebP, TIFF, BMP nor PDF");
}

static int check_page(const job *j, enum file_kind kind, int page, int *pages,
                      error *e) {
  *pages = picture_pages(j, kind, e);
  if (*pages < 0)
    return -1;
  if (page <= *pages)
    return 0;
  return error_set(e, REASON_INVALID_OPTION, "page %d: the file has %d page%s",
                   page, *pages, *pages == 1 ? "" : "s");
}

static int write_picture_info(job *j, enum file_kind kind, int page, error *e) {
  int width, height, pages;
  if (check_page(j, kind, page, &pages, e) < 0 ||
      picture_size(j, kind, page, &width, &height, e) < 0)
    return -1;
  bool lying = file_orientation(kind, j->file->data, j->file->size) > 4;
  json_integer_member(&j->out, "pages", pages);
  json_boolean_member(&j->out, "encrypted", false);
  json_integer_member(&j->out, "width", lying ? height : width);
  json_integer_member(&j->out, "height", lying ? width : height);
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

int step_info(job *j, const step *s, error *e) {
  enum file_kind kind;
  int page = 1;
  if (step_integer(s, "page", 1, PAGE_MAX, &page, e) < 0 ||
      file_kind(j, &kind, e) < 0)
    return -1;
  json_text_member(&j->out, "type", file_kind_name(kind));
  json_integer_member(&j->out, "page", page);
  return kind == FILE_PDF ? write_pdf_info(j, page, e)
                          : write_picture_info(j, kind, page, e);
}

static PIX *open_page(job *j, enum file_kind kind, int page, bool grey,
                      int *dpi, error *e) {
  int pages;
  if (kind == FILE_PDF)
    return pdf_render(j, page, grey, dpi, e);
  if (check_page(j, kind, page, &pages, e) < 0)
    return NULL;
  PIX *pix = picture_decode(j, kind, page, e);
  *dpi = pix ? pixGetXRes(pix) : 0;
  return pix;
}

int step_open(job *j, const step *s, error *e) {
  enum file_kind kind;
  int page = 1, dpi = DPI_DEFAULT, grey = 0;
  if (step_integer(s, "page", 1, PAGE_MAX, &page, e) < 0 ||
      step_integer(s, "dpi", 1, DPI_MAX, &dpi, e) < 0 ||
      step_integer(s, "gray", 0, 1, &grey, e) < 0 || file_kind(j, &kind, e) < 0)
    return -1;
  int asked = dpi;
  pixDestroy(&j->current);
  pixDestroy(&j->opened);
  j->opened = open_page(j, kind, page, grey, &dpi, e);
  if (!j->opened)
    return -1;
  j->dpi = dpi;
  j->current = pixClone(j->opened);
  j->to_page = transform_identity();
  j->turned = 0;
  json_text_member(&j->out, "type", file_kind_name(kind));
  json_integer_member(&j->out, "page", page);
  job_write_size(j);
  if (dpi > 0)
    json_integer_member(&j->out, "dpi", dpi);
  if (kind == FILE_PDF && dpi < asked)
    json_integer_member(&j->out, "asked_dpi", asked);
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
  // Its author forbids copying: as good as no layer, and said so.
  json_boolean_member(&j->out, "refused", facts.refuses_text);
  if (!facts.refuses_text)
    return pdf_write_text(j, page, dpi, e);
  json_name(&j->out, "words");
  json_open(&j->out, '[');
  json_close(&j->out, ']');
  return 0;
}

static int write_no_text(job *j, enum file_kind kind, int page, error *e) {
  if (write_picture_info(j, kind, page, e) < 0)
    return -1;
  json_name(&j->out, "words");
  json_open(&j->out, '[');
  json_close(&j->out, ']');
  return 0;
}

int step_text(job *j, const step *s, error *e) {
  enum file_kind kind;
  int page = 1, dpi = j->opened && j->dpi > 0 ? j->dpi : DPI_DEFAULT;
  if (step_integer(s, "page", 1, PAGE_MAX, &page, e) < 0 ||
      step_integer(s, "dpi", 1, DPI_MAX, &dpi, e) < 0 ||
      file_kind(j, &kind, e) < 0)
    return -1;
  json_integer_member(&j->out, "page", page);
  return kind == FILE_PDF ? write_pdf_text(j, page, dpi, e)
                          : write_no_text(j, kind, page, e);
}

int step_about(job *j, const step *s, error *e) {
  (void)s;
  if (pdf_check_programs(j, e) < 0)
    return -1;
  return words_write_about(j, e);
}
