// SPDX-License-Identifier: MIT
// What the programs that play clients share: a request from a file, sent over a
// connection with a number of its own, and the answer to it.
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MAX = 65536, NUMBER_SIZE = 8 };

typedef struct client {
  int fd;
  size_t sent, got;
  int64_t began_us;
  char number[NUMBER_SIZE];
  char answer[ANSWER_MAX]; // ends with a zero byte
} client;

// The request of all clients, and where their numbers stand in it.
static char *request;
static size_t request_length, number_at;
static bool has_number;

static inline void fail(const char *what) {
  perror(what);
  exit(1);
}

static inline int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

// `at`: NULL where the requests are all the same.
static inline void request_read(const char *path, const char *at) {
  FILE *file = fopen(path, "rb");
  if (!file)
    fail(path);
  fseek(file, 0, SEEK_END);
  request_length = (size_t)ftell(file);
  rewind(file);
  request = malloc(request_length);
  if (!request || fread(request, 1, request_length, file) != request_length)
    fail(path);
  fclose(file);
  has_number = at != NULL;
  number_at = at ? strtoul(at, NULL, 10) : 0;
}

// As many descriptors as the system allows.
static inline void descriptors_raise(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

// A connection to this machine, maybe still on its way: -1 where there is none.
static inline int connect_to(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int on = 1;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0)
    fail("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ||
      errno == EINPROGRESS)
    return fd;
  close(fd);
  return -1;
}

static inline void watch(int epoll, void *who, int fd, uint32_t events,
                         int how) {
  struct epoll_event e = {.events = events, .data.ptr = who};
  if (epoll_ctl(epoll, how, fd, &e) < 0)
    fail("epoll");
}

// Another request begins, with a number that no other has had.
static inline void client_begin(client *k) {
  static unsigned number;
  if (number == 0)
    number = (unsigned)time(NULL) % 1000 * 100000;
  char text[NUMBER_SIZE + 1];
  snprintf(text, sizeof text, "%08u", number++ % 100000000);
  memcpy(k->number, text, NUMBER_SIZE);
  k->sent = k->got = 0;
  k->began_us = now_us();
}

// Sends what the connection takes; the number is the client's own, so what
// others still send stays as it is. 1: all is sent; 0: not yet; -1: it failed.
static inline int client_send(client *k) {
  while (k->sent < request_length) {
    const char *from = request + k->sent;
    size_t length = request_length - k->sent;
    if (has_number && k->sent < number_at) {
      length = number_at - k->sent;
    } else if (has_number && k->sent < number_at + NUMBER_SIZE) {
      from = k->number + (k->sent - number_at);
      length = number_at + NUMBER_SIZE - k->sent;
    }
    int more = k->sent + length < request_length ? MSG_MORE : 0;
    ssize_t count = send(k->fd, from, length, MSG_NOSIGNAL | more);
    if (count < 0)
      return errno == EAGAIN ? 0 : -1;
    k->sent += (size_t)count;
  }
  return 1;
}

// 1: more has come; 0: nothing has; -1: the connection is closed.
static inline int client_receive(client *k) {
  ssize_t count = recv(k->fd, k->answer + k->got, ANSWER_MAX - 1 - k->got, 0);
  if (count < 0 && errno == EAGAIN)
    return 0;
  if (count <= 0)
    return -1;
  k->got += (size_t)count;
  k->answer[k->got] = 0;
  return 1;
}

static inline bool client_has_all(const client *k) {
  static const char field[] = "\r\nContent-Length:", last[] = "\r\n0\r\n\r\n";
  const char *end = strstr(k->answer, "\r\n\r\n");
  if (!end)
    return false;
  const char *length = strcasestr(k->answer, field);
  if (length && length < end)
    return k->got >= (size_t)(end + 4 - k->answer) +
                         strtoul(length + sizeof field - 1, NULL, 10);
  const size_t tail = sizeof last - 1;
  return k->got >= tail && memcmp(k->answer + k->got - tail, last, tail) == 0;
}

static inline bool client_is_well(const client *k) {
  return strncmp(k->answer, "HTTP/1.1 200", 12) == 0;
}

// ---- times ----

typedef struct times {
  uint32_t *us;
  size_t count, most;
} times;

static inline times times_new(size_t most) {
  times t = {.us = malloc(most * sizeof *t.us), .most = most};
  if (!t.us)
    fail("malloc");
  return t;
}

static inline void times_add(times *t, int64_t us) {
  if (t->count < t->most)
    t->us[t->count++] = (uint32_t)us;
}

static inline int times_compare(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

// The median and the 99th percentile, in µs, behind what was printed before.
static inline void times_print(times *t) {
  qsort(t->us, t->count, sizeof *t->us, times_compare);
  printf(" %u %u", t->count ? t->us[t->count / 2] : 0,
         t->count ? t->us[t->count * 99 / 100] : 0);
}

#endif
