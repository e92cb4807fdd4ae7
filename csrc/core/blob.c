// SPDX-License-Identifier: MIT
#include "blob.h"

#include "region.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// A sanitizer watches the borders of what lies in the heap alone.
#ifdef __SANITIZE_ADDRESS__
static const size_t LARGE = SIZE_MAX;
#else
static const size_t LARGE = REGION_MIN;
#endif

// NULL: there is no memory.
static blob *blob_alloc(size_t room) {
  if (room > SIZE_MAX - sizeof(blob))
    return NULL;
  size_t whole = sizeof(blob) + room;
  bool in_region = room >= LARGE;
  blob *b = in_region ? region_new(&whole) : malloc(whole);
  if (b)
    *b = (blob){.room = whole - sizeof *b, .in_region = in_region};
  return b;
}

static void blob_delete(blob *b) {
  if (b->in_region)
    region_delete(b, sizeof *b + b->room);
  else
    free(b);
}

blob *blob_new(size_t size, error *e) {
  blob *b = blob_alloc(size);
  if (!b) {
    error_memory(e);
    return NULL;
  }
  atomic_init(&b->references, 1);
  b->size = size;
  return b;
}

static blob *grow_in_heap(blob *b, size_t room) {
  blob *grown = realloc(b, sizeof *b + room);
  if (grown)
    grown->room = room;
  return grown;
}

static blob *grow_region(blob *b, size_t room) {
  size_t whole = sizeof *b + b->room;
  blob *grown = region_grow(b, &whole, sizeof *b + room);
  if (grown)
    grown->room = whole - sizeof *grown;
  return grown;
}

static blob *move_to_region(blob *b, size_t room) {
  blob *moved = blob_alloc(room);
  if (!moved)
    return NULL;
  atomic_init(&moved->references, 1);
  moved->size = b->size;
  memcpy(moved->data, b->data, b->size);
  blob_delete(b);
  return moved;
}

blob *blob_grow(blob *b, size_t room, error *e) {
  blob *grown = NULL;
  if (room <= SIZE_MAX - sizeof *b)
    grown = b->in_region    ? grow_region(b, room)
            : room >= LARGE ? move_to_region(b, room)
                            : grow_in_heap(b, room);
  if (!grown)
    error_memory(e);
  return grown;
}

blob *blob_copy(const void *bytes, size_t size, error *e) {
  blob *b = blob_new(size, e);
  if (b && size)
    memcpy(b->data, bytes, size);
  return b;
}

blob *blob_ref(blob *b) {
  atomic_fetch_add_explicit(&b->references, 1, memory_order_relaxed);
  return b;
}

void blob_unref(blob *b) {
  if (b &&
      atomic_fetch_sub_explicit(&b->references, 1, memory_order_acq_rel) == 1)
    blob_delete(b);
}
