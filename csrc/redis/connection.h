// SPDX-License-Identifier: MIT
#ifndef VISION_REDIS_CONNECTION_H
#define VISION_REDIS_CONNECTION_H

#include "../lua/core_api.h"

#include <hiredis/hiredis.h>

// One connection to a Redis server, on the loop: libuv's stream carries what
// hiredis reads. Requests are sent in the order they come, many of them with
// one write, and answered in that order. A connection that failed stays so; who
// wants another makes one.

enum {
  REDIS_QUEUE_MAX = 10000,      // requests without an answer
  REDIS_SEND_MAX = 64 << 20,    // bytes that wait to be sent
  REDIS_REPLY_MAX = 64 << 20,   // bytes of one reply, about
  REDIS_COMMANDS_MAX = 1 << 20, // of one request
  REDIS_ELEMENTS_MAX = 1 << 22, // of one list of a reply
};

// The core's functions, set when the module opens.
extern const core_api *core;

typedef struct redis_connection redis_connection;
typedef struct redis_request redis_request;

enum redis_state { REDIS_CONNECTING, REDIS_OPEN, REDIS_FAILED };

// Begins to look up `host` and to connect; the addresses are tried one after
// the other. `timeout_us` (> 0) bounds this, and later each request. NULL: e
// says why, with MEMORY or INTERNAL.
redis_connection *connection_new(loop *l, const char *host, int port,
                                 int64_t timeout_us, error *e);

// Has news once: it is open, or failed.
completion *connection_completion(redis_connection *c);

// Where it is; REDIS_FAILED fills e with STORE_UNAVAILABLE or another reason.
enum redis_state connection_state(const redis_connection *c, error *e);

// Ends it; requests under way fail. It may be NULL, or inherited by a fork.
void connection_delete(redis_connection *c);

// Sends commands, encoded as the protocol says, which bring `replies` (>= 1)
// replies. NULL: nothing was sent; QUEUE_FULL, MEMORY, why the connection
// failed (a server that hung up is noticed), or INTERNAL where it is not open
// or another process's.
redis_request *request_new(redis_connection *c, const char *bytes,
                           size_t length, size_t replies, error *e);

// Has news once: everything came, or nothing will.
completion *request_completion(redis_request *r);
bool request_is_done(const redis_request *r);

// Of one that is done: its replies, which stay its own; or -1 and why there are
// none. Then the server may have carried it out all the same.
int request_result(const redis_request *r, redisReply *const **replies,
                   size_t *count, error *e);

// Gives it up; its replies are dropped when they come. NULL is allowed.
void request_delete(redis_request *r);

#endif
