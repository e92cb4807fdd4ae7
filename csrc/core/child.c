// SPDX-License-Identifier: MIT
#include "child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
  completion done;
  loop *loop;
  uv_process_t process;
  uv_pipe_t ready;
  unsigned open; // handles that are not closed yet
  bool is_ready, has_ended;
  int pid, status, signal;
  char byte; // what it writes when it is ready
};

// ---- environment ----

static bool is_of_name(const char *entry, const char *of) {
  size_t length = strcspn(of, "=") + 1;
  return strncmp(entry, of, length) == 0;
}

static bool is_replaced(const char *entry, char *const with[]) {
  for (; *with; with++)
    if (is_of_name(entry, *with))
      return true;
  return false;
}

static size_t count(char *const list[]) {
  size_t n = 0;
  while (list[n])
    n++;
  return n;
}

// The list is the caller's, its texts are not. NULL: MEMORY.
static char **environment_with(char *const more[], error *e) {
  char **whole = calloc(count(environ) + count(more) + 1, sizeof *whole);
  size_t n = 0;
  if (!whole) {
    error_memory(e);
    return NULL;
  }
  for (char **entry = environ; *entry; entry++)
    if (!is_replaced(*entry, more))
      whole[n++] = *entry;
  for (; *more; more++)
    whole[n++] = *more;
  return whole;
}

// ---- its life ----

static void on_ended(uv_process_t *process, int64_t status, int signal) {
  child *c = process->data;
  c->has_ended = true;
  c->status = (int)status;
  c->signal = signal;
  loop_complete(c->loop, &c->done);
}

static void on_room(uv_handle_t *handle, size_t size, uv_buf_t *room) {
  (void)size;
  child *c = handle->data;
  *room = uv_buf_init(&c->byte, 1);
}

static void on_ready(uv_stream_t *stream, ssize_t length, const uv_buf_t *b) {
  (void)b;
  child *c = stream->data;
  if (length == 0)
    return;
  uv_read_stop(stream);
  c->is_ready = length > 0;
  if (c->is_ready)
    loop_complete(c->loop, &c->done);
}

static void on_closed(uv_handle_t *handle) {
  child *c = handle->data;
  if (--c->open > 0)
    return;
  loop_unref(c->loop);
  free(c);
}

static int start(child *c, char *const arguments[], char *environment[],
                 int inherited) {
  uv_stdio_container_t files[CHILD_READY + 1] = {
      {.flags = UV_INHERIT_FD, .data.fd = 0},
      {.flags = UV_INHERIT_FD, .data.fd = 1},
      {.flags = UV_INHERIT_FD, .data.fd = 2},
      {.flags = UV_INHERIT_FD, .data.fd = inherited},
      {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
       .data.stream = (uv_stream_t *)&c->ready}};
  uv_process_options_t options = {.file = arguments[0],
                                  .args = (char **)arguments,
                                  .env = environment,
                                  .flags = UV_PROCESS_DETACHED,
                                  .stdio = files,
                                  .stdio_count = CHILD_READY + 1,
                                  .exit_cb = on_ended};
  int status = uv_spawn(loop_uv(c->loop), &c->process, &options);
  if (status == 0)
    status = uv_read_start((uv_stream_t *)&c->ready, on_room, on_ready);
  return status;
}

static child *child_new(loop *l, error *e) {
  child *c = calloc(1, sizeof *c);
  if (!c) {
    error_memory(e);
    return NULL;
  }
  completion_init(&c->done);
  c->loop = loop_ref(l);
  uv_pipe_init(loop_uv(l), &c->ready, 0);
  c->ready.data = c->process.data = c;
  c->open = 2;
  // Until it is ready that is no reason to wait; until it ends there is.
  uv_unref((uv_handle_t *)&c->ready);
  return c;
}

child *child_start(loop *l, char *const arguments[], char *const environment[],
                   int inherited, error *e) {
  char **whole = environment_with(environment, e);
  child *c = whole ? child_new(l, e) : NULL;
  int status = c ? start(c, arguments, whole, inherited) : 0;
  free(whole);
  if (!c)
    return NULL;
  if (status == 0) {
    c->pid = uv_process_get_pid(&c->process);
    return c;
  }
  error_set(e, status == UV_ENOENT ? REASON_NOT_FOUND : REASON_INTERNAL,
            "cannot start %.200s: %s", arguments[0], uv_strerror(status));
  child_delete(c);
  return NULL;
}

completion *child_completion(child *c) { return &c->done; }

int child_pid(const child *c) { return c->pid; }

bool child_is_ready(const child *c) { return c->is_ready; }

bool child_has_ended(const child *c, int *status, int *signal) {
  *status = c->status;
  *signal = c->signal;
  return c->has_ended;
}

void child_signal(child *c, int number) {
  if (c->pid > 0 && !c->has_ended)
    kill(c->pid, number);
}

// The loop would reap it only while its handle is open.
static void end(const child *c) {
  kill(c->pid, SIGKILL);
  while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR) {
  }
}

void child_delete(child *c) {
  if (!c || loop_is_inherited(c->loop))
    return;
  if (c->pid > 0 && !c->has_ended)
    end(c);
  loop_forget(c->loop, &c->done);
  uv_close((uv_handle_t *)&c->process, on_closed);
  uv_close((uv_handle_t *)&c->ready, on_closed);
}
