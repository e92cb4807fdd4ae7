// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_FOLDER_H
#define VISION_CORE_FOLDER_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What lies in a folder, with size and time, without "." and "..". It reads the
// disk at once: for the few files of scripts, not for folders of drawings.

enum { FOLDER_ENTRIES_MAX = 100000 };

typedef struct folder_entry {
  const char *name;        // valid during the call
  bool is_file, is_folder; // where a link leads
  int64_t bytes;
  int64_t modified_ns; // since 1970 UTC
  uint64_t id;         // inode: another file of the same name has another one
} folder_entry;

// Calls `each` for every entry, in no order, until it returns other than 0:
// that is returned. -1: NOT_FOUND, UNREADABLE, INPUT (not a folder), TOO_LARGE.
int folder_list(const char *path,
                int (*each)(void *context, const folder_entry *entry),
                void *context, error *e);

// Makes a folder and those it lies in, where they are not there yet. -1:
// UNREADABLE, INPUT (a file is in the way, a name too long), NOT_FOUND (a place
// where none can be made, as in /proc).
int folder_make(const char *path, error *e);

// Makes a folder of this user's alone (0700) in one that is there. What stands
// there already must be such a folder, and no link: -1 with INPUT. Else as of
// folder_make.
int folder_make_own(const char *path, error *e);

// Makes a folder of this user's alone, of a name that nobody else has, in
// another: its path, NULL-terminated, goes to `path`. -1 as of folder_make.
int folder_make_private(const char *in, char *path, size_t size, error *e);

#endif
