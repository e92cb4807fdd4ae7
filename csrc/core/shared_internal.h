// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SHARED_INTERNAL_H
#define VISION_CORE_SHARED_INTERNAL_H

// How the file of a shared_state is laid out, for shared_file.c, which opens
// it, and shared_state.c, which uses it: the head, the journal's bytes, and
// from SHARED_CELLS on the cells, each on pages of its own.

#include "shared_state.h"

#include <sys/types.h>

#define SHARED_MAGIC "visionst"

enum {
  SHARED_PAGE = 4096, // what is written within one is written whole or not
  SHARED_JOURNAL = SHARED_PAGE, // where its bytes begin
  SHARED_JOURNAL_BYTES = 2 * SHARED_PAYLOAD_MAX,
  SHARED_CELLS = SHARED_JOURNAL + SHARED_JOURNAL_BYTES,
  SHARED_CELL_BYTES = SHARED_PAYLOAD_MAX + SHARED_PAGE,
  SHARED_FILE_BYTES = SHARED_CELLS + SHARED_SLOTS * SHARED_CELL_BYTES,
  SHARED_BOOT_ID = 40
};

_Static_assert(sizeof(shared_cell) <= SHARED_CELL_BYTES &&
                   SHARED_CELLS % SHARED_PAGE == 0 &&
                   SHARED_CELL_BYTES % SHARED_PAGE == 0,
               "cells begin on a page");

// Who may use the file; compared as bytes.
typedef struct shared_header {
  char magic[8];
  uint32_t version, layouts; // of the file, of what lies in the slots
  uint64_t size;             // of the file
  uint64_t pid_namespace;    // owners are known by their numbers
  char boot_id[SHARED_BOOT_ID];
} shared_header;

// What the payloads looked like that are being changed now; their bytes stand
// one after the other from SHARED_JOURNAL on.
typedef struct shared_journal {
  uint32_t count; // 0: nothing is being changed
  struct {
    uint32_t index, size;
  } entries[SHARED_TOGETHER_MAX];
} shared_journal;

typedef struct shared_head {
  shared_header header;
  shared_journal journal;
} shared_head;

_Static_assert(sizeof(shared_head) <= SHARED_PAGE, "the head is one page");

// Opens the file as shared_state_open says and gives its descriptor, or -1.
// `notice` has room for ERROR_MESSAGE_MAX bytes and is empty unless something
// was set aside.
int shared_file_open(const char *path, char *notice, error *e);

// Why a file with this head is not used; NULL: it is.
const char *shared_file_fault(const shared_head *head);

// All or nothing: false where there is less, or it cannot be done.
bool shared_file_read(int fd, void *out, size_t size, off_t offset);
bool shared_file_write(int fd, const void *bytes, size_t size, off_t offset);

#endif
