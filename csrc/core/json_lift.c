// SPDX-License-Identifier: MIT
#include "json_lift.h"

#include "base64.h"
#include "blob_writer.h"
#include "buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum state {
  BETWEEN,   // outside of strings
  PASSING,   // in a string that stays
  CANDIDATE, // in a value that may be a picture: its bytes are in `text` so far
  LIFTING,   // in a picture
};

struct json_lift {
  size_t threshold, maximum;
  char mark[JSON_LIFT_MARK_LENGTH];
  buffer text;            // what is left
  size_t candidate_start; // where the candidate begins in `text`
  enum state state;
  // Of an escape sequence in progress: bytes to come, 0 outside; and the value
  // of those hexadecimal digits that came. A backslash alone counts as 1.
  uint8_t escape_left;
  uint16_t escape_value;
  bool escape_named; // the letter behind the backslash came
  bool expects_key;
  uint8_t depth;
  uint8_t is_object[JSON_LIFT_DEPTH_MAX / 8]; // a bit for each open bracket
  size_t taken;                               // bytes of the text so far
  base64_decoder decoder;
  blob_writer decoded;
  image **images;
  size_t count, room;
  error failure; // the first one
};

json_lift *json_lift_new(size_t threshold, size_t maximum,
                         const char mark[JSON_LIFT_MARK_LENGTH], error *e) {
  json_lift *l = calloc(1, sizeof *l);
  if (!l) {
    error_memory(e);
    return NULL;
  }
  l->threshold = threshold;
  l->maximum = maximum;
  memcpy(l->mark, mark, sizeof l->mark);
  // A placeholder may be a little longer than the shortest picture.
  buffer_init(&l->text, maximum + 128);
  // Room is asked for in whole groups, a little more than will be used.
  blob_writer_init(&l->decoded, maximum + 128);
  return l;
}

void json_lift_delete(json_lift *l) {
  if (!l)
    return;
  for (size_t i = 0; i < l->count; i++)
    image_unref(l->images[i]);
  free(l->images);
  blob_writer_free(&l->decoded);
  buffer_free(&l->text);
  free(l);
}

int json_lift_draw_mark(char mark[JSON_LIFT_MARK_LENGTH], error *e) {
  static const char name[] = "lift-";
  const size_t name_size = sizeof name - 1;
  if (random_id(mark + name_size, e) < 0)
    return -1;
  memcpy(mark, name, name_size);
  mark[JSON_LIFT_MARK_LENGTH - 1] = '-';
  return 0;
}

static int broken_json(const json_lift *l, size_t at, const char *what,
                       error *e) {
  return error_set(e, REASON_INVALID_JSON, "not JSON: %s, at byte %zu", what,
                   l->taken + at + 1);
}

// ---- brackets ----

static bool in_object(const json_lift *l) {
  if (l->depth == 0)
    return false;
  unsigned top = l->depth - 1u;
  return l->is_object[top / 8] >> (top % 8) & 1;
}

static int open_bracket(json_lift *l, size_t at, bool is_object, error *e) {
  if (l->depth == JSON_LIFT_DEPTH_MAX)
    return broken_json(l, at, "its brackets are nested deeper than 128", e);
  unsigned top = l->depth++;
  uint8_t bit = (uint8_t)(1u << (top % 8));
  if (is_object)
    l->is_object[top / 8] |= bit;
  else
    l->is_object[top / 8] &= (uint8_t)~bit;
  l->expects_key = is_object;
  return 0;
}

static int close_bracket(json_lift *l, size_t at, bool is_object, error *e) {
  if (l->depth == 0 || in_object(l) != is_object)
    return broken_json(l, at, "a bracket closes what was not opened", e);
  l->depth--;
  l->expects_key = false;
  return 0;
}

