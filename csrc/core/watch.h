// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_WATCH_H
#define VISION_CORE_WATCH_H

#include "loop.h"

// Says that something may have changed in folders: when the kernel tells it
// (inotify), and every so often where it cannot (folders that are not there,
// network file systems). What has changed is for the caller to find out. Alone
// it keeps no loop alive.

typedef struct watch watch;

enum { WATCH_FOLDERS_MAX = 64 };

// `folders` are copied; those that cannot be watched are only looked at every
// `interval_us` microseconds (> 0). NULL: MEMORY.
watch *watch_new(loop *l, const char *const *folders, size_t count,
                 int64_t interval_us, error *e);
completion *watch_completion(watch *w);
size_t watch_count(const watch *w); // folders that the kernel watches
void watch_delete(watch *w);        // NULL is fine

#endif
