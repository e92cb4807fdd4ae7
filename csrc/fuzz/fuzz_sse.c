// SPDX-License-Identifier: MIT
// Server-sent events: the same events and the same fault however it is cut.
#include "fuzz.h"

#include "../core/sse.h"

// All that came out, one field behind the other with their lengths.
typedef struct record {
  buffer text;
  int status;
  enum reason reason;
  bool complete;
} record;

static void put(record *r, sse_text text) {
  HOLDS(buffer_append(&r->text, &text.length, sizeof text.length, NULL) == 0);
  HOLDS(buffer_append(&r->text, text.data, text.length, NULL) == 0);
}

static int write_down(void *context, const sse_event *event) {
  record *r = context;
  HOLDS(buffer_append(&r->text, &event->retry_ms, sizeof event->retry_ms,
                      NULL) == 0);
  if (event->is_comment) {
    put(r, event->comment);
  } else {
    put(r, event->event);
    put(r, event->data);
    put(r, event->id);
  }
  return 0;
}

static record play(const uint8_t *data, size_t size, int control) {
  enum { MAXIMUM = 64 };
  record r = {.status = 0};
  error e = {0};
  sse_parser p;
  buffer_init(&r.text, (size_t)1 << 28);
  sse_init(&p, MAXIMUM);
  for (size_t at = 0; at < size && r.status == 0;) {
    size_t count = control < 0 ? size : piece_length((uint8_t)control, at);
    if (count > size - at)
      count = size - at;
    char *piece = exact_copy(data + at, count);
    r.status = sse_feed(&p, piece, count, write_down, &r, &e);
    free(piece);
    at += count;
  }
  r.reason = e.reason;
  r.complete = r.status == 0 && sse_is_complete(&p);
  sse_free(&p);
  return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  record whole = play(data + 1, size - 1, -1);
  record pieces = play(data + 1, size - 1, data[0]);
  HOLDS(whole.status == pieces.status && whole.reason == pieces.reason);
  HOLDS(whole.complete == pieces.complete);
  HOLDS(whole.text.length == pieces.text.length);
  HOLDS(whole.text.length == 0 ||
        memcmp(whole.text.data, pieces.text.data, whole.text.length) == 0);
  buffer_free(&whole.text);
  buffer_free(&pieces.text);
  return 0;
}
