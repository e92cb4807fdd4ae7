// SPDX-License-Identifier: MIT
#include "watch.h"

#include <stdlib.h>

struct watch {
  completion done;
  loop *loop;
  uv_timer_t look;
  size_t open;  // handles that are not closed yet: the timer and the folders
  size_t count; // of folders, each with its handle
  uv_fs_event_t folders[];
};

static void on_look(uv_timer_t *handle) {
  watch *w = handle->data;
  loop_complete(w->loop, &w->done);
}

// A status below 0 is a watch that has ended: looking goes on.
static void on_event(uv_fs_event_t *handle, const char *name, int events,
                     int status) {
  (void)name;
  (void)events;
  (void)status;
  watch *w = handle->data;
  loop_complete(w->loop, &w->done);
}

static void on_closed(uv_handle_t *handle) {
  watch *w = handle->data;
  if (--w->open > 0)
    return;
  loop_unref(w->loop);
  free(w);
}

static void start_timer(watch *w, int64_t interval_us) {
  uint64_t interval_ms = (uint64_t)(interval_us + 999) / 1000;
  uv_timer_init(loop_uv(w->loop), &w->look);
  w->look.data = w;
  uv_timer_start(&w->look, on_look, interval_ms, interval_ms);
  uv_unref((uv_handle_t *)&w->look);
  w->open = 1;
}

// A handle that could not be started stays, idle.
static void start_folder(watch *w, uv_fs_event_t *handle, const char *folder) {
  uv_fs_event_init(loop_uv(w->loop), handle);
  handle->data = w;
  w->open++;
  uv_fs_event_start(handle, on_event, folder, 0);
  uv_unref((uv_handle_t *)handle);
}

watch *watch_new(loop *l, const char *const *folders, size_t count,
                 int64_t interval_us, error *e) {
  watch *w = calloc(1, sizeof *w + count * sizeof *w->folders);
  if (!w) {
    error_memory(e);
    return NULL;
  }
  completion_init(&w->done);
  w->loop = loop_ref(l);
  start_timer(w, interval_us);
  w->count = count;
  for (size_t i = 0; i < count; i++)
    start_folder(w, &w->folders[i], folders[i]);
  return w;
}

completion *watch_completion(watch *w) { return &w->done; }

size_t watch_count(const watch *w) {
  size_t active = 0;
  for (size_t i = 0; i < w->count; i++)
    active += uv_is_active((const uv_handle_t *)&w->folders[i]) != 0;
  return active;
}

void watch_delete(watch *w) {
  if (!w || loop_is_inherited(w->loop))
    return;
  loop_forget(w->loop, &w->done);
  for (size_t i = 0; i < w->count; i++)
    uv_close((uv_handle_t *)&w->folders[i], on_closed);
  uv_close((uv_handle_t *)&w->look, on_closed);
}