static int take_structure(json_lift *l, char c, size_t at, error *e) {
  switch (c) {
  case '{':
  case '[':
    return open_bracket(l, at, c == '{', e);
  case '}':
  case ']':
    return close_bracket(l, at, c == '}', e);
  case ',':
    l->expects_key = in_object(l);
    return 0;
  case ':':
    l->expects_key = false;
    return 0;
  default:
    return 0;
  }
}

// ---- escapes: a unit is a plain character or a whole escape sequence ----

enum { FOREIGN = 0x80 }; // what base64 cannot hold, in one byte

static int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The character that a short escape stands for.
static uint8_t short_escape(char letter) {
  switch (letter) {
  case '/':
  case '"':
  case '\\':
    return (uint8_t)letter;
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  default:
    return FOREIGN;
  }
}

static void begin_escape(json_lift *l) {
  l->escape_left = 1;
  l->escape_value = 0;
  l->escape_named = false;
}

// Takes the next byte of the escape in progress; true with the character when
// that ends it.
static bool take_escape(json_lift *l, char c, uint8_t *character) {
  l->escape_left--;
  if (!l->escape_named && c == 'u') {
    l->escape_named = true;
    l->escape_left = 4;
    return false;
  }
  if (!l->escape_named) {
    *character = short_escape(c);
    return true;
  }
  int digit = hex_value(c);
  // A wrong digit is for the decoder to refuse; here it is only not base64.
  l->escape_value =
      (uint16_t)(digit < 0 ? 0xFFFF : l->escape_value << 4 | digit);
  *character = l->escape_value < FOREIGN ? (uint8_t)l->escape_value : FOREIGN;
  return l->escape_left == 0;
}

// The bytes of a string that mean themselves: up to a quote or a backslash.
static size_t plain_run(const json_lift *l, const char *bytes, size_t length) {
  if (l->escape_left > 0)
    return 0;
  const char *quote = memchr(bytes, '"', length);
  if (quote)
    length = (size_t)(quote - bytes);
  const char *backslash = memchr(bytes, '\\', length);
  return backslash ? (size_t)(backslash - bytes) : length;
}

// ---- candidates ----

// The raw text of a candidate as characters, one a unit, so at most as many as
// there are bytes.
static size_t unescape(json_lift *l, const char *raw, size_t length,
                       char *out) {
  size_t count = plain_run(l, raw, length);
  memcpy(out, raw, count);
  for (size_t i = count; i < length; i++) {
    uint8_t character = (uint8_t)raw[i];
    if (l->escape_left == 0 && raw[i] == '\\')
      begin_escape(l);
    else if (l->escape_left == 0 || take_escape(l, raw[i], &character))
      out[count++] = (char)character;
  }
  return count;
}

// The raw length of the first `units` units.
static size_t raw_length(json_lift *l, const char *raw, size_t units) {
  size_t i = 0;
  uint8_t ignored;
  for (; units > 0; i++) {
    if (l->escape_left == 0 && raw[i] == '\\')
      begin_escape(l);
    else if (l->escape_left == 0 || take_escape(l, raw[i], &ignored))
      units--;
  }
  return i;
}

// Decodes the characters behind the prefix. True: they begin a picture.
static bool begins_picture(json_lift *l, const char *text, size_t length) {
  size_t written;
  blob *b = l->decoded.blob;
  base64_decoder_init(&l->decoder, true);
  bool whole =
      base64_decode(&l->decoder, text, length, b->data, &written) == length;
  b->size = written;
  return whole && image_type_of(b->data, written) != IMAGE_UNKNOWN;
}

// Either drops the candidate's text, all but the prefix, and goes on lifting,
// or lets it pass.
static int judge_candidate(json_lift *l, error *e) {
  char *raw = l->text.data + l->candidate_start;
  size_t length = l->text.length - l->candidate_start;
  if (blob_writer_reserve(&l->decoded, base64_decoded_room(length), e) < 0)
    return -1;
  char *characters = malloc(length);
  if (!characters)
    return error_memory(e);
  size_t count = unescape(l, raw, length, characters);
  size_t prefix = data_url_prefix(characters, count);
  if (begins_picture(l, characters + prefix, count - prefix)) {
    l->text.length = l->candidate_start + raw_length(l, raw, prefix);
    l->state = LIFTING;
  } else {
    l->decoded.blob->size = 0;
    l->state = PASSING;
  }
  free(characters);
  return 0;
}

