// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_BLOB_H
#define VISION_CORE_BLOB_H

#include "error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bytes that live once: written by whoever makes them, then shared and never
// changed. References are counted atomically, so that the thread pool may
// hold one.
typedef struct blob {
  atomic_int references;
  size_t size;    // bytes in use; may be lowered before the blob is shared
  size_t room;    // bytes it has memory for
  bool in_region; // else in the heap
  uint8_t data[]; // `size` bytes
} blob;

// A blob of `size` bytes, contents undefined, one reference. NULL: MEMORY.
blob *blob_new(size_t size, error *e);

// The same with room for so many bytes, before it is shared; it may move. NULL:
// MEMORY, and all is as it was.
blob *blob_grow(blob *b, size_t room, error *e);

// A blob with a copy of `size` bytes. NULL: MEMORY.
blob *blob_copy(const void *bytes, size_t size, error *e);

blob *blob_ref(blob *b);  // returns b
void blob_unref(blob *b); // NULL is allowed

#endif
