// SPDX-License-Identifier: MIT
#include "server.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096 }; // as far as the system allows

static int listen_at(const struct addrinfo *a) {
  int on = 1;
  int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
    return fd;
  int failure = errno;
  close(fd);
  errno = failure;
  return -1;
}

int server_bind(const char *host, int port, error *e) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                           .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
  struct addrinfo *found = NULL;
  char service[8];
  snprintf(service, sizeof service, "%d", port);
  int status = getaddrinfo(host, service, &hints, &found);
  if (status != 0)
    return core->error_set(e, REASON_INVALID_OPTION,
                           "there is no address '%.100s': %s", host,
                           gai_strerror(status));
  int fd = listen_at(found);
  int failure = errno;
  freeaddrinfo(found);
  if (fd >= 0)
    return fd;
  if (failure == EADDRINUSE)
    return core->error_set(e, REASON_UNREADABLE,
                           "port %d of %.100s is taken by another program: "
                           "name another with --port",
                           port, host);
  return core->error_set(e, REASON_INVALID_OPTION,
                         "cannot listen at %.100s, port %d: %s", host, port,
                         strerror(failure));
}

int server_address(int listening, char *host, size_t size) {
  struct sockaddr_storage a = {0};
  socklen_t length = sizeof a;
  char service[8] = "";
  if (getsockname(listening, (struct sockaddr *)&a, &length) == 0)
    getnameinfo((struct sockaddr *)&a, length, host, (socklen_t)size, service,
                sizeof service, NI_NUMERICHOST | NI_NUMERICSERV);
  return (int)strtol(service, NULL, 10);
}
