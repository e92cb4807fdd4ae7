// SPDX-License-Identifier: MIT
#include "base64.h"

#include "base64_kernels.h"

#include <string.h>

static const char ALPHABET[64] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { STRANGER = 0x80 }; // set in the value of what is not in the alphabet

// ---- kernels ----

size_t base64_encode_portable(const uint8_t *bytes, size_t size, char *out) {
  size_t done = 0;
  for (; size - done >= 3; done += 3, out += 4) {
    const uint8_t *b = bytes + done;
    uint32_t group = (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2];
    out[0] = ALPHABET[group >> 18];
    out[1] = ALPHABET[group >> 12 & 63];
    out[2] = ALPHABET[group >> 6 & 63];
    out[3] = ALPHABET[group & 63];
  }
  return done;
}

#define X8 X4, X4
#define X4 X1, X1, X1, X1
#define X1 STRANGER
#define X16 X8, X8
#define X128 X16, X16, X16, X16, X16, X16, X16, X16
static const uint8_t SEXTETS[256] = {
    X16, X16,                                             // controls
    X8,  X1,  X1, X1, 62, X1, X1, X1, 63,                 // + /
    52,  53,  54, 55, 56, 57, 58, 59, 60, 61, X1, X1, X4, // 0 - 9
    X1,  0,   1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, // A - O
    15,  16,  17, 18, 19, 20, 21, 22, 23, 24, 25, X1, X4,             // P - Z
    X1,  26,  27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, // a - o
    41,  42,  43, 44, 45, 46, 47, 48, 49, 50, 51, X1, X4,             // p - z
    X128};
#undef X1
#undef X4
#undef X8
#undef X16
#undef X128

static uint8_t sextet_of(char character) {
  return SEXTETS[(unsigned char)character];
}

size_t base64_decode_portable(const char *text, size_t length, uint8_t *out) {
  size_t done = 0;
  for (; length - done >= 4; done += 4, out += 3) {
    const char *t = text + done;
    uint8_t a = sextet_of(t[0]), b = sextet_of(t[1]);
    uint8_t c = sextet_of(t[2]), d = sextet_of(t[3]);
    if ((a | b | c | d) & STRANGER)
      break;
    out[0] = (uint8_t)(a << 2 | b >> 4);
    out[1] = (uint8_t)(b << 4 | c >> 2);
    out[2] = (uint8_t)(c << 6 | d);
  }
  return done;
}

static size_t encode_groups(const uint8_t *bytes, size_t size, char *out) {
  size_t done = 0;
#if BASE64_AVX2
  if (__builtin_cpu_supports("avx2"))
    done = base64_encode_avx2(bytes, size, out);
#endif
  return done +
         base64_encode_portable(bytes + done, size - done, out + done / 3 * 4);
}

static size_t decode_groups(const char *text, size_t length, uint8_t *out) {
  size_t done = 0;
#if BASE64_AVX2
  if (__builtin_cpu_supports("avx2"))
    done = base64_decode_avx2(text, length, out);
#endif
  return done +
         base64_decode_portable(text + done, length - done, out + done / 4 * 3);
}

// ---- bytes to text ----

size_t base64_encoded_size(size_t bytes) { return (bytes + 2) / 3 * 4; }

// The last group, of one or two bytes.
static void encode_rest(const uint8_t *bytes, size_t size, char out[4]) {
  uint8_t padded[3] = {bytes[0], size > 1 ? bytes[1] : 0, 0};
  base64_encode_portable(padded, 3, out);
  out[3] = '=';
  if (size == 1)
    out[2] = '=';
}

