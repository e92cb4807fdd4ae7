// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_REGION_H
#define VISION_CORE_REGION_H

#include <stddef.h>

// Memory for large blobs: mappings of their own, so that they leave no holes in
// the heap, which only grows with them, and go back to the system. Some that
// were deleted are kept for the next ones: fresh pages cost more than most of
// what is done with their bytes. From any thread.

enum {
  REGION_MIN = 128 << 10,      // smaller ones are the heap's
  REGIONS_KEPT_MAX = 16,       // regions
  REGION_BYTES_MAX = 16 << 20, // of all that are kept
};

// At least *size bytes, contents undefined; *size: what they are. NULL: there
// is no memory.
void *region_new(size_t *size);

// The same bytes with room for `least`, maybe elsewhere. NULL: there is no
// memory, and all is as it was.
void *region_grow(void *region, size_t *size, size_t least);

void region_delete(void *region, size_t size);

#endif
