// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_HTTP_CLIENT_H
#define VISION_CORE_HTTP_CLIENT_H

#include "address_guard.h"
#include "blob.h"
#include "error.h"
#include "loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// HTTP/1.1 and HTTP/2 by libcurl on the process's loop. Everything belongs to
// the loop's thread. Redirects are never followed, for the key would travel
// with them; only http and https are spoken.

enum {
  // Requests on the wire at once, where the process may have descriptors for
  // as many; more wait their turn.
  HTTP_RUNNING_MAX = 8192,
  HTTP_REQUESTS_MAX = 16384, // requests at once, waiting ones too
  HTTP_SEGMENTS_MAX = 4096,  // segments of one body
  HTTP_HEADERS_MAX = 64,     // header lines of one request
  HTTP_HEAD_MAX = 64 * 1024  // bytes of an answer's header lines
};
#define HTTP_BODY_MAX ((size_t)1 << 30) // bytes of a request's body

// What requests share: connections, TLS sessions, two timers.
typedef struct http_client http_client;

// The client of the process's loop with one more reference; made at the first
// call, which loads libcurl. NULL: MISSING_LIBRARY, INTERNAL or MEMORY.
http_client *http_client_get(error *e);
void http_client_unref(http_client *c); // the last one closes the connections

// A piece of a request's body: a picture sent as base64 text, made while it is
// sent; or bytes as they are.
typedef struct http_segment {
  blob *picture; // NULL for bytes; otherwise gets one more reference
  const char *bytes;
  size_t length;
} http_segment;

typedef struct http_options {
  const char *method; // "GET" or "POST"
  const char *url;
  const char *const *headers; // "Name: value"
  size_t header_count;
  const http_segment *segments;
  size_t segment_count;
  int64_t connect_timeout_us; // name, connection, TLS
  int64_t idle_timeout_us;  // since the last payload, see http_request_payload
  int64_t total_timeout_us; // since http_request_new
  size_t max_response;      // bytes of the answer's body
  bool stream;              // read in chunks, with back-pressure
  // For a URL that somebody else chose; NULL: it may go anywhere. Each address
  // is judged before it is connected to, on a connection of the request's own,
  // through no proxy. Is copied.
  const address_guard *guard;
} http_options;

// One request. Its completion is queued when it has ended and, for a stream,
// also when the head is there and when chunks can be read again.
typedef struct http_request http_request;

// Starts a request; texts and headers are copied. NULL: INVALID_OPTION (bad
// URL, method, header: a header's value is never shown, it may be a key),
// QUEUE_FULL or MEMORY.
http_request *http_request_new(http_client *c, const http_options *options,
                               error *e);

// Gives the request up wherever it is: it ends with CANCELLED. Nothing happens
// to one that has ended.
void http_request_cancel(http_request *r);
void http_request_delete(http_request *r); // cancels first; NULL is allowed

uint64_t http_request_id(const http_request *r);

// Whether it has ended; then http_request_error says how, NULL being "well".
bool http_request_ended(const http_request *r);
const error *http_request_error(const http_request *r);

// 0 until the head of the answer is complete.
int http_request_status(const http_request *r);

// The next header line of the answer after `*position` (0 at first), as name
// (in lower case) and value, both cut out of the stored head: not ended by a
// zero. False: no more, or no head yet.
typedef struct http_header {
  const char *name, *value;
  size_t name_length, value_length;
} http_header;
bool http_request_next_header(const http_request *r, size_t *position,
                              http_header *header);

// The bytes that have come: the body so far, or of a stream what was not taken
// yet. http_request_take drops them, which lets a stream that was held back
// flow again.
const char *http_request_bytes(const http_request *r, size_t *length);
void http_request_take(http_request *r);

// Restarts the idle timer. Bytes sent and the head of the answer do that by
// themselves. Of a whole answer so does each chunk that is not only white
// space; of a stream none does, since only its reader can tell an event from a
// comment that keeps the connection alive. While bytes wait for the reader the
// timer stands still.
void http_request_payload(http_request *r);

// Seconds from the start of the request; 0 for what was not reached.
typedef struct http_timing {
  double connect, first_byte, total;
} http_timing;
http_timing http_request_timing(const http_request *r);

#endif
