// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SSE_H
#define VISION_CORE_SSE_H

#include "buffer.h"

#include <stdbool.h>
#include <stdint.h>

// Server-sent events as the WHATWG standard parses them (HTML, section 9.2.6),
// taken in pieces of any size: a byte-order mark at the start; lines that end
// in CR, LF or CRLF. What comes out does not depend on how the stream was cut.
//
// Beyond the standard, comments are reported: servers send them to say that
// they are still at work.

typedef struct sse_text {
  const char *data; // not terminated by zero
  size_t length;
} sse_text;

// One event, or one comment (then only `comment` means anything). The texts
// are the parser's and last until the sink returns.
typedef struct sse_event {
  bool is_comment;
  sse_text comment; // without the colon and one space behind it
  sse_text event;   // type; empty where the stream gave none ("message")
  sse_text data;    // lines joined by LF
  sse_text id;      // the last identity the stream gave, so far
  int64_t retry_ms; // the last reconnection time the stream gave; < 0: none
} sse_event;

// Takes an event. 0 to go on; anything else ends the feeding with that value.
typedef int (*sse_sink)(void *context, const sse_event *event);

typedef struct sse_parser {
  buffer line, event, data, id; // each bounded by the maximum
  size_t maximum;
  int64_t retry_ms;
  uint8_t mark;      // bytes of the byte-order mark seen; 3: past the start
  bool after_return; // the last byte was CR: an LF is part of that line end
  bool has_data;     // a data field came, be it empty
  bool in_event;     // a field came since the last blank line
} sse_parser;

// `maximum`: bytes of one line, and of the data of one event.
void sse_init(sse_parser *p, size_t maximum);
void sse_free(sse_parser *p);

// Parses `length` bytes and gives what they complete to `sink`. 0; what the
// sink returned to stop; or -1 with RESPONSE_TOO_LARGE or MEMORY, after which
// only sse_free is left to do.
int sse_feed(sse_parser *p, const char *bytes, size_t length, sse_sink sink,
             void *context, error *e);

// True when the stream may end here; false when the bytes of an event are left
// that no blank line completed. The standard says: such an event is dropped.
bool sse_is_complete(const sse_parser *p);

#endif
