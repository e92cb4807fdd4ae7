// SPDX-License-Identifier: MIT
// Clients that no server wants, until they are killed:
//
//   hostile PORT idle COUNT            hold connections and say nothing
//   hostile PORT head COUNT            send a head, a byte each second
//   hostile PORT body COUNT            send a head, then its body likewise
//   hostile PORT flood RATE REQUEST    send so many requests a second, each on
//                                      a connection of its own, and read on
//
// Who is cut off comes again. Prints a line once all have come for the first
// time, or after a second of flood, and then is silent.
#include "client.h"

enum { EVENTS_MAX = 1024, FLOOD_MAX = 16384 };

static const char HEAD[] =
    "POST /api/v1/vision/analyze HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    "Content-Type: image/png\r\nContent-Length: 1000000\r\n\r\n";

typedef struct intruder {
  int fd; // -1: is away
  size_t sent;
} intruder;

static intruder *all;
static unsigned count, next;
static int epoll, port;
static const char *kind;
static char scratch[65536];

// It comes again with the next second.
static void leave(intruder *i) {
  close(i->fd);
  i->fd = -1;
}

static void come(intruder *i) {
  i->sent = 0;
  i->fd = connect_to(port);
  if (i->fd >= 0)
    watch(epoll, i, i->fd, EPOLLIN, EPOLL_CTL_ADD);
}

static void say(intruder *i, const char *bytes, size_t length) {
  ssize_t done = send(i->fd, bytes, length, MSG_NOSIGNAL);
  if (done > 0)
    i->sent += (size_t)done;
  else if (done < 0 && errno != EAGAIN && errno != ENOTCONN)
    leave(i);
}

static void trickle(intruder *i) {
  size_t head = sizeof HEAD - 1;
  if (i->fd < 0)
    come(i);
  else if (strcmp(kind, "head") == 0 && i->sent < head - 4)
    say(i, HEAD + i->sent, 1);
  else if (strcmp(kind, "body") == 0 && i->sent < head)
    say(i, HEAD + i->sent, head - i->sent);
  else if (strcmp(kind, "body") == 0)
    say(i, "x", 1);
}

static void flood(intruder *i) {
  if (i->fd >= 0)
    leave(i);
  come(i);
  if (i->fd >= 0)
    watch(epoll, i, i->fd, EPOLLOUT, EPOLL_CTL_MOD);
}

static void serve(int timeout_ms) {
  struct epoll_event events[EVENTS_MAX];
  int ready = epoll_wait(epoll, events, EVENTS_MAX, timeout_ms);
  for (int e = 0; e < ready; e++) {
    intruder *i = events[e].data.ptr;
    if (i->fd < 0)
      continue;
    if (events[e].events & EPOLLOUT) {
      say(i, request, request_length);
      if (i->fd >= 0)
        watch(epoll, i, i->fd, EPOLLIN, EPOLL_CTL_MOD);
      continue;
    }
    ssize_t got = recv(i->fd, scratch, sizeof scratch, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN) || request)
      leave(i);
  }
}

int main(int argc, char **argv) {
  if (argc < 4)
    return 2;
  port = (int)strtol(argv[1], NULL, 10);
  kind = argv[2];
  unsigned rate = (unsigned)strtoul(argv[3], NULL, 10);
  bool is_flood = strcmp(kind, "flood") == 0;
  if (is_flood)
    request_read(argv[4], NULL);
  count = is_flood ? FLOOD_MAX : rate;
  descriptors_raise();
  all = calloc(count, sizeof *all);
  epoll = epoll_create1(0);
  if (!all || epoll < 0)
    fail("start");
  for (unsigned i = 0; i < count; i++)
    all[i].fd = -1;
  int64_t began = now_us();
  for (uint64_t done = 0;;) {
    // Each has its turn once a second.
    uint64_t due = (uint64_t)(now_us() - began) * rate / 1000000;
    for (int i = 0; i < 64 && done < due; i++, done++) {
      intruder *one = &all[next++ % count];
      if (is_flood)
        flood(one);
      else
        trickle(one);
      if (done + 1 == rate && puts("come") > 0)
        fflush(stdout);
    }
    serve(done < due ? 0 : 1);
  }
}
