// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SHARED_STATE_H
#define VISION_CORE_SHARED_STATE_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Limits, breakers and figures that the processes of one machine share: a file
// of a fixed size that all of them map, with places ("slots") by name and one
// lock for all of it, held for less than a microsecond as a rule.
//
// Processes may be killed at any time. The lock is then inherited by the next
// who wants it, and what the dead one was changing is put back to what it was
// before (each slot is written down before it is changed). What one held for
// longer, a permit or a probe, has an end and belongs to whom it says.
//
// A mapped file that somebody cuts short kills who looks at it (SIGBUS), so
// nobody may be able to: the folder must be ours with no rights for others
// (0700) and the file likewise (0600); its size is checked while openers are
// locked out, its blocks are there from the start, and this code never changes
// its size.
//
// The clock is the monotonic one, which is the same for all processes of a
// machine until it restarts; then a new file is begun.

enum {
  SHARED_VERSION = 1,
  SHARED_NAME_MAX = 96,
  SHARED_SLOTS = 256,
  SHARED_SETTINGS_MAX = 192,
  SHARED_PAYLOAD_MAX = 12288,
  SHARED_TOGETHER_MAX = 8, // slots entered at a time
};

// A slot that nobody has entered for so long may be given another name.
#define SHARED_IDLE_SECONDS 3600.0

// A kind of slot.
typedef struct shared_kind {
  const char *word;
  uint32_t number; // > 0, in the file
  uint32_t size;   // bytes, <= SHARED_PAYLOAD_MAX
  uint32_t settings_size;
  // From settings that were checked before.
  void (*begin)(void *payload, const void *settings, double now);
  // Whether somebody alive still holds something of it; NULL: nobody can.
  bool (*is_held)(void *payload, double now);
} shared_kind;

typedef struct shared_state shared_state;

// Opens the file, or begins one; the folder it lies in is made where it is
// missing. NULL: NOT_FOUND, UNREADABLE (not ours, or not ours alone; no room),
// TIMEOUT (somebody else is opening it and does not come to an end), MEMORY.
// A file that is not what it should be is renamed to PATH.old first.
shared_state *shared_state_open(const char *path, error *e);
shared_state *shared_state_ref(shared_state *s);
void shared_state_unref(shared_state *s); // the last one unmaps it

// What was set aside when it was opened, and why; "" as a rule.
const char *shared_state_notice(const shared_state *s);

// A slot as this process knows it; plain values, to be kept by the caller.
typedef struct shared_slot {
  const shared_kind *kind;
  char name[SHARED_NAME_MAX + 1];
  _Alignas(8) uint8_t settings[SHARED_SETTINGS_MAX];
  uint32_t index, generation; // where it was; it is looked for again elsewhere
  void *payload;              // while it is entered, else NULL
} shared_slot;

// Finds the slot of a name and kind, or begins one; one that was begun with
// other settings begins anew. `settings` has the kind's size, and no byte that
// is left to chance. -1: INVALID_OPTION for the name (1 to 96 bytes, no zero),
// QUEUE_FULL when all slots are in use, TIMEOUT as of shared_state_enter.
int shared_slot_init(shared_slot *slot, shared_state *s,
                     const shared_kind *kind, const char *name, size_t length,
                     const void *settings, double now, error *e);

// Locks the state and sets the payloads of slots; nothing that waits may happen
// until shared_state_leave. At most two of them, or SHARED_TOGETHER_MAX token
// buckets. -1 and not locked: TIMEOUT (a process that was stopped holds it, for
// a second now), QUEUE_FULL (a slot was given away meanwhile and there is no
// other).
int shared_state_enter(shared_state *s, shared_slot *const slots[],
                       size_t count, double now, error *e);
void shared_state_leave(shared_state *s, shared_slot *const slots[],
                        size_t count);

// Number, name and kind of the slots in use, for people: `index` from 0 on to
// SHARED_SLOTS. False: a free one. The name may be changing; it is terminated.
bool shared_state_slot_at(const shared_state *s, uint32_t index,
                          char name[SHARED_NAME_MAX + 1], uint32_t *kind);

#endif
