// SPDX-License-Identifier: MIT
#include "http_head.h"

#include <string.h>

void http_head_init(http_head *h) {
  *h = (http_head){0};
  buffer_init(&h->lines, HTTP_HEAD_MAX);
}

void http_head_free(http_head *h) { buffer_free(&h->lines); }

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **text, size_t *length) {
  while (*length > 0 && is_space((*text)[*length - 1]))
    --*length;
  while (*length > 0 && is_space(**text)) {
    ++*text;
    --*length;
  }
}

// "HTTP/1.1 200 OK", "HTTP/2 200": the digits behind the first space.
static int parse_status(const char *line, size_t length) {
  const char *space = memchr(line, ' ', length);
  int status = 0;
  if (!space)
    return 0;
  for (const char *c = space + 1; c < line + length && c < space + 4; c++) {
    if (*c < '0' || *c > '9')
      return 0;
    status = status * 10 + (*c - '0');
  }
  return status;
}

static int append(http_head *h, const char *bytes, size_t length, error *e) {
  error reason = {0};
  if (buffer_append(&h->lines, bytes, length, &reason) == 0)
    return 0;
  if (reason.reason == REASON_TOO_LARGE)
    return error_set(e, REASON_RESPONSE_TOO_LARGE,
                     "the answer's header lines are more than %d bytes",
                     HTTP_HEAD_MAX);
  *e = reason;
  return -1;
}

static int keep_header(http_head *h, const char *line, size_t length,
                       error *e) {
  const char *colon = memchr(line, ':', length);
  if (!colon || is_space(*line))
    return 0; // no header, or the rest of a folded one: nothing we ask for
  size_t start = h->lines.length;
  const char *value = colon + 1;
  size_t value_length = length - (size_t)(value - line);
  trim(&value, &value_length);
  if (append(h, line, (size_t)(colon - line), e) < 0)
    return -1;
  for (char *c = h->lines.data + start; c < h->lines.data + h->lines.length;
       c++)
    if (*c >= 'A' && *c <= 'Z')
      *c = (char)(*c - 'A' + 'a');
  if (append(h, ":", 1, e) < 0 || append(h, value, value_length, e) < 0)
    return -1;
  return append(h, "\n", 1, e);
}

static bool begins_answer(const char *line, size_t length) {
  return length >= 5 && memcmp(line, "HTTP/", 5) == 0;
}

int http_head_line(http_head *h, const char *line, size_t length, error *e) {
  if (h->complete)
    return 0;
  if (begins_answer(line, length)) {
    h->lines.length = 0;
    h->status = parse_status(line, length);
    return 0;
  }
  const char *text = line;
  size_t text_length = length;
  trim(&text, &text_length);
  if (text_length > 0)
    return keep_header(h, line, length, e);
  h->complete = h->status >= 200;
  return 0;
}

bool http_head_next(const http_head *h, size_t *position, http_header *header) {
  if (*position >= h->lines.length)
    return false;
  const char *line = h->lines.data + *position;
  const char *end = memchr(line, '\n', h->lines.length - *position);
  const char *colon = memchr(line, ':', (size_t)(end - line));
  *header = (http_header){
      .name = line,
      .name_length = (size_t)(colon - line),
      .value = colon + 1,
      .value_length = (size_t)(end - colon - 1),
  };
  *position += (size_t)(end - line) + 1;
  return true;
}
