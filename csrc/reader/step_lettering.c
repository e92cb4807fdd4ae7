// SPDX-License-Identifier: MIT

// Lettering found and read by our own net: call-outs at any angle, with the
// signs that Tesseract's models do not have.

#include "steps.h"

#include "lettering_find.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_BYTES_MAX = 4 * LETTERING_SIGNS_MAX };

// What stands on its head is tried the other way round.
static const double surely_upright = .6;

static double degrees_to_read(const job *j, double angle) {
  double degrees = j->turned - angle * 180 / acos(-1.0);
  return fmod(degrees + 720, 360);
}

// The upright rectangle on the page around a part of a line.
static box part_box(const job *j, const lettering_line *line, double from,
                    double to) {
  double cosine = cos(line->angle), sine = sin(line->angle);
  double middle = (from + to - line->length) / 2;
  double x = line->x + middle * cosine, y = line->y + middle * sine;
  double half_u = (to - from) / 2, half_v = line->height / 2;
  double width = 2 * (fabs(half_u * cosine) + fabs(half_v * sine));
  double height = 2 * (fabs(half_u * sine) + fabs(half_v * cosine));
  return transform_box(&j->to_page,
                       (box){x - width / 2, y - height / 2, width, height});
}

static bool is_space(const lettering_sign *sign) {
  return strcmp(sign->text, " ") == 0;
}

// More than 10° from level and from upright.
static bool is_slanted(const lettering_line *line) {
  return fabs(sin(2 * line->angle)) > .342;
}

// Level and upright lines are given word by word, slanted ones whole: their
// words have no upright boxes that could be told apart.
static int word_end(const lettering_text *text, int from, bool whole) {
  int to = from;
  while (to < text->count && (whole || !is_space(&text->signs[to])))
    to++;
  return to;
}

// Where a run of signs begins and ends along its line: at the line's ends, or
// in the middle of the spaces around it.
static double run_begin(const lettering_text *text, int from) {
  const lettering_sign *space = from > 0 ? &text->signs[from - 1] : NULL;
  return space ? (space->from + space->to) / 2 : 0;
}

static double run_end(const lettering_text *text, int to,
                      const lettering_line *line) {
  const lettering_sign *space = to < text->count ? &text->signs[to] : NULL;
  return space ? (space->from + space->to) / 2 : line->length;
}

static void write_signs(job *j, const lettering_sign *signs, int count) {
  char text[WORD_BYTES_MAX];
  size_t used = 0;
  double confidence = 1;
  for (int i = 0; i < count; i++) {
    size_t length = strlen(signs[i].text);
    memcpy(text + used, signs[i].text, length);
    used += length;
    confidence = fmin(confidence, signs[i].confidence);
  }
  json_name(&j->out, "text");
  json_text(&j->out, text, used);
  json_number_member(&j->out, "confidence", confidence, 4);
}

static void write_word(job *j, const lettering_line *line, int number,
                       const lettering_text *text, int from, int to) {
  double begin = run_begin(text, from), end = run_end(text, to, line);
  box b = part_box(j, line, begin, end);
  double scale = hypot(j->to_page.m[0][0], j->to_page.m[1][0]);
  json_open(&j->out, '{');
  write_signs(j, &text->signs[from], to - from);
  json_box_member(&j->out, b.x, b.y, b.width, b.height);
  json_number_member(&j->out, "length", (end - begin) * scale, 1);
  json_number_member(&j->out, "height", line->height * scale, 1);
  json_integer_member(&j->out, "line", number);
  json_number_member(&j->out, "rotation", degrees_to_read(j, line->angle), 2);
  json_close(&j->out, '}');
}

static void write_line(job *j, const lettering_line *line, int number,
                       const lettering_text *text) {
  bool whole = is_slanted(line);
  for (int from = 0; from < text->count;) {
    int to = word_end(text, from, whole);
    if (to > from)
      write_word(j, line, number, text, from, to);
    from = to + 1;
  }
}

// Upright and slanted lettering is read from below; some sheets turn it over.
static int read_line(PIX *grey, lettering_line *line, lettering_text *text,
                     error *e) {
  if (lettering_read_line(grey, line, text, e) < 0)
    return -1;
  if (text->confidence > surely_upright || fabs(line->angle) < .8)
    return 0;
  lettering_line over = *line;
  over.angle += acos(-1.0);
  lettering_text other;
  if (lettering_read_line(grey, &over, &other, e) < 0)
    return -1;
  if (other.count >= text->count && other.confidence > text->confidence) {
    *line = over;
    *text = other;
  }
  return 0;
}

// A sign and a number, or a number alone.
static bool is_deviation(const lettering_text *text, bool signed_one) {
  for (int i = 0; i < text->count; i++)
    if (!strstr("0123456789.,O", text->signs[i].text) &&
        (i > 0 || !strstr("+-", text->signs[i].text)))
      return false;
  return text->count > 0 &&
         (!signed_one || (text->count > 1 && strstr("+-", text->signs[0].text)));
}

static int write_lines(job *j, PIX *grey, lettering_line *lines, int count,
                       error *e) {
  static lettering_text text;
  static bool deviates[LETTERING_LINES_MAX];
  for (int i = 0; i < count; i++) {
    int above = lines[i].below;
    deviates[i] = false;
    if (above > 0 && !deviates[above - 1])
      continue;
    if (read_line(grey, &lines[i], &text, e) < 0)
      return -1;
    deviates[i] = above == 0 && is_deviation(&text, true);
    if (above == 0 || is_deviation(&text, false))
      write_line(j, &lines[i], i + 1, &text);
  }
  return 0;
}

static int find_and_write(job *j, PIX *grey, lettering_line *lines,
                          double *height, error *e) {
  int count = lettering_find(grey, lines, height, e);
  return count < 0 ? -1 : write_lines(j, grey, lines, count, e);
}

// Words as `words` gives them, boxes on the opened page.
int step_lettering(job *j, const step *s, error *e) {
  (void)s;
  PIX *grey = pixConvertTo8(j->current, 0);
  lettering_line *lines = calloc(LETTERING_LINES_MAX, sizeof *lines);
  double height = 0;
  json_name(&j->out, "words");
  json_open(&j->out, '[');
  int status = grey && lines ? find_and_write(j, grey, lines, &height, e)
                             : error_memory(e);
  json_close(&j->out, ']');
  json_number_member(&j->out, "height", height, 1);
  free(lines);
  pixDestroy(&grey);
  return status;
}
