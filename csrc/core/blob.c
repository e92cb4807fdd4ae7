// SPDX-License-Identifier: MIT
#include "blob.h"

#include <stdlib.h>
#include <string.h>

blob *blob_new(size_t size, error *e) {
  blob *b = size <= SIZE_MAX - sizeof *b ? malloc(sizeof *b + size) : NULL;
  if (!b) {
    error_memory(e);
    return NULL;
  }
  atomic_init(&b->references, 1);
  b->size = size;
  return b;
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
    free(b);
}
