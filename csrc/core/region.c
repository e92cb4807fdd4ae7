// SPDX-License-Identifier: MIT
#include "region.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

typedef struct kept_region {
  void *bytes;
  size_t size;
} kept_region;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static kept_region kept[REGIONS_KEPT_MAX]; // the last deleted at the end
static size_t kept_count, kept_bytes;

static size_t in_pages(size_t size) {
  enum { PAGE = 64 << 10 }; // of any machine
  return size <= SIZE_MAX - PAGE ? (size + PAGE - 1) / PAGE * PAGE : size;
}

// The one that was deleted last is most likely in the processor's cache.
static void *take_kept(size_t *size) {
  void *found = NULL;
  pthread_mutex_lock(&lock);
  size_t i = kept_count;
  while (i > 0 && kept[i - 1].size < *size)
    i--;
  if (i > 0) {
    found = kept[i - 1].bytes;
    *size = kept[i - 1].size;
    kept_bytes -= kept[i - 1].size;
    kept_count--;
    memmove(&kept[i - 1], &kept[i], (kept_count - (i - 1)) * sizeof *kept);
  }
  pthread_mutex_unlock(&lock);
  return found;
}

static bool keep(void *region, size_t size) {
  pthread_mutex_lock(&lock);
  bool fits =
      kept_count < REGIONS_KEPT_MAX && size <= REGION_BYTES_MAX - kept_bytes;
  if (fits) {
    kept[kept_count++] = (kept_region){region, size};
    kept_bytes += size;
  }
  pthread_mutex_unlock(&lock);
  return fits;
}

void *region_new(size_t *size) {
  void *region = take_kept(size);
  if (region)
    return region;
  size_t whole = in_pages(*size);
  region = mmap(NULL, whole, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (region == MAP_FAILED)
    return NULL;
  *size = whole;
  return region;
}

void *region_grow(void *region, size_t *size, size_t least) {
  size_t whole = in_pages(least);
  void *grown = mremap(region, *size, whole, MREMAP_MAYMOVE);
  if (grown == MAP_FAILED)
    return NULL;
  *size = whole;
  return grown;
}

void region_delete(void *region, size_t size) {
  if (!keep(region, size))
    munmap(region, size);
}
