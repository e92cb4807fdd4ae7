// SPDX-License-Identifier: MIT
#include "json.h"

#include <stdio.h>
#include <string.h>

void json_init(json *j, size_t maximum) {
  memset(j, 0, sizeof *j);
  buffer_init(&j->out, maximum);
}

void json_free(json *j) { buffer_free(&j->out); }

static void put(json *j, const char *bytes, size_t length) {
  if (j->failure.reason == REASON_NONE)
    buffer_append(&j->out, bytes, length, &j->failure);
}

// A comma is due where a value or a name follows a finished value.
static void separate(json *j) {
  if (j->out.length == 0)
    return;
  char last = j->out.data[j->out.length - 1];
  if (last != '{' && last != '[' && last != ':')
    put(j, ",", 1);
}

void json_open(json *j, char bracket) {
  separate(j);
  put(j, &bracket, 1);
}

void json_close(json *j, char bracket) { put(j, &bracket, 1); }

void json_name(json *j, const char *name) {
  json_text(j, name, strlen(name));
  put(j, ":", 1);
}

// Length of the UTF-8 sequence at `text`, or 0 where there is none.
static size_t sequence_length(const unsigned char *text, size_t left) {
  unsigned char first = text[0];
  size_t length = first < 0x80   ? 1
                  : first < 0xC2 ? 0
                  : first < 0xE0 ? 2
                  : first < 0xF0 ? 3
                  : first < 0xF5 ? 4
                                 : 0;
  if (length == 0 || length > left)
    return 0;
  for (size_t i = 1; i < length; i++)
    if ((text[i] & 0xC0) != 0x80)
      return 0;
  // Overlong forms, surrogates and what lies beyond Unicode.
  if ((first == 0xE0 && text[1] < 0xA0) || (first == 0xED && text[1] > 0x9F) ||
      (first == 0xF0 && text[1] < 0x90) || (first == 0xF4 && text[1] > 0x8F))
    return 0;
  return length;
}

static void put_character(json *j, const char *text, size_t length) {
  unsigned char c = (unsigned char)text[0];
  if (c == '"' || c == '\\') {
    put(j, "\\", 1);
    put(j, text, 1);
  } else if (c < 0x20 || c == 0x7F) {
    char escape[8];
    put(j, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
  } else {
    put(j, text, length);
  }
}

void json_text(json *j, const char *text, size_t length) {
  separate(j);
  put(j, "\"", 1);
  for (size_t i = 0; i < length;) {
    size_t n = sequence_length((const unsigned char *)text + i, length - i);
    if (n == 0)
      put(j, "\xEF\xBF\xBD", 3);
    else
      put_character(j, text + i, n);
    i += n ? n : 1;
  }
  put(j, "\"", 1);
}

void json_integer(json *j, int64_t value) {
  char text[32];
  separate(j);
  put(j, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)value));
}

void json_number(json *j, double value, int decimals) {
  char text[64];
  if (!(value > -1e15 && value < 1e15)) // also what is not a number
    value = 0;
  size_t n = (size_t)snprintf(text, sizeof text, "%.*f", decimals, value);
  if (memchr(text, '.', n)) {
    while (text[n - 1] == '0')
      n--;
    if (text[n - 1] == '.')
      n--;
  }
  separate(j);
  put(j, text, n);
}

void json_boolean(json *j, int value) {
  separate(j);
  put(j, value ? "true" : "false", value ? 4 : 5);
}

void json_text_member(json *j, const char *name, const char *text) {
  json_name(j, name);
  json_text(j, text, strlen(text));
}

void json_integer_member(json *j, const char *name, int64_t value) {
  json_name(j, name);
  json_integer(j, value);
}

void json_number_member(json *j, const char *name, double value, int decimals) {
  json_name(j, name);
  json_number(j, value, decimals);
}

void json_boolean_member(json *j, const char *name, int value) {
  json_name(j, name);
  json_boolean(j, value);
}

void json_box_member(json *j, double x, double y, double width, double height) {
  json_name(j, "box");
  json_open(j, '[');
  json_number(j, x, 1);
  json_number(j, y, 1);
  json_number(j, width, 1);
  json_number(j, height, 1);
  json_close(j, ']');
}
