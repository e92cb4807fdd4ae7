// SPDX-License-Identifier: MIT
#ifndef VISION_SERVER_EXCHANGE_H
#define VISION_SERVER_EXCHANGE_H

#include "server.h"

// One request and its answer. The request waits with its head until somebody
// says whether its body is wanted; with a small one it comes when that is
// whole. References are counted: the connection has one as long as it lasts,
// who answers has another, and each list of the server that it stands in.

enum {
  EXCHANGE_SMALL_MAX = 64 << 10, // a body of so many bytes is read unasked
  EXCHANGE_READ_MAX = 256 << 10, // bytes of a body that wait to be taken
  EXCHANGE_SEND_MAX = 256 << 10, // bytes of events that wait to be sent
  EXCHANGE_DRAIN_MAX = 8 << 20,  // bytes read after an early answer
};

void exchange_unref(exchange *x); // NULL is allowed

// Has news when a body has more bytes or its end, when events can be sent
// again, when it has ended.
completion *exchange_completion(exchange *x);

typedef struct exchange_header {
  struct exchange_header *next;
  const char *name, *value; // behind this struct
} exchange_header;

const char *exchange_method(const exchange *x);
const char *exchange_target(const exchange *x); // as it was sent
const char *exchange_remote(const exchange *x); // an address
const exchange_header *exchange_headers(const exchange *x);

enum exchange_state {
  EXCHANGE_OPEN,
  EXCHANGE_LEFT, // the client is gone, or was too slow
  EXCHANGE_DONE, // all was sent
};
enum exchange_state exchange_state(const exchange *x);

// The body is wanted. Nothing where that was read unasked.
void exchange_receive(exchange *x);

// What has come of the body, at most all of it; the bytes last until the next
// call. *length is 0 where there is nothing now; *is_whole: there is no more.
const char *exchange_read(exchange *x, size_t *length, bool *is_whole);

// Answers. `headers` are "name\0value\0…" in pairs, `bytes` the body, copied;
// NULL: it is written piece by piece. -1: INVALID_OPTION (a header that is
// none), MEMORY, INTERNAL (it was answered before).
int exchange_respond(exchange *x, unsigned status, const char *headers,
                     size_t headers_length, const void *bytes, size_t length,
                     error *e);

// Of an answer that is written piece by piece: the next piece, copied, whatever
// waits already. -1: MEMORY.
int exchange_write(exchange *x, const void *bytes, size_t length, error *e);
bool exchange_has_room(const exchange *x);
void exchange_finish(exchange *x); // that was all of it

// Who answers gives it up: where its answer is not all there, the connection is
// closed.
void exchange_abandon(exchange *x);

#endif
