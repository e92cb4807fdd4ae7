// SPDX-License-Identifier: MIT
// Clients of an HTTP server, each with one connection that it keeps: they send
// a request, read the answer and send the next one.
//
//   load PORT CLIENTS SECONDS REQUEST [AT]
//
// REQUEST is a file that holds a whole request, head and body. From its byte AT
// on stand 8 digits, another number in each request. Prints a line: answers of
// status 200, others, seconds, and µs of the median and of the 99th percentile.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS_MAX = 1024, ANSWER_MAX = 65536, TIMES_MAX = 1 << 22 };

typedef struct client {
  int fd;
  size_t sent, got;
  int64_t began_us;
  char number[8];
  char answer[ANSWER_MAX];
} client;

static client *clients;
static char *request;
static size_t request_length, number_at;
static bool has_number;
static unsigned number, good, bad;
static uint32_t *times;
static size_t time_count;
static int epoll;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void read_request(const char *path) {
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
}

static void watch(client *k, uint32_t events, int how) {
  struct epoll_event e = {.events = events, .data.ptr = k};
  if (epoll_ctl(epoll, how, k->fd, &e) < 0)
    fail("epoll");
}

// The number is the client's own, so what others still send stays as it is.
static void send_more(client *k) {
  while (k->sent < request_length) {
    const char *from = request + k->sent;
    size_t length = request_length - k->sent;
    if (has_number && k->sent < number_at) {
      length = number_at - k->sent;
    } else if (has_number && k->sent < number_at + 8) {
      from = k->number + (k->sent - number_at);
      length = number_at + 8 - k->sent;
    }
    int more = k->sent + length < request_length ? MSG_MORE : 0;
    ssize_t count = send(k->fd, from, length, MSG_NOSIGNAL | more);
    if (count < 0 && errno == EAGAIN)
      return watch(k, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    if (count < 0)
      fail("send");
    k->sent += (size_t)count;
  }
  watch(k, EPOLLIN, EPOLL_CTL_MOD);
}

static void begin(client *k) {
  char text[9];
  snprintf(text, sizeof text, "%08u", number++ % 100000000);
  memcpy(k->number, text, 8);
  k->sent = k->got = 0;
  k->began_us = now_us();
  send_more(k);
}

// Whether the whole answer is there.
static bool is_whole(client *k) {
  k->answer[k->got] = 0;
  const char *end = strstr(k->answer, "\r\n\r\n");
  const char *length =
      end ? strcasestr(k->answer, "\r\nContent-Length:") : NULL;
  if (!length)
    return false;
  return k->got >=
         (size_t)(end + 4 - k->answer) +
             strtoul(length + sizeof "\r\nContent-Length:" - 1, NULL, 10);
}

static void receive(client *k) {
  ssize_t count = recv(k->fd, k->answer + k->got, ANSWER_MAX - 1 - k->got, 0);
  if (count < 0 && errno == EAGAIN)
    return;
  if (count <= 0)
    fail("the server closed a connection");
  k->got += (size_t)count;
  if (!is_whole(k))
    return;
  if (strncmp(k->answer, "HTTP/1.1 200", 12) == 0)
    good++;
  else
    bad++;
  if (time_count < TIMES_MAX)
    times[time_count++] = (uint32_t)(now_us() - k->began_us);
  begin(k);
}

static void start(client *k, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int on = 1;
  k->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (k->fd < 0 || connect(k->fd, (struct sockaddr *)&to, sizeof to) < 0)
    fail("connect");
  setsockopt(k->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(k->fd, F_SETFL, O_NONBLOCK);
  watch(k, EPOLLIN, EPOLL_CTL_ADD);
  begin(k);
}

static int by_size(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc < 5)
    return 2;
  int count = (int)strtol(argv[2], NULL, 10);
  has_number = argc > 5;
  number_at = has_number ? strtoul(argv[5], NULL, 10) : 0;
  number = (unsigned)time(NULL) % 1000 * 100000;
  read_request(argv[4]);
  clients = calloc(CLIENTS_MAX, sizeof *clients);
  times = malloc(TIMES_MAX * sizeof *times);
  epoll = epoll_create1(0);
  if (!clients || !times || epoll < 0 || count > CLIENTS_MAX)
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
  double seconds = (double)(now_us() - began) / 1e6;
  qsort(times, time_count, sizeof *times, by_size);
  printf("%u %u %.3f %u %u\n", good, bad, seconds,
         time_count ? times[time_count / 2] : 0,
         time_count ? times[time_count * 99 / 100] : 0);
  return 0;
}
