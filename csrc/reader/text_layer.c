// SPDX-License-Identifier: MIT
#include "text_layer.h"

#include "transform.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// pdftotext writes one tag a line: <block …>, <line …>, <word xMin="…" …>text
// </word>, with the text's own brackets as entities. So lines are enough.

enum {
  WORDS_MAX = 200000,    // of a page
  LINE_WORDS_MAX = 1000, // of one line; a longer one is told as two
  WORD_BYTES_MAX = 4096, // of one line of the XHTML
};

typedef struct layer_word {
  box box; // points
  char *text;
} layer_word;

typedef struct layer {
  json *out;
  double scale; // pixels a point
  int block, line, words;
  layer_word in_line[LINE_WORDS_MAX];
  int count; // in this line
} layer;

// ---- entities ----

static size_t encode_utf8(uint32_t code, char *out) {
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t i = length - 1; i > 0; i--, code >>= 6)
    out[i] = (char)(0x80 | (code & 0x3F));
  out[0] = (char)(lead[length] | code);
  return length;
}

static uint32_t entity_code(const char *name, size_t length) {
  static const struct {
    const char *name;
    char code;
  } named[] = {
      {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
  for (size_t i = 0; i < sizeof named / sizeof *named; i++)
    if (strlen(named[i].name) == length &&
        memcmp(named[i].name, name, length) == 0)
      return (uint32_t)named[i].code;
  if (length < 2 || name[0] != '#')
    return 0;
  bool hexadecimal = name[1] == 'x' || name[1] == 'X';
  unsigned long code =
      strtoul(name + (hexadecimal ? 2 : 1), NULL, hexadecimal ? 16 : 10);
  bool valid = code < 0xD800 || (code > 0xDFFF && code <= 0x10FFFF);
  return valid ? (uint32_t)code : 0xFFFD;
}

// In place: an entity is never shorter than what it stands for.
static void decode_entities(char *text) {
  char *out = text;
  for (const char *in = text; *in;) {
    const char *end = *in == '&' ? strchr(in, ';') : NULL;
    uint32_t code =
        end && end - in < 12 ? entity_code(in + 1, (size_t)(end - in - 1)) : 0;
    if (code == 0) {
      *out++ = *in++;
      continue;
    }
    out += encode_utf8(code, out);
    in = end + 1;
  }
  *out = '\0';
}

// ---- which way a line runs ----

static size_t character_count(const char *text) {
  size_t count = 0;
  for (; *text; text++)
    count += ((unsigned char)*text & 0xC0) != 0x80;
  return count;
}

// By how many degrees clockwise the page is to be turned to read the line. Of
// a lone word of one or two characters nobody can tell: it counts as upright.
static int line_rotation(const layer *l) {
  const layer_word *first = &l->in_line[0], *last = &l->in_line[l->count - 1];
  double down = last->box.y + last->box.height / 2 -
                (first->box.y + first->box.height / 2);
  double across =
      last->box.x + last->box.width / 2 - (first->box.x + first->box.width / 2);
  bool backwards = last->box.x + last->box.width <= first->box.x;
  if (l->count > 1 && fabs(down) <= fabs(across))
    return backwards ? 180 : 0;
  if (l->count > 1)
    return down < 0 ? 90 : 270;
  bool stands = first->box.height > 1.2 * first->box.width;
  return stands && character_count(first->text) > 2 ? 90 : 0;
}

static void write_word(layer *l, const layer_word *w, int rotation) {
  json *out = l->out;
  json_open(out, '{');
  json_text_member(out, "text", w->text);
  json_box_member(out, w->box.x * l->scale, w->box.y * l->scale,
                  w->box.width * l->scale, w->box.height * l->scale);
  json_integer_member(out, "confidence", 1);
  json_integer_member(out, "line", l->line);
  json_integer_member(out, "block", l->block);
  json_integer_member(out, "rotation", rotation);
  json_close(out, '}');
}

static void end_line(layer *l) {
  if (l->count == 0)
    return;
  l->line++;
  int rotation = line_rotation(l);
  for (int i = 0; i < l->count; i++) {
    write_word(l, &l->in_line[i], rotation);
    free(l->in_line[i].text);
  }
  l->count = 0;
}

// ---- the XHTML ----

static int add_word(layer *l, char *tag, error *e) {
  double left, top, right, bottom;
  char *text = strchr(tag, '>'), *end = strstr(tag, "</word>");
  if (!text || !end || end < text ||
      sscanf(tag, "<word xMin=\"%lf\" yMin=\"%lf\" xMax=\"%lf\" yMax=\"%lf\"",
             &left, &top, &right, &bottom) != 4)
    return 0;
  *end = '\0';
  decode_entities(++text);
  if (*text == '\0')
    return 0;
  if (++l->words > WORDS_MAX)
    return error_set(e, REASON_TOO_LARGE,
                     "the page's text layer has more than %d words",
                     (int)WORDS_MAX);
  if (l->count == LINE_WORDS_MAX)
    end_line(l);
  char *copy = strdup(text);
  if (!copy)
    return error_memory(e);
  l->in_line[l->count++] =
      (layer_word){{left, top, right - left, bottom - top}, copy};
  return 0;
}

static int read_tag(layer *l, char *text, error *e) {
  char *tag = text + strspn(text, " \t");
  if (strncmp(tag, "<word ", 6) == 0)
    return add_word(l, tag, e);
  if (strncmp(tag, "<block ", 7) == 0)
    l->block++;
  else if (strncmp(tag, "</line>", 7) == 0)
    end_line(l);
  return 0;
}

static void layer_free(layer *l) {
  for (int i = 0; i < l->count; i++)
    free(l->in_line[i].text);
  free(l);
}

int text_layer_write(json *out, FILE *in, double dpi, error *e) {
  layer *l = calloc(1, sizeof *l);
  if (!l)
    return error_memory(e);
  l->out = out;
  l->scale = dpi / 72;
  char text[WORD_BYTES_MAX];
  int status = 0;
  json_name(out, "words");
  json_open(out, '[');
  while (status == 0 && fgets(text, sizeof text, in))
    status = read_tag(l, text, e);
  if (status == 0)
    end_line(l);
  json_close(out, ']');
  layer_free(l);
  return status;
}
