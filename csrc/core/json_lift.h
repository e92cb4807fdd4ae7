// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_JSON_LIFT_H
#define VISION_CORE_JSON_LIFT_H

#include "image.h"

// Cuts pictures out of a JSON text while it arrives, in pieces of any size, and
// decodes them on the way, so that no large string ever goes through a JSON
// decoder. What is left is JSON text of the same shape.
//
// A string is lifted when it is a value (never a key), at least `threshold`
// bytes long as it stands in the text, base64 as far as that (behind a prefix
// like "data:image/png;base64,", where there is one), and the bytes begin like
// a type that image_header.h knows. From there on it is a picture, and what is
// wrong with it is an error. All other strings stay as they are, byte for byte.
//
// In its place stands   <prefix>lift-<32 hexadecimal digits>-<number>
// with the prefix as it stood, and the number counting from 1 in the order of
// the text. The digits (all up to the number: the mark) are drawn at random for
// each text after its sender wrote it, so nobody can write such a string on
// purpose.
//
// Not a validator: brackets must match and strings must end, the rest is left
// to the decoder of what is left.

enum {
  JSON_LIFT_MARK_LENGTH = 38, // of "lift-<32 digits>-"
  JSON_LIFT_DEPTH_MAX = 128,  // of brackets
  JSON_LIFT_THRESHOLD_MIN = 64,
  JSON_LIFT_THRESHOLD = 4096,
};
#define JSON_LIFT_BYTES_MAX ((size_t)192 << 20) // an image of 128 MiB fits

typedef struct json_lift json_lift;

// `maximum`: bytes of the whole text; it bounds what is left and the pictures
// too. `mark` is copied. NULL: MEMORY.
json_lift *json_lift_new(size_t threshold, size_t maximum,
                         const char mark[JSON_LIFT_MARK_LENGTH], error *e);
void json_lift_delete(json_lift *l); // NULL is allowed

// Draws a mark. -1: INTERNAL.
int json_lift_draw_mark(char mark[JSON_LIFT_MARK_LENGTH], error *e);

// 0, or -1 with INVALID_JSON or INVALID_BASE64 (both name the byte of the
// text, counted from 1), TOO_LARGE, MEMORY, or what is wrong with a picture.
// After a failure every call fails so.
int json_lift_feed(json_lift *l, const char *bytes, size_t length, error *e);

// The end of the text. 0, or -1 as json_lift_feed.
int json_lift_finish(json_lift *l, error *e);

// The mark of this text: JSON_LIFT_MARK_LENGTH characters, not terminated.
const char *json_lift_mark(const json_lift *l);

// What is left, not terminated, and the pictures; both stay the lift's.
const char *json_lift_text(const json_lift *l, size_t *length);
size_t json_lift_count(const json_lift *l);
image *json_lift_image(const json_lift *l, size_t index); // index from 0

#endif
