// SPDX-License-Identifier: MIT
#ifndef VISION_TEST_LOOP_FILE_H
#define VISION_TEST_LOOP_FILE_H

// The loop, and a file in a folder of its own, for each test.
#include "folder.h"

#include "../core/loop.h"

#include <unistd.h>

static char path[96];
static loop *l;

static inline int begin_with(const char *name, void **state) {
  l = loop_get(NULL);
  if (!l || make_folder(state) < 0)
    return -1;
  path_to(name, path, sizeof path);
  return 0;
}

static inline int tear_down(void **state) {
  (void)state;
  while (loop_wait(l, -1)) // what is still under way
    loop_take(l);
  loop_step(l, 0); // closed handles are freed
  loop_unref(l);
  unlink(path);
  return rmdir(folder); // nothing else may be left in it
}

#endif
