// SPDX-License-Identifier: MIT
#ifndef VISION_TEST_FOLDER_H
#define VISION_TEST_FOLDER_H

// A folder of its own for a test program, or for each of its tests.
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char folder[64];

static inline int make_folder(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/vision-test-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_entry(const char *path, const struct stat *about,
                               int kind, struct FTW *place) {
  (void)about, (void)kind, (void)place;
  return remove(path);
}

static inline int remove_folder(void **state) {
  (void)state;
  return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

// Writes the path of an entry of the folder.
static inline void path_to(const char *name, char *path, size_t size) {
  snprintf(path, size, "%s/%s", folder, name);
}

// The same, until the next call.
static inline const char *path_of(const char *name) {
  static char path[128];
  path_to(name, path, sizeof path);
  return path;
}

#endif
