// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_HTTP_INTERNAL_H
#define VISION_CORE_HTTP_INTERNAL_H

// What http_client.c (libcurl's sockets and timers on the loop), http_request.c
// (the life of one request) and http_failure.c share.

#include "address_guard.h"
#include "curl_api.h"
#include "http_body.h"
#include "http_client.h"
#include "http_head.h"

enum {
  HTTP_AUTHORITY_MAX = 128, // bytes of "host:port" in messages, cut if longer
  HTTP_SPARE_MAX = 32 // handles of libcurl kept for later requests, 17 KB each
};

typedef struct http_list {
  http_request *first, *last;
  size_t count;
} http_list;

struct http_client {
  const curl_api *curl;
  CURLM *multi;
  loop *loop;
  int references;        // of bindings and requests
  size_t running_max;    // requests on the wire at once
  http_list waiting;     // not yet given to libcurl, oldest first
  http_list running;     // libcurl has them
  int64_t sweep_at_us;   // when deadline_timer is due; INT64_MAX: stopped
  int sockets;           // epoll set of libcurl's sockets
  uv_poll_t watch;       // on that set, while there are requests
  uv_timer_t curl_timer; // libcurl's own
  uv_timer_t deadline_timer;
  uv_idle_t busy;        // runs while requests may start, or libcurl is due
  uv_prepare_t new_turn; // runs while there are requests; clears has_served
  int open_handles;      // of the five above
  CURL *spare[HTTP_SPARE_MAX];
  int spare_count;
  char *known_url; // the last one that was checked, and what was found
  char known_authority[HTTP_AUTHORITY_MAX];
  bool is_due;     // libcurl wants to be called in the next turn
  bool has_served; // something was done in this turn of the loop
};

enum http_state { HTTP_WAITING, HTTP_RUNNING, HTTP_ENDED };

struct http_request {
  completion news;
  http_client *client;
  http_request *next, *previous; // in the client's list of its state
  enum http_state state;
  CURL *easy;                 // NULL once ended
  struct curl_slist *headers; // all in one allocation
  http_body body;
  bool is_small;        // the body was in memory, as text
  address_guard *guard; // a copy of what it was given; NULL: none
  const char *refused;  // what an address was that the guard refused
  http_head head;
  buffer content;  // of the answer: all of it, or of a stream what is unread
  size_t received; // bytes of content that came in all
  size_t max_response;
  bool stream;
  bool connected;  // name found, connection open, TLS agreed
  bool sent_again; // over a new connection, after a kept one was dead
  bool held;       // libcurl was told to pause: too much is unread
  int64_t connect_timeout_us, idle_timeout_us, total_timeout_us;
  int64_t started_us, payload_us; // clock_mono_us
  int64_t unread_since_us;        // while `content` of a stream holds something
  http_timing timing;
  error failure;
  char authority[HTTP_AUTHORITY_MAX];
  char curl_words[CURL_ERROR_SIZE]; // what libcurl says about a failure
};

// ---- http_client.c ----

// Takes a request that waits; it starts in one of the next turns of the loop.
void http_client_add(http_client *c, http_request *r);
void http_client_remove(http_client *c, http_request *r);  // from any state
void http_client_restart(http_client *c, http_request *r); // a running one
// A handle of libcurl for a request, with what all requests have in common set
// by set_up when it is new; NULL: no memory. One that was taken is given back,
// to be used again where `may_keep`.
CURL *http_client_take_easy(http_client *c,
                            void (*set_up)(const curl_api *, CURL *));
void http_client_give_easy(http_client *c, CURL *easy, bool may_keep);
// To be called when a deadline of `r` may have come nearer.
void http_client_watch(http_client *c, const http_request *r);

// ---- http_request.c ----

// The request has ended: by libcurl's word, or with r->failure set already.
void http_request_finish(http_request *r, CURLcode code);
// The earliest deadline (clock_mono_us), and what to do when it has passed.
int64_t http_request_due_us(const http_request *r);
void http_request_expire(http_request *r);

// ---- http_failure.c ----

// Puts into r->failure what `code` means for the person who sent the request.
void http_failure_explain(http_request *r, CURLcode code);
void http_failure_timeout(http_request *r, const char *which, int64_t limit_us);
void http_failure_redirect(http_request *r);

// ---- http_url.c ----

// Checks a URL and cuts out "host:port" (the port only where it is not the
// usual one). 0, or -1 with INVALID_OPTION, or MEMORY. The message does not
// show the URL: keys stand in some.
int http_url_authority(const curl_api *curl, const char *text, char *authority,
                       size_t size, error *e);

// Where `location` points as seen from `base`, without user and query; an empty
// string where that cannot be said.
void http_url_target(const curl_api *curl, const char *base,
                     const char *location, char *target, size_t size);

#endif
