// SPDX-License-Identifier: MIT
#include "timer.h"

#include "clock.h"

#include <stdlib.h>

// Both kinds are one libuv handle with a completion; libuv frees a handle
// only some time after it was closed, hence the callback.
typedef struct watch {
  union {
    uv_handle_t handle;
    uv_timer_t timer;
    uv_signal_t signal;
  };
  completion done;
  loop *loop;
} watch;

struct delay {
  watch watch;
};

struct signal_watch {
  watch watch;
};

static watch *watch_new(loop *l, error *e) {
  watch *w = calloc(1, sizeof *w);
  if (!w) {
    error_memory(e);
    return NULL;
  }
  completion_init(&w->done);
  w->loop = loop_ref(l);
  return w;
}

static void on_closed(uv_handle_t *handle) {
  watch *w = handle->data;
  loop_unref(w->loop);
  free(w);
}

static void watch_delete(watch *w) {
  if (!w || loop_is_inherited(w->loop))
    return;
  loop_forget(w->loop, &w->done);
  uv_close(&w->handle, on_closed);
}

static void on_timer(uv_timer_t *handle) {
  watch *w = handle->data;
  loop_complete(w->loop, &w->done);
}

// libuv counts whole milliseconds of a clock it reads once a turn: counted from
// the true time and rounded up, no wait ends early.
static uint64_t ticks(uv_loop_t *uv, int64_t delay_us) {
  if (delay_us == 0)
    return 0;
  uv_update_time(uv);
  int64_t due_ms = (clock_mono_us() + delay_us + 999) / 1000;
  return (uint64_t)due_ms - uv_now(uv);
}

delay *delay_new(loop *l, int64_t delay_us, error *e) {
  watch *w = watch_new(l, e);
  if (!w)
    return NULL;
  uv_timer_init(loop_uv(l), &w->timer);
  w->handle.data = w;
  uv_timer_start(&w->timer, on_timer, ticks(loop_uv(l), delay_us), 0);
  return (delay *)w;
}

completion *delay_completion(delay *t) { return &t->watch.done; }

void delay_delete(delay *t) { watch_delete(t ? &t->watch : NULL); }

static void on_signal(uv_signal_t *handle, int number) {
  (void)number;
  watch *w = handle->data;
  loop_complete(w->loop, &w->done);
}

signal_watch *signal_watch_new(loop *l, int number, error *e) {
  watch *w = watch_new(l, e);
  if (!w)
    return NULL;
  uv_signal_init(loop_uv(l), &w->signal);
  w->handle.data = w;
  int status = uv_signal_start(&w->signal, on_signal, number);
  // A watch alone is no reason to go on waiting.
  uv_unref(&w->handle);
  if (status < 0) {
    error_set(e, REASON_INTERNAL, "cannot watch signal %d: %s", number,
              uv_strerror(status));
    watch_delete(w);
    return NULL;
  }
  return (signal_watch *)w;
}

completion *signal_watch_completion(signal_watch *s) { return &s->watch.done; }

void signal_watch_delete(signal_watch *s) {
  watch_delete(s ? &s->watch : NULL);
}
