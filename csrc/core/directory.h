// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_DIRECTORY_H
#define VISION_CORE_DIRECTORY_H

#include "loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A folder read in steps on the thread pool, so that one of 100 000 files
// gives its first names at once and never fills the memory. Names come in the
// order of the file system.

typedef struct directory directory;

// Entries of a step.
#define DIRECTORY_STEP_MAX 1024

enum entry_kind {
  ENTRY_FILE,   // a regular file, or a link that leads nowhere: reading it says
                // why
  ENTRY_FOLDER, // also by a link
  ENTRY_OTHER,  // a pipe, a socket, a device
};

typedef struct directory_entry {
  const char *name; // never "." or ".."
  enum entry_kind kind;
} directory_entry;

// Which folder it is, whatever way led to it.
typedef struct directory_identity {
  uint64_t device, inode;
} directory_identity;

// Opens nothing yet. NULL: MEMORY.
directory *directory_new(loop *l, const char *path, error *e);

// Starts to read the next entries; not while a step is under way. 0, or -1
// with MEMORY.
int directory_step(directory *d, error *e);
completion *directory_completion(directory *d);
bool directory_is_busy(const directory *d); // a step is under way

// Of the last step, valid until the next: how many entries, 0 at the end, -1
// with NOT_FOUND (no such folder), INPUT (it is none), UNREADABLE or MEMORY.
int directory_count(const directory *d, error *e);
directory_entry directory_at(const directory *d, int index);
directory_identity directory_who(const directory *d); // once a step went well

void directory_delete(directory *d); // at any time; NULL is allowed

#endif
