// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_HTTP_BODY_H
#define VISION_CORE_HTTP_BODY_H

#include "error.h"
#include "http_client.h"

// The body of a request as it goes out: the segments one after the other,
// pictures as base64. Held as a whole only where it is small.
typedef struct http_body {
  struct body_part *parts; // in order; their texts lie behind them
  size_t count;
  const char *text; // all of it, where it is small; else NULL
  size_t length;    // bytes to send
  size_t position;  // bytes sent, 0..length
  size_t part;      // where `position` lies: in this part (or == count) …
  size_t offset;    // … after so many bytes of it
} http_body;

// Copies texts, refers to pictures; a body of at most `small` bytes is made as
// one text at once. 0, or -1 with INVALID_OPTION or MEMORY.
int http_body_init(http_body *b, const http_segment *segments, size_t count,
                   size_t small, error *e);
void http_body_free(http_body *b); // an all-zero body too

// Writes the next bytes of the body, at most `room`; 0 at the end.
size_t http_body_read(http_body *b, char *out, size_t room);

// The next read begins at `position`. False: beyond the end.
bool http_body_seek(http_body *b, size_t position);

#endif
