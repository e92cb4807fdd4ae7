// SPDX-License-Identifier: MIT
#include "pdf.h"

#include "poppler.h"
#include "text_layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DPI_MINIMUM = 20 };

// ---- facts ----

typedef struct info_scan {
  int page; // the one wanted
  double width, height;
  int turned;
  pdf_facts facts;
} info_scan;

static void scan_info_line(info_scan *s, const char *line) {
  int number, degrees;
  double width, height;
  if (sscanf(line, "Pages: %d", &number) == 1)
    s->facts.pages = number;
  else if (strncmp(line, "Encrypted:", 10) == 0)
    s->facts.encrypted = strstr(line, "yes") != NULL;
  else if (sscanf(line, "Page %d size: %lf x %lf", &number, &width, &height) ==
               3 &&
           number == s->page) {
    s->width = width;
    s->height = height;
  } else if (sscanf(line, "Page %d rot: %d", &number, &degrees) == 2 &&
             number == s->page)
    s->turned = degrees;
}

static int check_facts(const info_scan *s, error *e) {
  if (s->facts.pages < 1)
    return error_set(e, REASON_INVALID_IMAGE, "the PDF has no pages");
  if (s->page > s->facts.pages)
    return error_set(e, REASON_INVALID_OPTION,
                     "page %d: the file has %d page%s", s->page, s->facts.pages,
                     s->facts.pages == 1 ? "" : "s");
  if (!(s->width > 0 && s->height > 0))
    return error_set(e, REASON_INVALID_IMAGE, "page %d of the PDF has no size",
                     s->page);
  return 0;
}

int pdf_read_facts(job *j, int page, pdf_facts *facts, error *e) {
  char last[16], line[512];
  snprintf(last, sizeof last, "%d", page);
  // Asked for pages 1 to N, pdfinfo does not mind that there are fewer.
  const char *arguments[] = {"pdfinfo", "-f",         "1", "-l",
                             last,      POPPLER_FILE, NULL};
  poppler p;
  if (poppler_start(&p, j, arguments, e) < 0)
    return -1;
  info_scan scan = {.page = page};
  while (fgets(line, sizeof line, p.out))
    scan_info_line(&scan, line);
  if (poppler_finish(&p, e) < 0 || check_facts(&scan, e) < 0)
    return -1;
  bool lying = scan.turned % 180 != 0;
  *facts = scan.facts;
  facts->width = lying ? scan.height : scan.width;
  facts->height = lying ? scan.width : scan.height;
  return 0;
}

int pdf_check_programs(job *j, error *e) {
  const char *arguments[] = {"pdftotext", "-v", NULL};
  poppler p;
  if (poppler_start(&p, j, arguments, e) < 0)
    return -1;
  return poppler_finish(&p, e);
}

// ---- text ----

int pdf_write_text(job *j, int page, int dpi, error *e) {
  char number[16];
  snprintf(number, sizeof number, "%d", page);
  const char *arguments[] = {"pdftotext", "-bbox-layout", "-cropbox", "-f",
                             number,      "-l",           number,     "-enc",
                             "UTF-8",     POPPLER_FILE,   "-",        NULL};
  poppler p;
  if (poppler_start(&p, j, arguments, e) < 0)
    return -1;
  int status = text_layer_write(&j->out, p.out, dpi, e);
  error ending;
  if (poppler_finish(&p, &ending) < 0 && status == 0) {
    *e = ending;
    status = -1;
  }
  return status;
}

// ---- rendering ----

// The largest dpi, at most the wanted one, at which the page keeps the limit.
static int fitting_dpi(const job *j, const pdf_facts *facts, int wanted) {
  double inches = facts->width / 72 * (facts->height / 72);
  double largest = floor(sqrt((double)j->limits->pixels / inches));
  while (largest > 1 && ceil(facts->width * largest / 72) *
                                ceil(facts->height * largest / 72) >
                            (double)j->limits->pixels)
    largest--;
  return largest < wanted ? (int)largest : wanted;
}

static bool read_ppm_header(FILE *in, int *width, int *height, int *samples) {
  char kind;
  int maximum;
  if (fscanf(in, "P%c %d %d %d", &kind, width, height, &maximum) != 4 ||
      fgetc(in) == EOF || maximum != 255)
    return false;
  *samples = kind == '5' ? 1 : 3;
  return (kind == '5' || kind == '6') && *width > 0 && *height > 0;
}

static void set_row(PIX *pix, int row, const uint8_t *bytes, int samples) {
  l_uint32 *line = pixGetData(pix) + (size_t)row * (size_t)pixGetWpl(pix);
  int width = pixGetWidth(pix);
  if (samples == 1) {
    for (int x = 0; x < width; x++)
      SET_DATA_BYTE(line, x, bytes[x]);
    return;
  }
  for (int x = 0; x < width; x++, bytes += 3)
    composeRGBPixel(bytes[0], bytes[1], bytes[2], line + x);
}

static bool read_rows(FILE *in, PIX *pix, int samples) {
  size_t length = (size_t)pixGetWidth(pix) * (size_t)samples;
  uint8_t *row = malloc(length);
  bool whole = row != NULL;
  for (int y = 0; whole && y < pixGetHeight(pix); y++) {
    whole = fread(row, 1, length, in) == length;
    if (whole)
      set_row(pix, y, row, samples);
  }
  free(row);
  return whole;
}

static PIX *read_ppm(job *j, FILE *in, error *e) {
  int width = 0, height = 0, samples;
  if (!read_ppm_header(in, &width, &height, &samples)) {
    error_set(e, REASON_INVALID_IMAGE, "poppler could not draw the page");
    return NULL;
  }
  if (job_check_size(j, width, height, e) < 0)
    return NULL;
  PIX *pix = pixCreateNoInit(width, height, samples == 1 ? 8 : 32);
  if (!pix) {
    leptonica_failed("drawing the page", e);
  } else if (!read_rows(in, pix, samples)) {
    error_set(e, REASON_INVALID_IMAGE, "poppler stopped drawing the page");
    pixDestroy(&pix);
  }
  return pix;
}

static PIX *draw(job *j, int page, bool grey, int dpi, error *e) {
  char page_text[16], dpi_text[16];
  snprintf(page_text, sizeof page_text, "%d", page);
  snprintf(dpi_text, sizeof dpi_text, "%d", dpi);
  const char *arguments[] = {"pdftoppm",   "-cropbox", "-f",
                             page_text,    "-l",       page_text,
                             "-r",         dpi_text,   grey ? "-gray" : "-q",
                             POPPLER_FILE, NULL};
  poppler p;
  if (poppler_start(&p, j, arguments, e) < 0)
    return NULL;
  error drawing = {0};
  PIX *pix = read_ppm(j, p.out, &drawing);
  int status = poppler_finish(&p, e);
  if (status == 0 && !pix)
    *e = drawing;
  if (status < 0)
    pixDestroy(&pix);
  return pix;
}

PIX *pdf_render(job *j, int page, bool grey, int *dpi, error *e) {
  pdf_facts facts;
  if (pdf_read_facts(j, page, &facts, e) < 0)
    return NULL;
  int fitting = fitting_dpi(j, &facts, *dpi);
  if (fitting < DPI_MINIMUM && fitting < *dpi) {
    error_set(e, REASON_TOO_LARGE,
              "a page of %.0fx%.0f points is too large even at %d dpi: at most "
              "%lld million pixels are read",
              facts.width, facts.height, (int)DPI_MINIMUM,
              (long long)j->limits->pixels / 1000000);
    return NULL;
  }
  *dpi = fitting;
  return draw(j, page, grey, fitting, e);
}
