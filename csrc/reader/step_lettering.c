// SPDX-License-Identifier: MIT

// Lettering found and read by our own net: call-outs at any angle, with the
// signs that Tesseract's models do not have.

#include "steps.h"

#include "lettering_find.h"
#include "lettering_join.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_BYTES_MAX = 4 * LETTERING_SIGNS_MAX };

// What stands on its head is tried the other way round.
static const double surely_upright = .6;
// What two letters at an angle must be read with.
static const double surely_short = .9;

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
         (!signed_one ||
          (text->count > 1 && strstr("+-", text->signs[0].text)));
}

typedef struct page_lines {
  lettering_line *list;
  int count;
  bool *deviates; // reads as a deviation
  bool *numbers;  // holds a digit
  bool *touched;  // by a rule
} page_lines;

// R and a digit, or two digits.
static bool is_short_callout(const lettering_text *text) {
  return text->count == 2 && text->confidence > surely_short &&
         strstr("R123456789", text->signs[0].text) &&
         strstr("0123456789", text->signs[1].text);
}

// Whether the middle of a line lies in one of two letters that was believed.
static bool is_covered(const page_lines *page, int index) {
  const lettering_line *own = &page->list[index];
  for (int i = 0; i < index; i++) {
    const lettering_line *line = &page->list[i];
    if (line->short_one && page->numbers[i] &&
        hypot(own->x - line->x, own->y - line->y) < line->length / 2)
      return true;
  }
  return false;
}

// Whether a line says what it must for being one.
static bool is_believed(const page_lines *page, int index,
                        const lettering_text *text) {
  const lettering_line *line = &page->list[index];
  if (line->below > 0)
    return is_deviation(text, false);
  return line->short_one ? is_short_callout(text) : !is_covered(page, index);
}

static bool holds_digit(const lettering_text *text) {
  for (int i = 0; i < text->count; i++)
    if (strstr("0123456789", text->signs[i].text))
      return true;
  return false;
}

static int write_lines(job *j, PIX *grey, page_lines *page, error *e) {
  static lettering_text text;
  for (int i = 0; i < page->count; i++) {
    int above = page->list[i].below;
    if (above > 0 && !page->deviates[above - 1])
      continue;
    if (read_line(grey, &page->list[i], &text, e) < 0)
      return -1;
    if (!is_believed(page, i, &text))
      continue;
    page->deviates[i] = above == 0 && is_deviation(&text, true);
    page->numbers[i] = above == 0 && holds_digit(&text);
    write_line(j, &page->list[i], i + 1, &text);
  }
  return 0;
}

// ---- the second look ----

enum { CHAIN_MAX = 6 };

typedef struct chains {
  const int *behind; // number of the line that goes on behind each, or 0
  const bool *begun; // one goes on in it
  bool *used;
} chains;

static int write_chain(job *j, PIX *grey, const page_lines *page,
                       const int *chain, int count, error *e) {
  static lettering_text text;
  bool numbers = false;
  lettering_line line = page->list[chain[0]];
  for (int i = 0; i < count; i++) {
    numbers = numbers || page->numbers[chain[i]];
    line = lettering_joined(&line, &page->list[chain[i]]);
  }
  if (!numbers)
    return 0;
  if (lettering_read_line(grey, &line, &text, e) < 0)
    return -1;
  json_open(&j->out, '{');
  json_name(&j->out, "lines");
  json_open(&j->out, '[');
  for (int i = 0; i < count; i++)
    json_integer(&j->out, chain[i] + 1);
  json_close(&j->out, ']');
  json_name(&j->out, "words");
  json_open(&j->out, '[');
  write_line(j, &line, chain[0] + 1, &text);
  json_close(&j->out, ']');
  json_close(&j->out, '}');
  return 0;
}

// The members of the chain that begins with line `first`; none where another
// line goes on in it or where it has been used.
static int follow(const chains *c, int first, int *chain) {
  int count = 0;
  for (int k = c->begun[first] ? 0 : first + 1;
       k && !c->used[k - 1] && count < CHAIN_MAX; k = c->behind[k - 1]) {
    chain[count++] = k - 1;
    c->used[k - 1] = true;
  }
  return count;
}

