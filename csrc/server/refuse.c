// SPDX-License-Identifier: MIT
#include "internal.h"

#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

// Answers that go past libmicrohttpd, in the shape of all others: it sends
// nothing before a request is whole, and what it refuses by itself it answers
// with a page of its own.

// ---- what is said ----

static const struct refusal {
  unsigned status;
  const char *phrase, *reason, *message;
} refusals[] = {
    {400, "Bad Request", "usage", "this is no valid HTTP request"},
    {408, "Request Timeout", "request_timeout",
     "the request did not come in time"},
    {413, "Content Too Large", "too_large",
     "the body of the request is larger than this service takes"},
    {414, "URI Too Long", "usage", "the target of the request is too long"},
    {431, "Request Header Fields Too Large", "too_large",
     "the head of the request is larger than this service takes"},
    {505, "HTTP Version Not Supported", "usage",
     "this service speaks HTTP/1.0 and HTTP/1.1"},
};

// Another status is a request that it could not make sense of.
static const struct refusal *refusal_of(unsigned status) {
  for (size_t i = 1; i < sizeof refusals / sizeof *refusals; i++)
    if (refusals[i].status == status)
      return &refusals[i];
  return &refusals[0];
}

static const char OURS[] =
    "{\"success\":false,\"error\":\"%s\",\"code\":\"INPUT_ERROR\","
    "\"reason\":\"%s\",\"request_id\":\"%s\"}\n";
static const char OPENAI[] =
    "{\"error\":{\"message\":\"%s\",\"type\":\"invalid_request_error\","
    "\"code\":\"%s\",\"param\":null}}\n";

static bool is_openai(const client *k) {
  return k->exchange && strncmp(k->exchange->target, "/v1/", 4) == 0;
}

// ---- what is noted ----

enum { MOST = sizeof((server *)0)->refusals / sizeof(server_refusal) };

static void address_of(int fd, char *text, size_t size) {
  struct sockaddr_storage a = {0};
  socklen_t length = sizeof a;
  if (getpeername(fd, (struct sockaddr *)&a, &length) == 0)
    getnameinfo((struct sockaddr *)&a, length, text, (socklen_t)size, NULL, 0,
                NI_NUMERICHOST);
}

// NULL: there is no room for one more.
static server_refusal *note(server *s, unsigned status) {
  if (s->refusal_count == MOST)
    return NULL;
  unsigned at = (s->refusal_first + s->refusal_count++) % MOST;
  s->refusals[at] = (server_refusal){.status = status};
  core->loop_complete(s->loop, &s->news);
  return &s->refusals[at];
}

bool server_take_refusal(server *s, server_refusal *out) {
  if (s->refusal_count == 0)
    return false;
  *out = s->refusals[s->refusal_first];
  s->refusal_first = (s->refusal_first + 1) % MOST;
  s->refusal_count--;
  return true;
}

// ---- one client ----

static void answer(const client *k, const struct refusal *r, const char *id) {
  char body[512], text[1024];
  int size = snprintf(body, sizeof body, is_openai(k) ? OPENAI : OURS,
                      r->message, r->reason, id);
  int length = snprintf(text, sizeof text,
                        "HTTP/1.1 %u %s\r\n"
                        "Content-Type: application/json; charset=utf-8\r\n"
                        "Content-Length: %d\r\nX-Request-Id: %s\r\n"
                        "X-Content-Type-Options: nosniff\r\n"
                        "Connection: close\r\n\r\n%s",
                        r->status, r->phrase, size, id, body);
  send(k->fd, text, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void client_refuse(server *s, client *k, unsigned status) {
  const struct refusal *said = refusal_of(status);
  // Who answers it already sees that its client is gone.
  bool is_known = k->exchange && k->exchange->held;
  server_refusal *r = is_known ? NULL : note(s, said->status);
  uint64_t number = 0;
  char id[sizeof r->id];
  getrandom(&number, sizeof number, 0);
  snprintf(id, sizeof id, "req-%016" PRIx64, number);
  answer(k, said, id);
  if (!r)
    return;
  memcpy(r->id, id, sizeof id);
  address_of(k->fd, r->remote, sizeof r->remote);
}

// ---- whom the daemon refuses ----

// It says so to its log before it answers, but not whom.
typedef struct search {
  unsigned status;
  client *found;
  bool is_sure; // nobody else can be meant
  int count;
} search;

static bool has_whole_head(const exchange *x) {
  return MHD_get_connection_info(x->connection,
                                 MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
}

// Whether the status is one that a client can get in the state it is in.
static bool can_be(const client *k, unsigned status) {
  const exchange *x = k->exchange;
  if (!x)
    return status != 431 && status != 413;
  return !x->whole && !x->suspended && status != 414 && status != 505;
}

static void look(search *s, client *ring) {
  for (client *k = ring->next; k != ring && !s->is_sure; k = k->next) {
    const exchange *x = k->exchange;
    // A head that is whole goes to us at once, unless it is refused.
    s->is_sure = x && !x->method && has_whole_head(x);
    if (!s->is_sure && !can_be(k, s->status))
      continue;
    s->found = k;
    s->count++;
  }
}

void server_refused(server *s, unsigned status) {
  search who = {.status = status};
  look(&who, &s->idle);
  look(&who, &s->slow);
  look(&who, &s->busy);
  if (!who.is_sure && who.count != 1) {
    note(s, refusal_of(status)->status);
    return; // whoever it is gets the daemon's own answer
  }
  const exchange *x = who.found->exchange;
  if (x && x->phase > PHASE_WORK)
    return; // an answer is on its way to it
  client_refuse(s, who.found, status);
  shutdown(who.found->fd, SHUT_WR); // and that one does not follow
}
