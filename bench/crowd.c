// SPDX-License-Identifier: MIT
// Many clients of an HTTP server: each has a connection of its own, asks once
// and waits for the whole answer.
//
//   crowd PORT CLIENTS RATE REQUEST [AT]
//
// RATE of them come a second; 0: all at once. REQUEST and AT as in load.c.
// Prints a line: answers of status 200, others and broken ones, seconds; µs of
// the median and of the 99th percentile, of whole answers and then from the
// time that stands in an answer as "@1234567890123456" (instant_server writes
// it) to its arrival here.
#include "client.h"

enum { SECONDS_MAX = 120, STAMP_DIGITS = 16 };

typedef struct guest {
  client client;
  bool is_over, is_stamped;
} guest;

static guest *guests;
static unsigned good, bad;
static times took, since_stamp;
static int epoll;

static void leave(guest *g, bool is_well) {
  if (g->is_over)
    return;
  g->is_over = true;
  close(g->client.fd);
  if (is_well) {
    good++;
    times_add(&took, now_us() - g->client.began_us);
  } else if (bad++ == 0) {
    fprintf(stderr, "crowd: an answer is wrong: %.300s\n", g->client.answer);
  }
}

static void send_more(guest *g) {
  int state = client_send(&g->client);
  if (state < 0)
    leave(g, false);
  else
    watch(epoll, g, g->client.fd, state ? EPOLLIN : EPOLLIN | EPOLLOUT,
          EPOLL_CTL_MOD);
}

static void note_stamp(guest *g) {
  const char *at = g->is_stamped ? NULL : strchr(g->client.answer, '@');
  if (!at || strspn(at + 1, "0123456789") < STAMP_DIGITS)
    return;
  g->is_stamped = true;
  times_add(&since_stamp, now_us() - strtoll(at + 1, NULL, 10));
}

static void receive(guest *g) {
  int state = client_receive(&g->client);
  if (state > 0)
    note_stamp(g);
  if (state != 0 && (state < 0 || client_has_all(&g->client)))
    leave(g, state > 0 && client_is_well(&g->client));
}

static void come(guest *g, int port) {
  client_begin(&g->client);
  g->client.fd = connect_to(port);
  if (g->client.fd < 0)
    fail("connect");
  watch(epoll, g, g->client.fd, EPOLLOUT, EPOLL_CTL_ADD);
}

static void serve(int timeout_ms) {
  struct epoll_event events[256];
  int ready = epoll_wait(epoll, events, 256, timeout_ms);
  for (int i = 0; i < ready; i++) {
    guest *g = events[i].data.ptr;
    if (events[i].events & EPOLLOUT)
      send_more(g);
    if (!g->is_over && events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
      receive(g);
  }
}

int main(int argc, char **argv) {
  if (argc < 5)
    return 2;
  int port = (int)strtol(argv[1], NULL, 10);
  unsigned count = (unsigned)strtoul(argv[2], NULL, 10), come_count = 0;
  double rate = strtod(argv[3], NULL);
  request_read(argv[4], argc > 5 ? argv[5] : NULL);
  descriptors_raise();
  guests = calloc(count, sizeof *guests);
  took = times_new(count);
  since_stamp = times_new(count);
  epoll = epoll_create1(0);
  if (!guests || epoll < 0)
    fail("start");
  int64_t began = now_us(), end = began + (int64_t)SECONDS_MAX * 1000000;
  while (good + bad < count && now_us() < end) {
    double due = rate > 0 ? (double)(now_us() - began) * rate / 1e6 : count;
    for (int i = 0; i < 16 && come_count < count && come_count < due; i++)
      come(&guests[come_count++], port);
    serve(come_count == count ? 100 : come_count < due ? 0 : 1);
  }
  printf("%u %u %.3f", good, count - good, (double)(now_us() - began) / 1e6);
  times_print(&took);
  times_print(&since_stamp);
  printf("\n");
  return 0;
}
