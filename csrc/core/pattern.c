// SPDX-License-Identifier: MIT
#include "pattern.h"

#include <stdbool.h>
#include <string.h>

enum { DEPTH_MAX = 200 }; // of nested attempts, as in Lua

typedef unsigned char byte;

static const char *match_here(pattern *p, const char *s, const char *t);

static const char *fail(pattern *p, const char *fault) {
  p->fault = fault;
  return NULL;
}

static bool is_over(const pattern *p) { return p->fault || p->steps < 0; }

// ---- one character ----

// ASCII alone, whatever the locale of the process is.
static bool is_lower(int c) { return c >= 'a' && c <= 'z'; }
static bool is_upper(int c) { return c >= 'A' && c <= 'Z'; }
static bool is_digit(int c) { return c >= '0' && c <= '9'; }
static bool is_letter(int c) { return is_lower(c) || is_upper(c); }
static bool is_printed(int c) { return c > ' ' && c < 127; }

static bool is_hex(int c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool in_class(int c, int class) {
  bool in;
  switch (class | 0x20) { // its lower case
  case 'a':
    in = is_letter(c);
    break;
  case 'c':
    in = c < ' ' || c == 127;
    break;
  case 'd':
    in = is_digit(c);
    break;
  case 'g':
    in = is_printed(c);
    break;
  case 'l':
    in = is_lower(c);
    break;
  case 'p':
    in = is_printed(c) && !is_letter(c) && !is_digit(c);
    break;
  case 's':
    in = c == ' ' || (c >= '\t' && c <= '\r');
    break;
  case 'u':
    in = is_upper(c);
    break;
  case 'w':
    in = is_letter(c) || is_digit(c);
    break;
  case 'x':
    in = is_hex(c);
    break;
  default:
    return class == c; // an escaped character stands for itself
  }
  return is_upper(class) ? !in : in;
}

// After the "]" of the set that begins at t; NULL: there is none.
static const char *set_end(pattern *p, const char *t) {
  t++;
  if (t < p->end && *t == '^')
    t++;
  do { // a "]" that comes first is one of the set
    if (t == p->end)
      return fail(p, "malformed pattern (missing ']')");
    if (*t++ == '%') {
      if (t == p->end)
        return fail(p, "malformed pattern (missing ']')");
      t++;
    }
  } while (t == p->end || *t != ']');
  return t + 1;
}

// After the single-character item that begins at t.
static const char *item_end(pattern *p, const char *t) {
  if (*t == '[')
    return set_end(p, t);
  if (*t != '%')
    return t + 1;
  if (t + 1 == p->end)
    return fail(p, "malformed pattern (ends with '%')");
  return t + 2;
}

// Whether c is in the set "[…]" of which `last` is the "]".
static bool in_set(pattern *p, int c, const char *t, const char *last) {
  bool found = true;
  if (t[1] == '^') {
    found = false;
    t++;
  }
  while (++t < last) {
    p->steps--;
    if (*t == '%') {
      t++;
      if (in_class(c, (byte)*t))
        return found;
    } else if (t[1] == '-' && t + 2 < last) {
      if ((byte)t[0] <= c && c <= (byte)t[2])
        return found;
      t += 2;
    } else if ((byte)*t == c) {
      return found;
    }
  }
  return !found;
}

static bool matches_item(pattern *p, const char *s, const char *t,
                         const char *t_end) {
  p->steps--;
  if (s >= p->subject_end)
    return false;
  int c = (byte)*s;
  switch (*t) {
  case '.':
    return true;
  case '%':
    return in_class(c, (byte)t[1]);
  case '[':
    return in_set(p, c, t, t_end - 1);
  default:
    return (byte)*t == c;
  }
}

// ---- repetition ----

static const char *match_most(pattern *p, const char *s, const char *t,
                              const char *t_end) {
  ptrdiff_t count = 0;
  while (!is_over(p) && matches_item(p, s + count, t, t_end))
    count++;
  for (; count >= 0 && !is_over(p); count--) {
    const char *end = match_here(p, s + count, t_end + 1);
    if (end)
      return end;
  }
  return NULL;
}

static const char *match_least(pattern *p, const char *s, const char *t,
                               const char *t_end) {
  for (;;) {
    const char *end = match_here(p, s, t_end + 1);
    if (end || is_over(p) || !matches_item(p, s, t, t_end))
      return end;
    s++;
  }
}

// ---- captures ----

static const char *open_capture(pattern *p, const char *s, const char *t,
                                ptrdiff_t length) {
  if (p->count == PATTERN_CAPTURES_MAX)
    return fail(p, "too many captures");
  p->captures[p->count++] = (pattern_capture){s, length};
  const char *end = match_here(p, s, t);
  if (!end)
    p->count--;
  return end;
}

static const char *close_capture(pattern *p, const char *s, const char *t) {
  int i = p->count;
  while (--i >= 0 && p->captures[i].length != PATTERN_OPEN)
    ;
  if (i < 0)
    return fail(p, "invalid pattern capture");
  p->captures[i].length = s - p->captures[i].start;
  const char *end = match_here(p, s, t);
  if (!end)
    p->captures[i].length = PATTERN_OPEN;
  return end;
}

// After what capture `digit` holds, if it stands again at s.
static const char *skip_capture(pattern *p, const char *s, int digit) {
  int i = digit - '1';
  if (i < 0 || i >= p->count || p->captures[i].length == PATTERN_OPEN)
    return fail(p, "invalid capture index");
  ptrdiff_t length = p->captures[i].length;
  if (length < 0 || length > p->subject_end - s)
    return NULL; // a position is never text
  p->steps -= length;
  return memcmp(p->captures[i].start, s, (size_t)length) == 0 ? s + length
                                                              : NULL;
}

// ---- %b and %f ----

static const char *skip_balanced(pattern *p, const char *s, const char *t) {
  if (t + 1 >= p->end)
    return fail(p, "malformed pattern (missing arguments to '%b')");
  if (s == p->subject_end || *s != t[0])
    return NULL;
  ptrdiff_t open = 1;
  while (++s < p->subject_end && --p->steps >= 0) {
    if (*s == t[1]) {
      if (--open == 0)
        return s + 1;
    } else if (*s == t[0]) {
      open++;
    }
  }
  return NULL;
}

// Whether the set at t begins to hold at s.
static bool at_frontier(pattern *p, const char *s, const char *t,
                        const char *t_end) {
  int before = s == p->subject ? 0 : (byte)s[-1];
  int here = s == p->subject_end ? 0 : (byte)*s;
  return !in_set(p, before, t, t_end - 1) && in_set(p, here, t, t_end - 1);
}

static const char *match_frontier(pattern *p, const char *s, const char *t) {
  if (t == p->end || *t != '[')
    return fail(p, "missing '[' after '%f' in pattern");
  const char *t_end = set_end(p, t);
  if (!t_end || !at_frontier(p, s, t, t_end))
    return NULL;
  return match_here(p, s, t_end);
}

// ---- the pattern from t on ----

// A single-character item, perhaps repeated. *next: where to go on at t_end,
// when the item has matched once; else the result is final.
static const char *match_item(pattern *p, const char *s, const char *t,
                              const char **next) {
  const char *t_end = item_end(p, t);
  if (!t_end)
    return NULL;
  switch (t_end < p->end ? *t_end : '\0') {
  case '*':
    return match_most(p, s, t, t_end);
  case '-':
    return match_least(p, s, t, t_end);
  case '+':
    return matches_item(p, s, t, t_end) ? match_most(p, s + 1, t, t_end) : NULL;
  case '?': {
    const char *end = NULL;
    if (matches_item(p, s, t, t_end))
      end = match_here(p, s + 1, t_end + 1);
    if (end || is_over(p))
      return end;
    *next = t_end + 1;
    return s;
  }
  default:
    if (!matches_item(p, s, t, t_end))
      return NULL;
    *next = t_end;
    return s + 1;
  }
}

// An escape that is no single character: as match_item; false: it is one.
static bool match_escape(pattern *p, const char **s, const char *t,
                         const char **next) {
  int kind = t + 1 < p->end ? t[1] : '\0';
  if (kind == 'b') {
    *s = skip_balanced(p, *s, t + 2);
    *next = *s ? t + 4 : NULL;
  } else if (is_digit(kind)) {
    *s = skip_capture(p, *s, kind);
    *next = *s ? t + 2 : NULL;
  } else if (kind == 'f') {
    *s = match_frontier(p, *s, t + 2);
    *next = NULL;
  } else {
    return false;
  }
  return true;
}

static const char *match_captures(pattern *p, const char *s, const char *t) {
  if (*t == ')')
    return close_capture(p, s, t + 1);
  bool position = t + 1 < p->end && t[1] == ')';
  return position ? open_capture(p, s, t + 2, PATTERN_POSITION)
                  : open_capture(p, s, t + 1, PATTERN_OPEN);
}

static const char *match_rest(pattern *p, const char *s, const char *t) {
  while (t < p->end) {
    if (--p->steps < 0)
      return NULL;
    if (*t == '(' || *t == ')')
      return match_captures(p, s, t);
    if (*t == '$' && t + 1 == p->end)
      return s == p->subject_end ? s : NULL;
    const char *next = NULL;
    if (*t != '%' || !match_escape(p, &s, t, &next))
      s = match_item(p, s, t, &next);
    if (!next)
      return s;
    t = next;
  }
  return s;
}

static const char *match_here(pattern *p, const char *s, const char *t) {
  if (p->depth == DEPTH_MAX)
    return fail(p, "pattern too complex");
  p->depth++;
  const char *end = match_rest(p, s, t);
  p->depth--;
  return end;
}

void pattern_init(pattern *p, const char *subject, size_t subject_length,
                  const char *text, size_t length, int64_t steps) {
  p->subject = subject;
  p->subject_end = subject + subject_length;
  p->text = text;
  p->end = text + length;
  p->steps = steps;
  p->depth = 0;
  p->fault = NULL;
  p->count = 0;
}

static bool has_open_capture(const pattern *p) {
  for (int i = 0; i < p->count; i++)
    if (p->captures[i].length == PATTERN_OPEN)
      return true;
  return false;
}

const char *pattern_match(pattern *p, const char *start) {
  p->count = 0;
  const char *end = match_here(p, start, p->text);
  if (is_over(p))
    return NULL;
  return end && has_open_capture(p) ? fail(p, "unfinished capture") : end;
}
