// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SHARED_INTERNAL_H
#define VISION_CORE_SHARED_INTERNAL_H

// How the file of a shared_state is laid out, for shared_file.c, which opens
// it, and shared_state.c, which uses it.

#include "shared_state.h"

#include <pthread.h>
#include <stdatomic.h>

#define SHARED_MAGIC "visionst"

enum { SHARED_JOURNAL_BYTES = 2 * SHARED_PAYLOAD_MAX, SHARED_BOOT_ID = 40 };

// Who may use the file; compared as bytes.
typedef struct shared_header {
  char magic[8];
  uint32_t version, layouts; // of the file, of what lies in the slots
  uint64_t size;             // of the file
  uint64_t pid_namespace;    // the robust lock knows threads by number
  char boot_id[SHARED_BOOT_ID];
} shared_header;

typedef struct shared_place {
  _Atomic uint32_t kind; // 0: free; written last when a place is taken
  uint32_t generation;   // one more each time it begins
  double used;           // when it was last entered, mono seconds
  char name[SHARED_NAME_MAX + 1];
  uint8_t settings[SHARED_SETTINGS_MAX];
} shared_place;

// What the places looked like that are being changed now.
typedef struct shared_journal {
  _Atomic uint32_t count; // 0: nothing is being changed; written last
  struct {
    uint32_t index, offset, size;
  } entries[SHARED_TOGETHER_MAX];
  uint8_t bytes[SHARED_JOURNAL_BYTES];
} shared_journal;

typedef struct shared_map {
  shared_header header;
  pthread_mutex_t lock;
  shared_journal journal;
  shared_place places[SHARED_SLOTS];
  _Alignas(64) uint8_t payloads[SHARED_SLOTS][SHARED_PAYLOAD_MAX];
} shared_map;

// The map of a file, as shared_state_open says. `notice` has room for
// ERROR_MESSAGE_MAX bytes and is empty unless something was set aside.
shared_map *shared_map_open(const char *path, char *notice, error *e);
void shared_map_close(shared_map *map);

#endif
