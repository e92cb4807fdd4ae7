// SPDX-License-Identifier: MIT
#include "internal.h"

#include <stdlib.h>
#include <string.h>

// An answer: whole, or piece by piece.

static ssize_t next_piece(void *context, uint64_t at, char *out, size_t most) {
  exchange *x = context;
  size_t length = x->send_length - x->send_from;
  (void)at;
  if (length == 0) {
    if (x->broken)
      return MHD_CONTENT_READER_END_WITH_ERROR;
    if (x->finished)
      return MHD_CONTENT_READER_END_OF_STREAM;
    exchange_sleep(x);
    return 0;
  }
  if (length > most)
    length = most;
  memcpy(out, x->send + x->send_from, length);
  x->send_from += length;
  if (x->send_from == x->send_length)
    x->send_from = x->send_length = 0;
  exchange_tell(x);
  return (ssize_t)length;
}

static int add_headers(struct MHD_Response *r, const char *pairs, size_t length,
                       error *e) {
  for (const char *at = pairs; at < pairs + length;) {
    const char *name = at, *value = name + strlen(name) + 1;
    at = value + strlen(value) + 1;
    if (MHD_add_response_header(r, name, value) != MHD_YES)
      return core->error_set(e, REASON_INVALID_OPTION, "'%.60s' is no header",
                             name);
  }
  return 0;
}

int exchange_respond(exchange *x, unsigned status, const char *headers,
                     size_t headers_length, const void *bytes, size_t length,
                     error *e) {
  enum { PIECE = 1 << 10 }; // of who understands no chunks; others get more
  if (x->response || x->phase == PHASE_ABANDON)
    return core->error_set(e, REASON_INTERNAL, "it was answered before");
  struct MHD_Response *r =
      bytes ? MHD_create_response_from_buffer(length, (void *)bytes,
                                              MHD_RESPMEM_MUST_COPY)
            : MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE,
                                                next_piece, x, NULL);
  if (!r)
    return core->error_memory(e);
  if (add_headers(r, headers, headers_length, e) < 0) {
    MHD_destroy_response(r);
    return -1;
  }
  x->response = r;
  x->status = status;
  x->finished = bytes != NULL;
  if (x->phase != PHASE_ENDED)
    x->phase = PHASE_ANSWER;
  exchange_wake(x);
  return 0;
}

bool exchange_has_room(const exchange *x) {
  return x->send_length - x->send_from < EXCHANGE_SEND_MAX;
}

static void compact(exchange *x) {
  x->send_length -= x->send_from;
  memmove(x->send, x->send + x->send_from, x->send_length);
  x->send_from = 0;
}

int exchange_write(exchange *x, const void *bytes, size_t length, error *e) {
  if (x->phase == PHASE_ENDED)
    return 0;
  if (x->send_from > 0)
    compact(x);
  if (x->send_length + length > x->send_room) {
    size_t room = 2 * (x->send_length + length);
    char *grown = realloc(x->send, room);
    if (!grown)
      return core->error_memory(e);
    x->send = grown;
    x->send_room = room;
  }
  memcpy(x->send + x->send_length, bytes, length);
  x->send_length += length;
  exchange_wake(x);
  return 0;
}

void exchange_finish(exchange *x) {
  x->finished = true;
  exchange_wake(x);
}

void exchange_break(exchange *x) {
  if (x->phase < PHASE_ANSWER)
    x->phase = PHASE_ABANDON;
  x->broken = true;
  exchange_wake(x);
}

void exchange_abandon(exchange *x) {
  x->held = false;
  bool is_answered = x->response && x->finished;
  if (x->phase != PHASE_ENDED && !is_answered)
    exchange_break(x);
}
