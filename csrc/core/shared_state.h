// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SHARED_STATE_H
#define VISION_CORE_SHARED_STATE_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Limits, breakers and figures that the processes of one machine share: a file
// of a fixed size with places ("slots") by name and one lock for all of it,
// held for some microseconds.
//
// Nothing that happens to the file can harm a process. It is read and written,
// never mapped: one that somebody cuts short gives a short read, where a map
// would kill who looks at it. What was read lies in memory of this process
// alone, and is checked there before it is used.
//
// Processes may be killed at any time. The kernel then frees the lock, and what
// the dead one was changing is put back to what it was before (what is not
// written in one go is written down first). What one held for longer, a permit
// or a probe, has an end and belongs to whom it says.
//
// Where the file is of no use (its lock is held for too long, it cannot be read
// or begun anew), this process goes on alone for SHARED_ALONE_SECONDS with what
// it saw last, then tries again; what it counted meanwhile is its own and is
// forgotten. A notice says so.
//
// The clock is the monotonic one, which is the same for all processes of a
// machine until it restarts; then a new file is begun.

enum {
  SHARED_VERSION = 2,
  SHARED_NAME_MAX = 96,
  SHARED_SLOTS = 256,
  SHARED_SETTINGS_MAX = 192,
  SHARED_PAYLOAD_MAX = 12288,
  SHARED_TOGETHER_MAX = 8, // slots entered at a time
};

// A slot that nobody has entered for so long may be given another name.
#define SHARED_IDLE_SECONDS 3600.0

#define SHARED_ALONE_SECONDS 5.0

// A kind of slot.
typedef struct shared_kind {
  const char *word;
  uint32_t number; // > 0, in the file
  uint32_t size;   // bytes, <= SHARED_PAYLOAD_MAX
  uint32_t settings_size;
  // From settings that were checked before.
  void (*begin)(void *payload, const void *settings, double now);
  // Whether it can be used without harm, whatever bytes it is of.
  bool (*is_sound)(const void *payload);
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
void shared_state_unref(shared_state *s); // the last one closes it

// What there is to tell since it was last asked: what was set aside, that this
// process goes on alone; "" as a rule.
void shared_state_take_notice(shared_state *s, char notice[ERROR_MESSAGE_MAX]);

// A slot as it lies in the file.
typedef struct shared_place {
  uint32_t kind;                  // 0: free; written last when a place is taken
  char name[SHARED_NAME_MAX + 4]; // ends with zeros
  uint8_t settings[SHARED_SETTINGS_MAX];
  double used; // when it was last entered, mono seconds
} shared_place;

typedef struct shared_cell {
  shared_place place;
  uint8_t payload[SHARED_PAYLOAD_MAX];
} shared_cell;

// A slot as this process knows it; plain values, to be kept by the caller.
typedef struct shared_slot {
  const shared_kind *kind;
  char name[SHARED_NAME_MAX + 4];
  uint32_t index; // where it was; SHARED_SLOTS: nowhere
  _Alignas(8) uint8_t settings[SHARED_SETTINGS_MAX];
  void *payload;    // that of `cell` while it is entered, else NULL
  shared_cell cell; // what was read last
} shared_slot;

// Finds the slot of a name and kind, or begins one; one that was begun with
// other settings begins anew. `settings` has the kind's size, and no byte that
// is left to chance. -1: INVALID_OPTION for the name (1 to 96 bytes, no zero),
// QUEUE_FULL when all slots are in use.
int shared_slot_init(shared_slot *slot, shared_state *s,
                     const shared_kind *kind, const char *name, size_t length,
                     const void *settings, double now, error *e);

// Locks the state and sets the payloads of slots; nothing that waits may happen
// until shared_state_leave. At most two of them, or SHARED_TOGETHER_MAX token
// buckets. Waits for the lock for a quarter of a second at most.
void shared_state_enter(shared_state *s, shared_slot *const slots[],
                        size_t count, double now);
void shared_state_leave(shared_state *s, shared_slot *const slots[],
                        size_t count);

// Name and kind of the slots in use, for people: `index` from 0 on to
// SHARED_SLOTS. False: a free one. The name may be changing; it is terminated.
bool shared_state_slot_at(const shared_state *s, uint32_t index,
                          char name[SHARED_NAME_MAX + 1],
                          const shared_kind **kind);

#endif
