// SPDX-License-Identifier: MIT
// Clients of an HTTP server, each with one connection that it keeps: they send
// a request, read the answer and send the next one.
//
//   load PORT CLIENTS SECONDS REQUEST [AT]
//
// REQUEST is a file that holds a whole request, head and body. From its byte AT
// on stand 8 digits, another number in each request. Prints a line: answers of
// status 200, others, seconds, and µs of the median and of the 99th percentile.
#include "client.h"

enum { CLIENTS_MAX = 1024, TIMES_MAX = 1 << 22 };

static client *clients;
static unsigned good, bad;
static times took;
static int epoll;

static void send_more(client *k) {
  int state = client_send(k);
  if (state < 0)
    fail("send");
  watch(epoll, k, k->fd, state ? EPOLLIN : EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
}

static void begin(client *k) {
  client_begin(k);
  send_more(k);
}

static void receive(client *k) {
  int state = client_receive(k);
  if (state < 0)
    fail("the server closed a connection");
  if (state == 0 || !client_has_all(k))
    return;
  if (client_is_well(k))
    good++;
  else
    bad++;
  times_add(&took, now_us() - k->began_us);
  begin(k);
}

static void start(client *k, int port) {
  k->fd = connect_to(port);
  if (k->fd < 0)
    fail("connect");
  watch(epoll, k, k->fd, EPOLLIN, EPOLL_CTL_ADD);
  begin(k);
}

int main(int argc, char **argv) {
  if (argc < 5)
    return 2;
  int count = (int)strtol(argv[2], NULL, 10);
  request_read(argv[4], argc > 5 ? argv[5] : NULL);
  clients = calloc(CLIENTS_MAX, sizeof *clients);
  took = times_new(TIMES_MAX);
  epoll = epoll_create1(0);
  if (!clients || epoll < 0 || count > CLIENTS_MAX)
    fail("start");
  int64_t began = now_us();
  int64_t end = began + (int64_t)(strtod(argv[3], NULL) * 1e6);
  for (int i = 0; i < count; i++)
    start(&clients[i], (int)strtol(argv[1], NULL, 10));
  while (now_us() < end) {
    struct epoll_event events[256];
    int ready = epoll_wait(epoll, events, 256, 100);
    for (int i = 0; i < ready; i++) {
      client *k = events[i].data.ptr;
      if (events[i].events & EPOLLOUT)
        send_more(k);
      if (events[i].events & EPOLLIN)
        receive(k);
    }
  }
  printf("%u %u %.3f", good, bad, (double)(now_us() - began) / 1e6);
  times_print(&took);
  printf("\n");
  return 0;
}
