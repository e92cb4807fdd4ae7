// SPDX-License-Identifier: MIT
// An HTTP/1.1 server that costs almost nothing: it reads a request, throws the
// body away and answers at once, or after a delay. What is measured against it
// is the client.
//
//   instant_server [--delay MS] [--answer FILE] [--first FILE]
//
// With --first it streams: that file at once, the answer after the delay, as
// Server-Sent Events. Where "@0000000000000000" stands in the first, there
// stands then when it was sent: CLOCK_MONOTONIC in µs.
//
// Prints its port, then serves until nobody reads its output any more, that is
// until the program that started it ends or closes the pipe.
// GET /stats answers {"requests":…,"bytes":…,"waiting":…,"waiting_most":…}.
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_MAX = 16384, CONNECTIONS_MAX = 32768, EVENTS_MAX = 256 };

typedef struct connection {
  bool open, wants_stats;
  size_t head_length;  // bytes of the head so far
  uint64_t body_left;  // bytes of the body still to come
  int64_t answer_at;   // ms; 0: none is owed
  char head[HEAD_MAX]; // touched only as far as it is used
} connection;

static connection *connections; // by descriptor
static int delayed[CONNECTIONS_MAX * 2], delayed_first, delayed_count;
static int64_t delay_ms;
static char *answer;
static size_t answer_length;
static char *first; // NULL: nothing is streamed
static size_t first_length;
static char *stamp; // within it
static uint64_t requests, body_bytes;
static int waiting_most;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t now_ms(void) { return now_us() / 1000; }

// ---- answers ----

static char *with_head(const char *body, size_t length, size_t *total) {
  char *text = malloc(length + 256);
  if (!text)
    fail("malloc");
  int head = snprintf(text, 256,
                      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                      "Content-Length: %zu\r\n\r\n",
                      length);
  memcpy(text + head, body, length);
  *total = (size_t)head + length;
  return text;
}

static const char *load(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  static char body[1 << 20];
  if (!file)
    fail(path);
  *length = fread(body, 1, sizeof body - 1, file);
  body[*length] = 0;
  fclose(file);
  return body;
}

// Chunks of a stream: the head and the first, the rest and the end.
static void load_stream(const char *first_path, const char *answer_path) {
  size_t length;
  const char *body = load(first_path, &length);
  if (asprintf(&first,
               "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
               "Transfer-Encoding: chunked\r\n\r\n%zx\r\n%s\r\n",
               length, body) < 0)
    fail("malloc");
  first_length = strlen(first);
  stamp = strstr(first, "@0000000000000000");
  body = load(answer_path, &length);
  if (asprintf(&answer, "%zx\r\n%s\r\n0\r\n\r\n", length, body) < 0)
    fail("malloc");
  answer_length = strlen(answer);
}

static void write_all(int fd, const char *text, size_t length) {
  while (length > 0) {
    ssize_t n = send(fd, text, length, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN)
      continue; // answers are small: the room comes at once
    if (n < 0)
      return;
    text += n;
    length -= (size_t)n;
  }
}

static void answer_stats(int fd) {
  char body[160];
  int length =
      snprintf(body, sizeof body,
               "{\"requests\":%llu,\"bytes\":%llu,\"waiting\":%d,"
               "\"waiting_most\":%d}",
               (unsigned long long)requests, (unsigned long long)body_bytes,
               delayed_count, waiting_most);
  size_t total;
  char *text = with_head(body, (size_t)length, &total);
  write_all(fd, text, total);
  free(text);
}

static void give_answer(int fd) {
  connection *c = &connections[fd];
  c->answer_at = 0;
  c->head_length = 0;
  if (c->wants_stats)
    answer_stats(fd);
  else
    write_all(fd, answer, answer_length);
}

static void give_first(int fd) {
  char digits[17];
  snprintf(digits, sizeof digits, "%016lld", (long long)now_us());
  if (stamp)
    memcpy(stamp + 1, digits, 16);
  write_all(fd, first, first_length);
}

static void owe_answer(int fd) {
  connection *c = &connections[fd];
  if (!c->wants_stats)
    requests++;
  if (first && !c->wants_stats)
    give_first(fd);
  if (delay_ms == 0 || c->wants_stats) {
    give_answer(fd);
    return;
  }
  c->answer_at = now_ms() + delay_ms;
  int size = CONNECTIONS_MAX * 2;
  delayed[(delayed_first + delayed_count++) % size] = fd;
  if (delayed_count > waiting_most)
    waiting_most = delayed_count;
}

