// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_PATTERN_H
#define VISION_CORE_PATTERN_H

#include <stddef.h>
#include <stdint.h>

// Lua's patterns, for scripts that nobody has read: they mean what they mean in
// Lua 5.4, but each comparison costs a step, and the steps are counted. So a
// pattern that backtracks for ever ends when they are used up.

enum {
  PATTERN_CAPTURES_MAX = 32,
  PATTERN_POSITION = -1, // length of a capture "()": only its start counts
  PATTERN_OPEN = -2,     // length while the capture is not closed
};

typedef struct pattern_capture {
  const char *start;
  ptrdiff_t length; // bytes, or one of the two above
} pattern_capture;

typedef struct pattern {
  const char *subject, *subject_end;
  const char *text, *end; // the pattern, without a leading '^'
  int64_t steps;          // left; below 0: used up
  int depth;
  const char *fault; // why the pattern cannot be used, or NULL
  int count;         // captures of the last match
  pattern_capture captures[PATTERN_CAPTURES_MAX];
} pattern;

// `steps` are those it may take until the next time they are set.
void pattern_init(pattern *p, const char *subject, size_t subject_length,
                  const char *text, size_t length, int64_t steps);

// The end of the match that begins at `start` of the subject. NULL: there is
// none, or p->fault is set, or p->steps is below 0.
const char *pattern_match(pattern *p, const char *start);

#endif