// ---- a picture comes to its end ----

static int keep_image(json_lift *l, image *i, error *e) {
  if (l->count == l->room) {
    size_t room = l->room ? l->room * 2 : 4;
    image **images = realloc(l->images, room * sizeof(*images));
    if (!images) {
      image_unref(i);
      return error_memory(e);
    }
    l->images = images;
    l->room = room;
  }
  l->images[l->count++] = i;
  return 0;
}

static int write_placeholder(json_lift *l, error *e) {
  char number[24];
  int digits = snprintf(number, sizeof number, "%zu\"", l->count);
  if (buffer_append(&l->text, l->mark, sizeof l->mark, e) < 0)
    return -1;
  return buffer_append(&l->text, number, (size_t)digits, e);
}

static int bad_base64(const json_lift *l, size_t at, error *e) {
  return error_set(e, REASON_INVALID_BASE64,
                   "an image is not base64: %s, at byte %zu", l->decoder.fault,
                   l->taken + at + 1);
}

// Says which image it was, since the header's messages cannot.
static int number_image(const json_lift *l, error *e) {
  error plain = *e;
  return error_set(e, plain.reason, "image %zu of the JSON text: %s",
                   l->count + 1, plain.message);
}

static int end_picture(json_lift *l, size_t at, error *e) {
  if (!base64_decode_end(&l->decoder))
    return bad_base64(l, at, e);
  blob *b = blob_writer_take(&l->decoded);
  image *i = image_from_blob(b, e);
  blob_unref(b);
  if (!i)
    return number_image(l, e);
  if (keep_image(l, i, e) < 0)
    return -1;
  l->state = BETWEEN;
  return write_placeholder(l, e);
}

// ---- bytes: each function takes some of them and returns how many, or -1 ----

static ssize_t take_between(json_lift *l, const char *bytes, size_t length,
                            size_t at, error *e) {
  size_t i = at;
  while (i < length && bytes[i] != '"') {
    if (take_structure(l, bytes[i], i, e) < 0)
      return -1;
    i++;
  }
  if (i < length) {
    i++; // the quote
    l->state = l->expects_key ? PASSING : CANDIDATE;
  }
  if (buffer_append(&l->text, bytes + at, i - at, e) < 0)
    return -1;
  l->candidate_start = l->text.length;
  return (ssize_t)(i - at);
}

// A byte of a string that is kept so far. True: it ended the string.
static bool scan_string_byte(json_lift *l, char c) {
  uint8_t ignored;
  if (l->escape_left > 0)
    take_escape(l, c, &ignored);
  else if (c == '\\')
    begin_escape(l);
  else
    return c == '"';
  return false;
}

static ssize_t take_passing(json_lift *l, const char *bytes, size_t length,
                            size_t at, error *e) {
  size_t i = at + plain_run(l, bytes + at, length - at);
  while (i < length && l->state == PASSING)
    if (scan_string_byte(l, bytes[i++]))
      l->state = BETWEEN;
  if (buffer_append(&l->text, bytes + at, i - at, e) < 0)
    return -1;
  return (ssize_t)(i - at);
}

static ssize_t take_candidate(json_lift *l, const char *bytes, size_t length,
                              size_t at, error *e) {
  size_t held = l->text.length - l->candidate_start;
  size_t room = held < l->threshold ? l->threshold - held : 0;
  size_t left = length - at;
  size_t i = at + plain_run(l, bytes + at, left < room ? left : room);
  bool full = held + (i - at) >= l->threshold && l->escape_left == 0;
  while (i < length && l->state == CANDIDATE && !full) {
    if (scan_string_byte(l, bytes[i++]))
      l->state = BETWEEN;
    full = held + (i - at) >= l->threshold && l->escape_left == 0;
  }
  if (buffer_append(&l->text, bytes + at, i - at, e) < 0)
    return -1;
  if (l->state == CANDIDATE && full && judge_candidate(l, e) < 0)
    return -1;
  return (ssize_t)(i - at);
}

