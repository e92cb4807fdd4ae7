// SPDX-License-Identifier: MIT
#include "json_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool in_range(uint8_t byte, uint8_t low, uint8_t high) {
  return byte >= low && byte <= high;
}

// The range of the second byte depends on the first: this is what keeps
// overlong forms, surrogates and numbers above U+10FFFF out.
static bool second_byte_fits(uint8_t first, uint8_t second) {
  switch (first) {
  case 0xE0:
    return in_range(second, 0xA0, 0xBF);
  case 0xED:
    return in_range(second, 0x80, 0x9F);
  case 0xF0:
    return in_range(second, 0x90, 0xBF);
  case 0xF4:
    return in_range(second, 0x80, 0x8F);
  default:
    return in_range(second, 0x80, 0xBF);
  }
}

// Bytes of the well-formed sequence at `s`, of which `left` are there; 0: none.
static size_t sequence_length(const uint8_t *s, size_t left) {
  size_t wanted = s[0] < 0x80                  ? 1
                  : in_range(s[0], 0xC2, 0xDF) ? 2
                  : in_range(s[0], 0xE0, 0xEF) ? 3
                  : in_range(s[0], 0xF0, 0xF4) ? 4
                                               : 0;
  if (wanted == 0 || wanted > left)
    return 0;
  if (wanted > 1 && !second_byte_fits(s[0], s[1]))
    return 0;
  for (size_t i = 2; i < wanted; i++)
    if (!in_range(s[i], 0x80, 0xBF))
      return 0;
  return wanted;
}

// Most text is ASCII: eight bytes at a time.
static size_t ascii_length(const char *text, size_t length) {
  size_t at = 0;
  for (uint64_t eight; at + 8 <= length; at += 8) {
    memcpy(&eight, text + at, 8);
    if (eight & UINT64_C(0x8080808080808080))
      break;
  }
  while (at < length && (uint8_t)text[at] < 0x80)
    at++;
  return at;
}

size_t utf8_valid_length(const char *text, size_t length) {
  size_t at = ascii_length(text, length);
  while (at < length) {
    size_t step = sequence_length((const uint8_t *)text + at, length - at);
    if (step == 0)
      return at;
    at += step;
    if (step == 1)
      at += ascii_length(text + at, length - at);
  }
  return at;
}

static bool is_plain_ascii(uint8_t byte) {
  return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

// The high bit of every byte that is 0, in words whose bytes are below 0x80.
static uint64_t zero_bytes(uint64_t word) {
  return (word + UINT64_C(0x7F7F7F7F7F7F7F7F)) ^ UINT64_C(0x8080808080808080);
}

// Whether eight bytes are all plain. A word of the same eight bytes, xored,
// has 0 where that byte stands; those below 0x20 lose their high bit when
// 0x60 is added.
static bool are_plain_ascii(uint64_t eight) {
  const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
  if (eight & high)
    return false;
  uint64_t odd = zero_bytes(eight ^ ones * '"') |
                 zero_bytes(eight ^ ones * '\\') | (eight + ones) |
                 ~(eight + ones * 0x60);
  return (odd & high) == 0;
}

// Most text is plain ASCII: eight bytes at a time.
static size_t plain_length(const char *text, size_t length) {
  size_t at = 0;
  for (uint64_t eight; at + 8 <= length; at += 8) {
    memcpy(&eight, text + at, 8);
    if (!are_plain_ascii(eight))
      break;
  }
  while (at < length && is_plain_ascii((uint8_t)text[at]))
    at++;
  return at;
}

// The same of a whole text, its last bytes in one go with some before them.
static bool is_plain(const char *text, size_t length) {
  uint64_t eight;
  if (length < 8)
    return plain_length(text, length) == length;
  memcpy(&eight, text + length - 8, 8);
  size_t most = length & ~(size_t)7;
  return are_plain_ascii(eight) && plain_length(text, most) == most;
}

static int append_escape(buffer *out, uint8_t byte, error *e) {
  static const char digits[] = "0123456789abcdef";
  static const char letters[] = "btn?fr"; // of 8 .. 13
  if (byte == '"' || byte == '\\')
    return buffer_append(out, (char[]){'\\', (char)byte}, 2, e);
  if (in_range(byte, 8, 13) && byte != 11)
    return buffer_append(out, (char[]){'\\', letters[byte - 8]}, 2, e);
  char code[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
  return buffer_append(out, code, 6, e);
}

// What stands for a byte that cannot stand for itself.
static int append_instead(buffer *out, uint8_t byte, error *e) {
  if (byte >= 0x80)
    return buffer_append(out, "\xEF\xBF\xBD", 3, e);
  return append_escape(out, byte, e);
}

// Runs of valid text as they are, and others' substitutes between them.
static int append_text(buffer *out, const char *text, size_t length, error *e) {
  size_t run = 0, at = 0;
  while (at < length) {
    at += plain_length(text + at, length - at);
    if (at == length)
      break;
    uint8_t byte = (uint8_t)text[at];
    size_t step =
        byte < 0x80 ? 0
                    : sequence_length((const uint8_t *)text + at, length - at);
    at += step;
    if (step > 0)
      continue;
    if (buffer_append(out, text + run, at - run, e) < 0 ||
        append_instead(out, byte, e) < 0)
      return -1;
    run = ++at;
  }
  return buffer_append(out, text + run, at - run, e);
}

int json_quote(buffer *out, const char *text, size_t length, error *e) {
  if (buffer_reserve(out, length + 2, e) < 0)
    return -1;
  char *to = out->data + out->length;
  *to = '"';
  if (is_plain(text, length)) { // as nearly all are
    memcpy(to + 1, text, length);
    to[length + 1] = '"';
    out->length += length + 2;
    return 0;
  }
  out->length++;
  if (append_text(out, text, length, e) < 0)
    return -1;
  return buffer_append(out, "\"", 1, e);
}
