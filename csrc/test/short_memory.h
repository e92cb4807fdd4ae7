// SPDX-License-Identifier: MIT
#ifndef VISION_TEST_SHORT_MEMORY_H
#define VISION_TEST_SHORT_MEMORY_H

// For programs linked with --wrap=malloc, calloc and realloc: the n-th
// allocation from now on fails, or none for 0. It is that of the core:
// libraries call the real ones.

#include <stddef.h>

// NOLINTBEGIN(bugprone-reserved-identifier): the linker wants these names.
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static int short_memory_at;   // 0: never
static int short_memory_seen; // allocations since it was set

static void short_memory(int at) {
  short_memory_at = at;
  short_memory_seen = 0;
}

void *__wrap_malloc(size_t size) {
  return ++short_memory_seen == short_memory_at ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
  return ++short_memory_seen == short_memory_at ? NULL
                                                : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size) {
  return ++short_memory_seen == short_memory_at ? NULL
                                                : __real_realloc(block, size);
}
// NOLINTEND(bugprone-reserved-identifier)

#endif