// Lines that go on in one another as one line, and lines that a rule touches.
static int write_again(job *j, PIX *grey, const page_lines *page, error *e) {
  static int behind[LETTERING_LINES_MAX];
  static bool begun[LETTERING_LINES_MAX], used[LETTERING_LINES_MAX];
  const chains c = {behind, begun, used};
  lettering_followers(page->list, page->count, behind);
  memset(begun, 0, sizeof begun);
  memset(used, 0, sizeof used);
  for (int i = 0; i < page->count; i++)
    if (behind[i])
      begun[behind[i] - 1] = true;
  for (int i = 0; i < page->count; i++) {
    int chain[CHAIN_MAX], count = follow(&c, i, chain);
    if ((count > 1 || (count == 1 && page->touched[i])) &&
        write_chain(j, grey, page, chain, count, e) < 0)
      return -1;
  }
  return 0;
}

// Looks along five rows of a line, from its upper edge to its lower one.
static bool is_touched(PIX *rules, const lettering_line *line) {
  double cosine = cos(line->angle), sine = sin(line->angle);
  int length = (int)line->length;
  for (int i = 0; i < 5 * length; i++) {
    double u = i % length - line->length / 2;
    double v = (i / length - 2) * line->height / 4;
    l_uint32 on = 0;
    pixGetPixel(rules, (int)(line->x + u * cosine - v * sine),
                (int)(line->y + u * sine + v * cosine), &on);
    if (on)
      return true;
  }
  return false;
}

static void find_touched(page_lines *page, PIX *rules) {
  for (int i = 0; i < page->count; i++)
    page->touched[i] = page->numbers[i] && is_touched(rules, &page->list[i]);
}

static int look_again(job *j, PIX *grey, page_lines *page, PIX *rules,
                      error *e) {
  json_name(&j->out, "again");
  json_open(&j->out, '[');
  find_touched(page, rules);
  pixSetMasked(grey, rules, 255);
  int status = write_again(j, grey, page, e);
  json_close(&j->out, ']');
  return status;
}

static int find_and_write(job *j, PIX *grey, page_lines *page, int looks,
                          double *height, error *e) {
  PIX *rules = NULL;
  page->count = lettering_find(grey, page->list, height, &rules, e);
  if (page->count < 0)
    return -1;
  json_name(&j->out, "words");
  json_open(&j->out, '[');
  int status = write_lines(j, grey, page, e);
  json_close(&j->out, ']');
  if (status == 0 && looks > 1 && rules)
    status = look_again(j, grey, page, rules, e);
  pixDestroy(&rules);
  return status;
}

// Words as `words` gives them, boxes on the opened page. In `again` stands what
// a second look without the rules says, each with the numbers of the lines that
// it is about: lines that go on in one another, read as one, and lines that a
// rule touches.
int step_lettering(job *j, const step *s, error *e) {
  int looks = 1;
  if (step_integer(s, "looks", 1, 2, &looks, e) < 0)
    return -1;
  PIX *grey = pixConvertTo8(j->current, 0);
  page_lines page = {.list = calloc(LETTERING_LINES_MAX, sizeof *page.list),
                     .deviates = calloc(LETTERING_LINES_MAX, sizeof(bool)),
                     .numbers = calloc(LETTERING_LINES_MAX, sizeof(bool)),
                     .touched = calloc(LETTERING_LINES_MAX, sizeof(bool))};
  double height = 0;
  bool ready =
      grey && page.list && page.deviates && page.numbers && page.touched;
  int status = ready ? find_and_write(j, grey, &page, looks, &height, e)
                     : error_memory(e);
  json_number_member(&j->out, "height", height, 1);
  free(page.list);
  free(page.deviates);
  free(page.numbers);
  free(page.touched);
  pixDestroy(&grey);
  return status;
}
