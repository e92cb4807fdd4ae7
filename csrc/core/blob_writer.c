// SPDX-License-Identifier: MIT
#include "blob_writer.h"

#include <stdlib.h>

void blob_writer_init(blob_writer *w, size_t maximum) {
  *w = (blob_writer){.maximum = maximum};
}

void blob_writer_free(blob_writer *w) {
  blob_unref(w->blob);
  blob_writer_init(w, w->maximum);
}

// Nobody else holds the blob yet, so it may move.
static int resize(blob_writer *w, size_t room, error *e) {
  blob *grown = blob_grow(w->blob, room, e);
  if (!grown)
    return -1;
  w->blob = grown;
  return 0;
}

static int start(blob_writer *w, size_t room, error *e) {
  w->blob = blob_new(room, e);
  if (!w->blob)
    return -1;
  w->blob->size = 0;
  return 0;
}

int blob_writer_reserve(blob_writer *w, size_t extra, error *e) {
  size_t size = w->blob ? w->blob->size : 0;
  if (extra > w->maximum - size)
    return error_set(e, REASON_TOO_LARGE, "more than %zu bytes", w->maximum);
  size_t needed = size + extra;
  if (!w->blob)
    return start(w, needed, e);
  if (needed <= w->blob->room)
    return 0;
  size_t doubled =
      w->blob->room < w->maximum / 2 ? w->blob->room * 2 : w->maximum;
  return resize(w, doubled > needed ? doubled : needed, e);
}

size_t blob_writer_room(const blob_writer *w) {
  size_t room = w->blob->room < w->maximum ? w->blob->room : w->maximum;
  return room - w->blob->size;
}

blob *blob_writer_take(blob_writer *w) {
  blob *taken = w->blob;
  blob_writer_init(w, w->maximum);
  return taken;
}
