// SPDX-License-Identifier: MIT
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

// Where systemd, and our supervisor, put the first socket; and where the
// supervisor wants to hear that we are ready.
enum { FIRST = 3, READY = 4 };

static const char *const names[] = {"LISTEN_FDS", "LISTEN_FDNAMES",
                                    "LISTEN_PID", SERVER_SUPERVISOR};

static long number_of(const char *name) {
  const char *text = getenv(name);
  return text ? strtol(text, NULL, 10) : 0;
}

static int check_socket(int fd, error *e) {
  struct sockaddr_storage a = {0};
  socklen_t length = sizeof a, size = sizeof(int);
  int listens = 0;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 ||
      !listens)
    return core->error_set(e, REASON_INVALID_OPTION,
                           "the descriptor %d that was handed over is no "
                           "socket that listens (systemd: Accept=no)",
                           fd);
  getsockname(fd, (struct sockaddr *)&a, &length);
  if (a.ss_family != AF_INET && a.ss_family != AF_INET6)
    return core->error_set(e, REASON_INVALID_OPTION,
                           "the socket that was handed over is no TCP socket "
                           "(systemd: ListenStream=ADDRESS:PORT)");
  return 0;
}

static int take(int fd, error *e) {
  if (check_socket(fd, e) < 0)
    return -1;
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
      fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0)
    return fd;
  return core->error_set(e, REASON_INTERNAL,
                         "the socket that was handed over: %s",
                         strerror(errno));
}

// A worker whose supervisor is gone finishes what it does and ends.
static int follow(long supervisor, error *e) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  fcntl(READY, F_SETFD, FD_CLOEXEC);
  if (supervisor == getppid())
    return 0;
  return core->error_set(e, REASON_INTERNAL,
                         "this is a worker, and its supervisor is gone");
}

int server_inherit(error *e) {
  long count = number_of("LISTEN_FDS"), process = number_of("LISTEN_PID");
  long supervisor = number_of(SERVER_SUPERVISOR);
  // They are for us alone, not for what we start.
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    unsetenv(names[i]);
  server_notify_take();
  if (count < 1 || (process != getpid() && !supervisor))
    return SERVER_NOTHING;
  if (count > 1)
    return core->error_set(e, REASON_INVALID_OPTION,
                           "%ld sockets were handed over, and it listens on "
                           "one (systemd: a single ListenStream=)",
                           count);
  if (supervisor && follow(supervisor, e) < 0)
    return -1;
  return take(FIRST, e);
}

void server_tell_ready(void) {
  ssize_t written;
  do
    written = write(READY, "", 1);
  while (written < 0 && errno == EINTR);
  close(READY);
}
