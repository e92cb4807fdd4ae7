// SPDX-License-Identifier: MIT
#ifndef VISION_READER_JSON_H
#define VISION_READER_JSON_H

#include "../core/buffer.h"

#include <stddef.h>
#include <stdint.h>

// Writes JSON into a buffer. A failure (the buffer's maximum, or memory) sticks
// in `failure`, so that only the end has to look.
typedef struct json {
  buffer out;
  error failure;
} json;

void json_init(json *j, size_t maximum);
void json_free(json *j);

// Brackets and names; commas come by themselves.
void json_open(json *j, char bracket);  // '{' or '['
void json_close(json *j, char bracket); // '}' or ']'
void json_name(json *j, const char *name);

// Values. Text that is not UTF-8 has each bad byte replaced by U+FFFD.
void json_text(json *j, const char *text, size_t length);
void json_integer(json *j, int64_t value);
void json_number(json *j, double value, int decimals); // trailing zeros cut
void json_boolean(json *j, int value);

// A named value, the usual member of an object.
void json_text_member(json *j, const char *name, const char *text);
void json_integer_member(json *j, const char *name, int64_t value);
void json_number_member(json *j, const char *name, double value, int decimals);
void json_boolean_member(json *j, const char *name, int value);

// "box": [x, y, width, height] in pixels, to a tenth.
void json_box_member(json *j, double x, double y, double width, double height);

#endif