static int lift_character(json_lift *l, uint8_t character, size_t at,
                          error *e) {
  size_t written;
  char c = (char)character;
  blob *b = l->decoded.blob;
  if (base64_decode(&l->decoder, &c, 1, b->data + b->size, &written) == 0)
    return bad_base64(l, at, e);
  b->size += written;
  return 0;
}

static ssize_t lift_run(json_lift *l, const char *bytes, size_t length,
                        size_t at, error *e) {
  size_t written;
  blob *b = l->decoded.blob;
  size_t taken = base64_decode(&l->decoder, bytes + at, length - at,
                               b->data + b->size, &written);
  b->size += written;
  at += taken;
  if (at == length)
    return (ssize_t)taken;
  if (bytes[at] != '"' && bytes[at] != '\\')
    return bad_base64(l, at, e);
  l->decoder.fault = NULL; // a quote and a backslash are JSON's
  if (bytes[at] == '\\')
    begin_escape(l);
  else if (end_picture(l, at, e) < 0)
    return -1;
  return (ssize_t)taken + 1;
}

static ssize_t take_lifting(json_lift *l, const char *bytes, size_t length,
                            size_t at, error *e) {
  uint8_t character;
  if (blob_writer_reserve(&l->decoded, base64_decoded_room(length - at), e) < 0)
    return -1;
  if (l->escape_left == 0)
    return lift_run(l, bytes, length, at, e);
  if (take_escape(l, bytes[at], &character) &&
      lift_character(l, character, at, e) < 0)
    return -1;
  return 1;
}

static int take_bytes(json_lift *l, const char *bytes, size_t length,
                      error *e) {
  static ssize_t (*const takers[])(json_lift *, const char *, size_t, size_t,
                                   error *) = {
      [BETWEEN] = take_between,
      [PASSING] = take_passing,
      [CANDIDATE] = take_candidate,
      [LIFTING] = take_lifting,
  };
  for (size_t at = 0; at < length;) {
    ssize_t taken = takers[l->state](l, bytes, length, at, e);
    if (taken < 0)
      return -1;
    at += (size_t)taken;
  }
  l->taken += length;
  return 0;
}

// ---- the whole ----

static int fail(json_lift *l, error *e) {
  if (e)
    *e = l->failure;
  return -1;
}

int json_lift_feed(json_lift *l, const char *bytes, size_t length, error *e) {
  if (l->failure.reason != REASON_NONE)
    return fail(l, e);
  // What fits is judged first: a fault in it is the same however it was cut.
  size_t fits = l->maximum - l->taken;
  if (take_bytes(l, bytes, length < fits ? length : fits, &l->failure) == 0 &&
      length > fits)
    error_set(&l->failure, REASON_TOO_LARGE,
              "the JSON text is larger than %zu bytes", l->maximum);
  return l->failure.reason != REASON_NONE ? fail(l, e) : 0;
}

int json_lift_finish(json_lift *l, error *e) {
  if (l->failure.reason != REASON_NONE)
    return fail(l, e);
  if (l->state == BETWEEN && l->depth == 0)
    return 0;
  broken_json(l, 0, "the text ends in the middle", &l->failure);
  return fail(l, e);
}

const char *json_lift_mark(const json_lift *l) { return l->mark; }

const char *json_lift_text(const json_lift *l, size_t *length) {
  *length = l->text.length;
  return l->text.data ? l->text.data : "";
}

size_t json_lift_count(const json_lift *l) { return l->count; }

image *json_lift_image(const json_lift *l, size_t index) {
  return l->images[index];
}
