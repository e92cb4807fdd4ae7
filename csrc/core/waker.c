// SPDX-License-Identifier: MIT
#include "waker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct waker {
  loop *loop;
  int listener;   // -1 once the connection is there
  int connection; // -1 until then
  int bell;       // an eventfd: armed, or to end
  pthread_t thread;
  atomic_bool is_armed, is_ending;
  struct sockaddr_un address;
};

// ---- the thread ----

static void await(int fd) {
  struct pollfd one = {.fd = fd, .events = POLLIN};
  while (poll(&one, 1, -1) < 0 && errno == EINTR)
    ;
}

// Until it is armed. False: it is to end.
static bool await_bell(waker *w) {
  uint64_t rings;
  await(w->bell);
  if (read(w->bell, &rings, sizeof rings) < 0 && errno != EAGAIN)
    return false;
  return !atomic_load(&w->is_ending);
}

// Until the loop has something to do, or the bell says that it is to end.
static void await_loop(waker *w) {
  struct pollfd both[] = {{.fd = loop_descriptor(w->loop), .events = POLLIN},
                          {.fd = w->bell, .events = POLLIN}};
  while (poll(both, 2, -1) < 0 && errno == EINTR)
    ;
}

// Where the socket is full the host has bytes enough to wake it.
static bool wake(const waker *w) {
  return send(w->connection, "!", 1, MSG_NOSIGNAL | MSG_DONTWAIT) > 0 ||
         errno == EAGAIN;
}

static void *watch(void *argument) {
  waker *w = argument;
  while (await_bell(w)) {
    if (!atomic_load(&w->is_armed))
      continue;
    await_loop(w);
    atomic_store(&w->is_armed, false);
    if (!wake(w))
      break;
  }
  return NULL;
}

static void ring(waker *w) {
  uint64_t once = 1;
  while (write(w->bell, &once, sizeof once) < 0 && errno == EINTR)
    ;
}

// The host's signals are for the host's own thread.
static int start_thread(waker *w) {
  sigset_t all, previous;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &previous);
  int status = pthread_create(&w->thread, NULL, watch, w);
  pthread_sigmask(SIG_SETMASK, &previous, NULL);
  return status;
}

// ---- the socket ----

static void stop_listening(waker *w) {
  if (w->listener < 0)
    return;
  close(w->listener);
  unlink(w->address.sun_path);
  w->listener = -1;
}

static int listen_at(waker *w, const char *path, error *e) {
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof w->address.sun_path)
    return error_set(e, REASON_INPUT,
                     "the path of a socket has 1 to %zu bytes: %s",
                     sizeof w->address.sun_path - 1, path);
  w->address.sun_family = AF_UNIX;
  memcpy(w->address.sun_path, path, length + 1);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return error_set(e, REASON_INTERNAL, "cannot make a socket: %s",
                     strerror(errno));
  if (bind(fd, (struct sockaddr *)&w->address, sizeof w->address) != 0 ||
      listen(fd, 8) != 0) {
    error_set(e, REASON_UNREADABLE, "cannot listen at %s: %s", path,
              strerror(errno));
    close(fd);
    return -1;
  }
  w->listener = fd;
  return 0;
}

static bool is_ours(int fd) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.pid == getpid();
}

// Whoever may write into the folder may connect: they are sent away.
static int accept_ours(waker *w) {
  int fd;
  while ((fd = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
    if (is_ours(fd))
      return fd;
    close(fd);
  }
  return -1;
}

// ---- life ----

static void end_thread(waker *w) {
  atomic_store(&w->is_ending, true);
  ring(w);
  pthread_join(w->thread, NULL);
  close(w->connection);
}

static void release(waker *w) {
  if (w->connection >= 0)
    end_thread(w);
  stop_listening(w);
  if (w->bell >= 0)
    close(w->bell);
  loop_unref(w->loop);
  free(w);
}

waker *waker_new(loop *l, const char *path, error *e) {
  waker *w = calloc(1, sizeof *w);
  if (!w) {
    error_memory(e);
    return NULL;
  }
  w->loop = loop_ref(l);
  w->listener = w->connection = -1;
  w->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (w->bell < 0)
    error_set(e, REASON_INTERNAL, "cannot make an eventfd: %s",
              strerror(errno));
  if (w->bell < 0 || listen_at(w, path, e) != 0) {
    release(w);
    return NULL;
  }
  return w;
}

int waker_accept(waker *w, error *e) {
  if (w->connection >= 0)
    return 0;
  int fd = accept_ours(w);
  if (fd < 0)
    return error_set(e, REASON_CONNECT, "this process has not connected to %s",
                     w->address.sun_path);
  w->connection = fd;
  int status = start_thread(w);
  if (status != 0) {
    close(fd);
    w->connection = -1;
    return error_set(e, REASON_INTERNAL, "cannot start a thread: %s",
                     strerror(status));
  }
  stop_listening(w);
  return 0;
}

// What is due without the descriptor's being readable, the thread cannot see.
void waker_arm(waker *w) {
  if (w->connection < 0)
    return;
  if (loop_next_due_us(w->loop) == 0)
    wake(w);
  else if (!atomic_exchange(&w->is_armed, true))
    ring(w);
}

void waker_delete(waker *w) {
  // A forked child has neither the thread nor a say about the path.
  if (w && !loop_is_inherited(w->loop))
    release(w);
}
