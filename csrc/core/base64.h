// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_BASE64_H
#define VISION_CORE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Base64 of RFC 4648, section 4 (the alphabet with + and /, padded). Nothing
// here allocates or fails for another reason than the text itself.

// ---- bytes to text ----

// Characters that `bytes` bytes become, padding included.
size_t base64_encoded_size(size_t bytes);

// Writes all of the text of `size` bytes: base64_encoded_size(size) characters.
void base64_encode(const void *bytes, size_t size, char *out);

// Writes the part of that text that begins at character `from`, at most `room`
// characters of it; returns how many (0: `from` is at the end). So a text can
// be made piece by piece, from any position, without any state to rewind.
size_t base64_encode_part(const void *bytes, size_t size, size_t from,
                          char *out, size_t room);

// ---- text to bytes ----

// A strict decoder that takes the text in pieces of any size. Refused are: a
// character outside the alphabet, padding anywhere but at the end, a last group
// that is not full, and bits set behind the last byte.
typedef struct base64_decoder {
  uint64_t taken;    // characters taken so far: where a fault is
  const char *fault; // what was wrong, in words; NULL while all is well
  uint32_t bits;     // of the group in progress
  uint8_t sextets;   // characters of the group in progress, 0 to 3
  uint8_t padding;   // how many of them are '='
  bool ended;        // a padded group came: nothing may follow
  bool line_breaks;  // CR and LF are skipped wherever they stand
} base64_decoder;

void base64_decoder_init(base64_decoder *d, bool line_breaks);

// The room that decoding `characters` more characters needs, in bytes.
size_t base64_decoded_room(size_t characters);

// Decodes up to `length` characters into `out`, whose room is
// base64_decoded_room(length). Returns how many were taken and sets `*written`
// to the bytes made. Fewer than `length`: text[returned] cannot be there,
// d->fault says why, and the decoder stands right before that character.
size_t base64_decode(base64_decoder *d, const char *text, size_t length,
                     uint8_t *out, size_t *written);

// The end of the text: false, with d->fault, when a group was left unfinished.
bool base64_decode_end(base64_decoder *d);

#endif