void base64_encode(const void *bytes, size_t size, char *out) {
  const uint8_t *from = bytes;
  size_t done = encode_groups(from, size, out);
  if (done < size)
    encode_rest(from + done, size - done, out + done / 3 * 4);
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// A group of which not all is wanted goes by way of four characters.
static size_t encode_cut_group(const uint8_t *bytes, size_t size, size_t from,
                               char *out, size_t room) {
  char group[4];
  size_t start = from / 4 * 3;
  base64_encode(bytes + start, smaller(3, size - start), group);
  size_t count = smaller(4 - from % 4, room);
  memcpy(out, group + from % 4, count);
  return count;
}

size_t base64_encode_part(const void *bytes, size_t size, size_t from,
                          char *out, size_t room) {
  size_t end = base64_encoded_size(size);
  if (from >= end)
    return 0;
  room = smaller(room, end - from);
  size_t written = 0;
  if (from % 4 != 0)
    written = encode_cut_group(bytes, size, from, out, room);
  size_t whole = (room - written) / 4;
  if (whole > 0) {
    size_t start = (from + written) / 4 * 3;
    base64_encode((const uint8_t *)bytes + start,
                  smaller(whole * 3, size - start), out + written);
    written += whole * 4;
  }
  if (written < room)
    written += encode_cut_group(bytes, size, from + written, out + written,
                                room - written);
  return written;
}

// ---- text to bytes ----

void base64_decoder_init(base64_decoder *d, bool line_breaks) {
  *d = (base64_decoder){.line_breaks = line_breaks};
}

size_t base64_decoded_room(size_t characters) {
  // Up to three characters may be waiting from the piece before.
  return (characters + 3) / 4 * 3;
}

static bool refuse(base64_decoder *d, const char *fault) {
  d->fault = fault;
  return false;
}

static bool take_padding(base64_decoder *d) {
  if (d->sextets < 2)
    return refuse(d, "padding ('=') in the wrong place");
  uint32_t unused = d->sextets == 2 ? 0xF : 0x3;
  if (d->padding == 0 && (d->bits & unused) != 0)
    return refuse(d, "bits are set behind the last byte");
  d->bits <<= 6;
  d->sextets++;
  d->padding++;
  return true;
}

static bool take_sextet(base64_decoder *d, char character) {
  uint8_t sextet = sextet_of(character);
  if (sextet & STRANGER)
    return refuse(d, "a character that is not base64");
  if (d->padding > 0)
    return refuse(d, "more text after the padding ('=')");
  d->bits = d->bits << 6 | sextet;
  d->sextets++;
  return true;
}

// A full group becomes its bytes; anything less stays. Returns the bytes.
static size_t flush_group(base64_decoder *d, uint8_t *out) {
  if (d->sextets < 4)
    return 0;
  uint8_t bytes[3] = {(uint8_t)(d->bits >> 16), (uint8_t)(d->bits >> 8),
                      (uint8_t)d->bits};
  size_t count = 3u - d->padding;
  memcpy(out, bytes, count);
  d->ended = d->padding > 0;
  d->sextets = d->padding = 0;
  d->bits = 0;
  return count;
}

static bool take_character(base64_decoder *d, char character) {
  if (d->line_breaks && (character == '\n' || character == '\r'))
    return true;
  if (d->ended)
    return refuse(d, "more text after the padding ('=')");
  return character == '=' ? take_padding(d) : take_sextet(d, character);
}

size_t base64_decode(base64_decoder *d, const char *text, size_t length,
                     uint8_t *out, size_t *written) {
  size_t done = 0;
  *written = 0;
  while (done < length && !d->fault) {
    if (d->sextets == 0 && !d->ended) {
      size_t fast = decode_groups(text + done, length - done, out + *written);
      *written += fast / 4 * 3;
      done += fast;
      if (done == length)
        break;
    }
    if (!take_character(d, text[done]))
      break;
    *written += flush_group(d, out + *written);
    done++;
  }
  d->taken += done;
  return done;
}

bool base64_decode_end(base64_decoder *d) {
  if (d->fault)
    return false;
  if (d->sextets > 0)
    return refuse(d, "the text ends in the middle of a group of four");
  return true;
}