// All wait equally long, so the oldest is always the next.
static int pay_answers(void) {
  while (delayed_count > 0) {
    int fd = delayed[delayed_first];
    connection *c = &connections[fd];
    int64_t left = c->open && c->answer_at ? c->answer_at - now_ms() : 0;
    if (left > 0)
      return (int)left;
    delayed_first = (delayed_first + 1) % (CONNECTIONS_MAX * 2);
    delayed_count--;
    if (c->open && c->answer_at)
      give_answer(fd);
  }
  return -1;
}

// ---- requests ----

static uint64_t content_length(const char *head) {
  const char *line = strcasestr(head, "\r\ncontent-length:");
  return line ? strtoull(line + 17, NULL, 10) : 0;
}

static void take_body(int fd, size_t length) {
  connection *c = &connections[fd];
  c->body_left -= length;
  body_bytes += length;
  if (c->body_left == 0)
    owe_answer(fd);
}

// False: the head is too long.
static bool take_head(int fd, const char *data, size_t length) {
  connection *c = &connections[fd];
  size_t room = HEAD_MAX - 1 - c->head_length;
  size_t kept = length < room ? length : room;
  memcpy(c->head + c->head_length, data, kept);
  c->head[c->head_length + kept] = '\0';
  char *end = strstr(c->head, "\r\n\r\n");
  if (!end) {
    c->head_length += kept;
    return kept == length;
  }
  size_t used = (size_t)(end + 4 - c->head) - c->head_length;
  c->wants_stats = strncmp(c->head, "GET /stats", 10) == 0;
  end[2] = '\0';
  c->body_left = content_length(c->head);
  c->head_length = HEAD_MAX; // the head is done
  take_body(fd, length - used);
  return true;
}

static void drop(int fd) {
  connections[fd].open = false;
  close(fd);
}

static void read_some(int fd) {
  static char data[256 * 1024];
  connection *c = &connections[fd];
  ssize_t n = recv(fd, data, sizeof data, 0);
  if (n < 0 && errno == EAGAIN)
    return;
  if (n <= 0) {
    drop(fd);
    return;
  }
  if (c->head_length == HEAD_MAX)
    take_body(fd, (size_t)n);
  else if (!take_head(fd, data, (size_t)n))
    drop(fd);
}

// ---- sockets ----

static int listen_somewhere(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 ||
      listen(fd, 4096) < 0 ||
      getsockname(fd, (struct sockaddr *)&address, &size) < 0)
    fail("listen");
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

static void watch(int poller, int fd, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0)
    fail("epoll_ctl");
}

static void accept_all(int poller, int listener) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
    if (fd >= CONNECTIONS_MAX) {
      close(fd);
      continue;
    }
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections[fd].open = true;
    connections[fd].head_length = 0;
    connections[fd].answer_at = 0;
    watch(poller, fd, EPOLLIN);
  }
}

static void serve(int listener) {
  int poller = epoll_create1(0);
  watch(poller, listener, EPOLLIN);
  struct stat out;
  if (fstat(STDOUT_FILENO, &out) == 0 && S_ISFIFO(out.st_mode))
    watch(poller, STDOUT_FILENO, EPOLLERR);
  for (;;) {
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(poller, events, EVENTS_MAX, pay_answers());
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == listener)
        accept_all(poller, listener);
      else if (events[i].data.fd == STDOUT_FILENO)
        return;
      else
        read_some(events[i].data.fd);
    }
  }
}

static void raise_descriptors(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static void load_answers(const char *first_path, const char *answer_path) {
  static const char body[] = "{\"ok\":true}";
  if (first_path) {
    load_stream(first_path, answer_path);
  } else if (answer_path) {
    size_t length;
    const char *text = load(answer_path, &length);
    answer = with_head(text, length, &answer_length);
  } else {
    answer = with_head(body, sizeof body - 1, &answer_length);
  }
}

int main(int argc, char **argv) {
  const char *first_path = NULL, *answer_path = NULL;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (strcmp(argv[i], "--delay") == 0)
      delay_ms = atoi(argv[i + 1]);
    else if (strcmp(argv[i], "--answer") == 0)
      answer_path = argv[i + 1];
    else if (strcmp(argv[i], "--first") == 0)
      first_path = argv[i + 1];
  }
  load_answers(first_path, answer_path);
  raise_descriptors();
  connections = calloc(CONNECTIONS_MAX, sizeof *connections);
  if (!connections)
    fail("calloc");
  serve(listen_somewhere());
}
