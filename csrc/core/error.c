// SPDX-License-Identifier: MIT
#include "error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

const char *reason_word(enum reason reason) {
  static const char *const words[REASON_COUNT] = {"none",
#define X(name, word) word,
                                                  ERROR_REASONS(X)
#undef X
  };
  return (unsigned)reason < REASON_COUNT ? words[reason] : "internal";
}

static size_t sequence_length(unsigned char lead) {
  return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
}

// A cut message must not end inside a UTF-8 sequence: it becomes JSON later.
static void drop_partial_character(char *text, size_t length) {
  size_t last = length;
  while (last > 0 && ((unsigned char)text[--last] & 0xC0) == 0x80)
    ;
  if (last + sequence_length((unsigned char)text[last]) > length)
    text[last] = '\0';
}

int error_set(error *e, enum reason reason, const char *format, ...) {
  if (!e)
    return -1;
  va_list arguments;
  va_start(arguments, format);
  int wanted = vsnprintf(e->message, sizeof e->message, format, arguments);
  va_end(arguments);
  if (wanted >= (int)sizeof e->message)
    drop_partial_character(e->message, sizeof e->message - 1);
  e->reason = reason;
  return -1;
}

int error_memory(error *e) {
  return error_set(e, REASON_MEMORY, "out of memory");
}
