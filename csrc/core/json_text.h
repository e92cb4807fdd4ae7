// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_JSON_TEXT_H
#define VISION_CORE_JSON_TEXT_H

#include "buffer.h"

#include <stddef.h>

// The length of the well-formed UTF-8 at the start of `text` (Unicode 15,
// table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF); equal
// to `length` when all of it is.
size_t utf8_valid_length(const char *text, size_t length);

// Appends `text` as a JSON string literal, quotes included; each byte that is
// not UTF-8 becomes U+FFFD. 0, or -1 with TOO_LARGE or MEMORY.
int json_quote(buffer *out, const char *text, size_t length, error *e);

#endif
