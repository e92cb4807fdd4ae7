// SPDX-License-Identifier: MIT
#include "lettering.h"

#include "lettering_net.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Paper around the letters of a line, in heights of the lettering; the net was
// trained with such margins.
static const double margin_across = 0.26, margin_along = 0.34;

// ---- a line as the net wants it ----

// The grey value between four pixels; beyond the picture there is paper.
static double grey_at(const PIX *grey, double x, double y) {
  int width = (int)pixGetWidth(grey), height = (int)pixGetHeight(grey);
  int left = (int)floor(x), top = (int)floor(y);
  if (left < 0 || top < 0 || left + 1 >= width || top + 1 >= height)
    return 255;
  const l_uint32 *above =
      pixGetData((PIX *)grey) + (size_t)top * (size_t)pixGetWpl(grey);
  const l_uint32 *below = above + pixGetWpl(grey);
  double fx = x - left, fy = y - top;
  return (1 - fy) * ((1 - fx) * GET_DATA_BYTE(above, left) +
                     fx * GET_DATA_BYTE(above, left + 1)) +
         fy * ((1 - fx) * GET_DATA_BYTE(below, left) +
               fx * GET_DATA_BYTE(below, left + 1));
}

typedef struct strip {
  int width;     // pixels, LETTERING_HEIGHT rows of them
  double pixel;  // of the picture in one of the strip
  double before; // pixels of the picture before the line begins
  float *values;
} strip;

// The mean of as many points as one pixel of the strip covers.
static double sample(const PIX *grey, double x, double y, double cosine,
                     double sine, double pixel) {
  int points = pixel > 1.5 ? (int)fmin(4, ceil(pixel)) : 1;
  double sum = 0;
  for (int i = 0; i < points; i++)
    for (int k = 0; k < points; k++) {
      double u = ((i + 0.5) / points - 0.5) * pixel;
      double v = ((k + 0.5) / points - 0.5) * pixel;
      sum += grey_at(grey, x + u * cosine - v * sine - 0.5,
                     y + u * sine + v * cosine - 0.5);
    }
  return sum / (points * points);
}

static bool cut_strip(const PIX *grey, const lettering_line *line, strip *s) {
  double height = fmax(3, line->height);
  s->pixel = height * (1 + 2 * margin_across) / LETTERING_HEIGHT;
  double length = line->length + 2 * margin_along * height;
  s->width = (int)fmin(LETTERING_WIDTH_MAX, ceil(length / s->pixel));
  s->width = (int)fmax(2 * LETTERING_STRIDE, s->width);
  s->before = (s->width * s->pixel - line->length) / 2;
  size_t count = (size_t)s->width * LETTERING_HEIGHT;
  s->values = malloc(count * sizeof(float));
  if (!s->values)
    return false;
  double cosine = cos(line->angle), sine = sin(line->angle);
  for (int row = 0; row < LETTERING_HEIGHT; row++)
    for (int column = 0; column < s->width; column++) {
      double u = (column + 0.5 - s->width / 2.0) * s->pixel;
      double v = (row + 0.5 - LETTERING_HEIGHT / 2.0) * s->pixel;
      s->values[(size_t)row * (size_t)s->width + (size_t)column] =
          (float)sample(grey, line->x + u * cosine - v * sine,
                        line->y + u * sine + v * cosine, cosine, sine,
                        s->pixel);
    }
  return true;
}

static int compare_floats(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

// Paper to 0 and ink to 1, by the strip's own lightest and darkest parts.
static bool stretch(strip *s) {
  size_t count = (size_t)s->width * LETTERING_HEIGHT;
  float *sorted = malloc(count * sizeof(float));
  if (!sorted)
    return false;
  memcpy(sorted, s->values, count * sizeof(float));
  qsort(sorted, count, sizeof(float), compare_floats);
  float dark = sorted[count / 100], light = sorted[count / 10 * 9];
  free(sorted);
  float range = fmaxf(40, light - dark);
  for (size_t i = 0; i < count; i++)
    s->values[i] = fminf(1, fmaxf(0, (light - s->values[i]) / range));
  return true;
}

// ---- what the net says ----

static int best_sign(const float *scores, int signs) {
  int best = 0;
  for (int i = 1; i < signs; i++)
    if (scores[i] > scores[best])
      best = i;
  return best;
}

static void add_sign(lettering_text *text, const char *sign, double confidence,
                     int column, const strip *s) {
  double width = LETTERING_STRIDE * s->pixel;
  text->signs[text->count++] =
      (lettering_sign){sign, confidence, column * width - s->before,
                       (column + 1) * width - s->before};
}

// The best path: a sign lasts as long as it is the best of its columns.
static void decode(const lettering_net *net, const float *scores,
                   const strip *s, lettering_text *text) {
  int signs = lettering_net_signs(net), last = 0;
  for (int column = 0; column < s->width / LETTERING_STRIDE; column++) {
    const float *of_column = scores + (size_t)column * (size_t)signs;
    int best = best_sign(of_column, signs);
    if (best && best == last) {
      lettering_sign *sign = &text->signs[text->count - 1];
      sign->confidence = fmax(sign->confidence, of_column[best]);
      sign->to += LETTERING_STRIDE * s->pixel;
    } else if (best && text->count < LETTERING_SIGNS_MAX) {
      add_sign(text, lettering_net_sign(net, best), of_column[best], column, s);
    }
    last = text->count < LETTERING_SIGNS_MAX ? best : 0;
  }
  text->confidence = text->count > 0 ? 1 : 0;
  for (int i = 0; i < text->count; i++)
    text->confidence = fmin(text->confidence, text->signs[i].confidence);
}

static int read_strip(strip *s, lettering_text *text, error *e) {
  const lettering_net *net = lettering_net_get(e);
  if (!net)
    return -1;
  float *scores = malloc((size_t)s->width / LETTERING_STRIDE *
                         (size_t)lettering_net_signs(net) * sizeof(float));
  if (!scores || !stretch(s)) {
    free(scores);
    return error_memory(e);
  }
  int status = lettering_net_run(net, s->values, s->width, scores, e);
  if (status == 0)
    decode(net, scores, s, text);
  free(scores);
  return status;
}

int lettering_read_line(PIX *grey, const lettering_line *line,
                        lettering_text *text, error *e) {
  *text = (lettering_text){0};
  strip s;
  if (!cut_strip(grey, line, &s))
    return error_memory(e);
  int status = read_strip(&s, text, e);
  free(s.values);
  return status;
}

int lettering_read(PIX *grey, char *out, size_t size, double *confidence,
                   error *e) {
  double width = pixGetWidth(grey), height = pixGetHeight(grey);
  double letters = height / (1 + 2 * margin_across);
  lettering_line line = {.x = width / 2,
                         .y = height / 2,
                         .length = fmax(1, width - 2 * margin_along * letters),
                         .height = letters};
  lettering_text text;
  if (lettering_read_line(grey, &line, &text, e) < 0)
    return -1;
  size_t used = 0;
  for (int i = 0; i < text.count; i++) {
    size_t length = strlen(text.signs[i].text);
    if (used + length + 1 > size)
      break;
    memcpy(out + used, text.signs[i].text, length);
    used += length;
  }
  if (size > 0)
    out[used] = '\0';
  *confidence = text.confidence;
  return 0;
}
