// SPDX-License-Identifier: MIT
// The first line is a pattern, the rest what it is matched against: it stays
// within both, ends by its steps, and its captures lie in the subject.
#include "../core/pattern.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS = 100000 };

static void check_captures(const pattern *p) {
  for (int i = 0; i < p->count; i++) {
    const pattern_capture *c = &p->captures[i];
    ptrdiff_t length = c->length == PATTERN_POSITION ? 0 : c->length;
    if (length < 0 || c->start < p->subject ||
        c->start + length > p->subject_end)
      abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *input = (const char *)data;
  const char *line = size > 0 ? memchr(input, '\n', size) : NULL;
  if (!line)
    return 0;
  // Blocks of their own, so that a byte read beyond them is seen. A Lua text
  // ends with a zero, which nothing may look at either.
  size_t length = (size_t)(line - input), rest = size - length - 1;
  char *text = malloc(length + 1), *subject = malloc(rest + 1);
  memcpy(text, input, length);
  memcpy(subject, line + 1, rest);
  pattern p;
  pattern_init(&p, subject, rest, text, length, STEPS);
  for (const char *s = subject; s <= p.subject_end; s++) {
    const char *end = pattern_match(&p, s);
    if (p.fault || p.steps < 0)
      break;
    if (end && (end < s || end > p.subject_end))
      abort();
    if (end)
      check_captures(&p);
  }
  free(text);
  free(subject);
  return 0;
}
