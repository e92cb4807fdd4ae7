// SPDX-License-Identifier: MIT
// The first line is a pattern, the rest what it is matched against: it reads
// within both, ends by its steps, and its captures lie in the subject.
#include "fuzz.h"

#include "../core/pattern.h"

enum { STEPS = 100000 };

static void check_captures(const pattern *p) {
  for (int i = 0; i < p->count; i++) {
    const pattern_capture *c = &p->captures[i];
    ptrdiff_t length = c->length == PATTERN_POSITION ? 0 : c->length;
    HOLDS(length >= 0 && c->start >= p->subject);
    HOLDS(c->start + length <= p->subject_end);
  }
}

static void match_everywhere(pattern *p) {
  for (const char *s = p->subject; s <= p->subject_end; s++) {
    const char *end = pattern_match(p, s);
    if (p->fault || p->steps < 0)
      return;
    HOLDS(!end || (end >= s && end <= p->subject_end));
    if (end)
      check_captures(p);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
  if (!line)
    return 0;
  size_t length = (size_t)(line - data), rest = size - length - 1;
  char *text = exact_copy(data, length), *subject = exact_copy(line + 1, rest);
  pattern p;
  pattern_init(&p, subject, rest, text, length, STEPS);
  match_everywhere(&p);
  free(text);
  free(subject);
  return 0;
}
