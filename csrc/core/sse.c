// SPDX-License-Identifier: MIT
#include "sse.h"

#include <string.h>

static const unsigned char BYTE_ORDER_MARK[3] = {0xEF, 0xBB, 0xBF};

// The sink of the feeding in progress, handed down together.
typedef struct feeding {
  sse_sink sink;
  void *context;
  error *e;
} feeding;

void sse_init(sse_parser *p, size_t maximum) {
  *p = (sse_parser){.maximum = maximum, .retry_ms = -1};
  buffer_init(&p->line, maximum);
  buffer_init(&p->event, maximum);
  buffer_init(&p->data, maximum);
  buffer_init(&p->id, maximum);
}

void sse_free(sse_parser *p) {
  buffer_free(&p->line);
  buffer_free(&p->event);
  buffer_free(&p->data);
  buffer_free(&p->id);
}

static int too_long(const sse_parser *p, error *e) {
  return error_set(e, REASON_RESPONSE_TOO_LARGE,
                   "an event of the stream is longer than %zu bytes",
                   p->maximum);
}

static int append(sse_parser *p, buffer *b, const char *bytes, size_t length,
                  error *e) {
  if (length > b->maximum - b->length)
    return too_long(p, e);
  return buffer_append(b, bytes, length, e);
}

static int replace(sse_parser *p, buffer *b, sse_text value, error *e) {
  b->length = 0;
  return append(p, b, value.data, value.length, e);
}

static sse_text text_of(const buffer *b) {
  return (sse_text){b->data ? b->data : "", b->length};
}

// ---- fields ----

static bool is(sse_text text, const char *word) {
  return text.length == strlen(word) &&
         memcmp(text.data, word, text.length) == 0;
}

// Digits only, or the field is ignored; so is a number beyond any use.
static void set_retry(sse_parser *p, sse_text value) {
  enum { DIGITS_MAX = 15 };
  if (value.length == 0 || value.length > DIGITS_MAX)
    return;
  int64_t retry_ms = 0;
  for (size_t i = 0; i < value.length; i++) {
    if (value.data[i] < '0' || value.data[i] > '9')
      return;
    retry_ms = retry_ms * 10 + (value.data[i] - '0');
  }
  p->retry_ms = retry_ms;
}

static int add_data(sse_parser *p, sse_text value, error *e) {
  if (p->has_data && append(p, &p->data, "\n", 1, e) < 0)
    return -1;
  p->has_data = true;
  return append(p, &p->data, value.data, value.length, e);
}

static int take_field(sse_parser *p, sse_text name, sse_text value, error *e) {
  p->in_event = true;
  if (is(name, "data"))
    return add_data(p, value, e);
  if (is(name, "event"))
    return replace(p, &p->event, value, e);
  if (is(name, "id") && !memchr(value.data, '\0', value.length))
    return replace(p, &p->id, value, e);
  if (is(name, "retry"))
    set_retry(p, value);
  return 0;
}

// ---- lines ----

static int dispatch(sse_parser *p, const feeding *f) {
  sse_event event = {.event = text_of(&p->event),
                     .data = text_of(&p->data),
                     .id = text_of(&p->id),
                     .retry_ms = p->retry_ms};
  int status = p->has_data ? f->sink(f->context, &event) : 0;
  p->has_data = p->in_event = false;
  p->event.length = p->data.length = 0;
  return status;
}

static sse_text after_colon(sse_text line, size_t colon) {
  size_t start = colon + 1;
  if (start < line.length && line.data[start] == ' ')
    start++;
  return (sse_text){line.data + start, line.length - start};
}

static int take_line(sse_parser *p, sse_text line, const feeding *f) {
  if (line.length == 0)
    return dispatch(p, f);
  const char *colon = memchr(line.data, ':', line.length);
  if (!colon)
    return take_field(p, line, (sse_text){"", 0}, f->e);
  size_t at = (size_t)(colon - line.data);
  sse_text value = after_colon(line, at);
  if (at > 0)
    return take_field(p, (sse_text){line.data, at}, value, f->e);
  sse_event comment = {.is_comment = true, .comment = value, .retry_ms = -1};
  return f->sink(f->context, &comment);
}

// ---- bytes ----

// Bytes that began like a byte-order mark and are none are the first line's.
static int leave_start(sse_parser *p, error *e) {
  size_t seen = p->mark;
  p->mark = sizeof BYTE_ORDER_MARK;
  return append(p, &p->line, (const char *)BYTE_ORDER_MARK, seen, e);
}

// Takes the bytes of a byte-order mark. How many, or -1.
static int skip_mark(sse_parser *p, const char *bytes, size_t length,
                     error *e) {
  int taken = 0;
  while (p->mark < sizeof BYTE_ORDER_MARK && (size_t)taken < length) {
    if ((unsigned char)bytes[taken] != BYTE_ORDER_MARK[p->mark])
      return leave_start(p, e) < 0 ? -1 : taken;
    p->mark++;
    taken++;
  }
  return taken;
}

static size_t line_length(const char *bytes, size_t length) {
  size_t i = 0;
  while (i < length && bytes[i] != '\n' && bytes[i] != '\r')
    i++;
  return i;
}

// The end of a line came behind `tail`, which follows what p->line holds.
static int end_line(sse_parser *p, sse_text tail, const feeding *f) {
  if (p->line.length == 0) // whole in this piece, but no longer for that
    return tail.length > p->maximum ? too_long(p, f->e) : take_line(p, tail, f);
  if (append(p, &p->line, tail.data, tail.length, f->e) < 0)
    return -1;
  int status = take_line(p, text_of(&p->line), f);
  p->line.length = 0;
  return status;
}

static int take_bytes(sse_parser *p, const char *bytes, size_t length,
                      const feeding *f) {
  size_t at = 0;
  while (at < length) {
    if (p->after_return && bytes[at] == '\n')
      at++; // the second half of CRLF
    p->after_return = false;
    size_t count = line_length(bytes + at, length - at);
    sse_text part = {bytes + at, count};
    at += count;
    if (at == length)
      return append(p, &p->line, part.data, part.length, f->e);
    p->after_return = bytes[at] == '\r';
    at++;
    int status = end_line(p, part, f);
    if (status != 0)
      return status;
  }
  return 0;
}

int sse_feed(sse_parser *p, const char *bytes, size_t length, sse_sink sink,
             void *context, error *e) {
  feeding f = {sink, context, e};
  int skipped = skip_mark(p, bytes, length, e);
  if (skipped < 0)
    return -1;
  return take_bytes(p, bytes + skipped, length - (size_t)skipped, &f);
}

bool sse_is_complete(const sse_parser *p) {
  bool in_mark = p->mark > 0 && p->mark < sizeof BYTE_ORDER_MARK;
  return p->line.length == 0 && !p->in_event && !in_mark;
}
