// SPDX-License-Identifier: MIT
#include "shared_state.h"

#include "clock.h"
#include "shared_internal.h"
#include "shared_kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct shared_state {
  int references;
  int fd;
  pid_t pid;   // whose `fd` is: a forked child opens it again
  bool locked; // between enter and leave
  bool alone;
  double alone_since; // mono seconds
  double now;         // of the enter that holds
  shared_head head;   // as it was read last
  char notice[ERROR_MESSAGE_MAX];
  char path[]; // absolute, so that it can be opened again
};

// ---- life ----

static shared_state *state_new(const char *path, error *e) {
  char folder[PATH_MAX] = "";
  if (path[0] != '/' && !getcwd(folder, sizeof folder))
    folder[0] = '\0'; // then it is opened as it was said
  size_t size = strlen(folder) + strlen(path) + 2;
  shared_state *s = calloc(1, sizeof *s + size);
  if (!s) {
    error_memory(e);
    return NULL;
  }
  snprintf(s->path, size, "%s%s%s", folder, *folder ? "/" : "", path);
  s->references = 1;
  return s;
}

shared_state *shared_state_open(const char *path, error *e) {
  shared_state *s = state_new(path, e);
  if (!s)
    return NULL;
  s->pid = getpid();
  s->fd = shared_file_open(s->path, s->notice, e);
  if (s->fd >= 0)
    return s;
  free(s);
  return NULL;
}

shared_state *shared_state_ref(shared_state *s) {
  s->references++;
  return s;
}

void shared_state_unref(shared_state *s) {
  if (!s || --s->references > 0)
    return;
  close(s->fd);
  free(s);
}

void shared_state_take_notice(shared_state *s, char notice[ERROR_MESSAGE_MAX]) {
  memcpy(notice, s->notice, ERROR_MESSAGE_MAX);
  s->notice[0] = '\0';
}

// ---- the lock ----

static bool set_lock(int fd, short kind) {
  struct flock whole = {.l_type = kind, .l_whence = SEEK_SET};
  return fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

// It is held for microseconds; a process that was stopped with it is not waited
// for. NULL, or why not.
static const char *wait_for_lock(int fd) {
  enum { LONGEST_US = 250000, PAUSE_MAX_NS = 1000000 };
  int64_t end = clock_mono_us() + LONGEST_US;
  long pause_ns = 5000;
  while (!set_lock(fd, F_WRLCK)) {
    if (errno != EAGAIN && errno != EACCES && errno != EINTR)
      return "it cannot be locked";
    if (clock_mono_us() >= end)
      return "another process, a stopped one perhaps, has held the lock for "
             "0.25 s";
    nanosleep(&(struct timespec){.tv_nsec = pause_ns}, NULL);
    if (pause_ns < PAUSE_MAX_NS)
      pause_ns *= 2;
  }
  return NULL;
}

static off_t cell_at(uint32_t index) {
  return SHARED_CELLS + (off_t)index * SHARED_CELL_BYTES;
}

static off_t payload_at(uint32_t index) {
  return cell_at(index) + (off_t)offsetof(shared_cell, payload);
}

static bool write_journal(shared_state *s) {
  return shared_file_write(s->fd, &s->head.journal, sizeof s->head.journal,
                           offsetof(shared_head, journal));
}

// What one who was killed had begun to change.
static bool put_back(shared_state *s) {
  shared_journal *j = &s->head.journal;
  uint8_t bytes[SHARED_PAYLOAD_MAX];
  off_t at = SHARED_JOURNAL;
  bool ok = true;
  for (uint32_t i = 0; i < j->count && ok; i++) {
    uint32_t size = j->entries[i].size;
    ok = shared_file_read(s->fd, bytes, size, at) &&
         shared_file_write(s->fd, bytes, size, payload_at(j->entries[i].index));
    at += size;
  }
  j->count = 0;
  return ok && write_journal(s);
}

static const char *fault_of(shared_state *s) {
  struct stat about;
  if (fstat(s->fd, &about) < 0 || about.st_size != SHARED_FILE_BYTES ||
      !shared_file_read(s->fd, &s->head, sizeof s->head, 0))
    return "it has not the size it should have";
  const char *fault = shared_file_fault(&s->head);
  if (!fault && s->head.journal.count > 0 && !put_back(s))
    return "it cannot be read or written";
  return fault;
}

// NULL: locked, and the file is as it should be; else why not. `spoiled`: by
// the file's own fault.
static const char *try_lock(shared_state *s, bool *spoiled) {
  const char *fault = wait_for_lock(s->fd);
  *spoiled = false;
  if (fault)
    return fault;
  fault = fault_of(s);
  if (fault)
    set_lock(s->fd, F_UNLCK);
  *spoiled = fault != NULL;
  return fault;
}

static bool take_file(shared_state *s, int fd) {
  if (fd < 0)
    return false;
  close(s->fd);
  s->fd = fd;
  s->pid = getpid();
  return true;
}

// A child has its parent's descriptor, and with it its lock.
static bool own_after_fork(shared_state *s) {
  char name[32];
  if (s->pid == getpid())
    return true;
  snprintf(name, sizeof name, "/proc/self/fd/%d", s->fd);
  return take_file(s, open(name, O_RDWR | O_CLOEXEC));
}

static void go_alone(shared_state *s, const char *why) {
  if (!s->alone && !*s->notice)
    snprintf(s->notice, sizeof s->notice,
             "%.280s; this process goes on alone and looks again every %.0f s",
             why, SHARED_ALONE_SECONDS);
  s->alone = true;
  s->alone_since = s->now;
}

static bool is_alone_still(const shared_state *s) {
  double alone = s->now - s->alone_since;
  return s->alone && alone >= 0 && alone < SHARED_ALONE_SECONDS;
}

// A file that was spoiled is opened again, which sets it aside.
static int lock_or_open(shared_state *s, error *e) {
  bool spoiled = false;
  const char *fault = "it cannot be opened again after a fork";
  if (own_after_fork(s))
    fault = try_lock(s, &spoiled);
  if (spoiled) {
    if (!take_file(s, shared_file_open(s->path, s->notice, e)))
      return -1;
    fault = try_lock(s, &spoiled);
  }
  return fault ? error_set(e, REASON_TIMEOUT, "shared state: %s: %s", s->path,
                           fault)
               : 0;
}

static bool lock(shared_state *s, double now) {
  error e = {0};
  s->now = now;
  if (is_alone_still(s))
    return false;
  if (lock_or_open(s, &e) < 0) {
    go_alone(s, e.message);
    return false;
  }
  s->alone = false;
  return true;
}

static void unlock(shared_state *s) { set_lock(s->fd, F_UNLCK); }

// ---- cells, all under the lock ----

static bool is_cell_of(const shared_place *place, const shared_slot *slot) {
  return place->kind == slot->kind->number &&
         memcmp(place->name, slot->name, sizeof place->name) == 0;
}

static bool read_cell(const shared_state *s, uint32_t index, shared_cell *cell,
                      size_t payload) {
  return shared_file_read(s->fd, cell, offsetof(shared_cell, payload) + payload,
                          cell_at(index));
}

// From when it was used to its payload's end.
static bool write_cell(const shared_state *s, const shared_slot *slot) {
  static const size_t from = offsetof(shared_cell, place.used);
  return shared_file_write(s->fd, (const uint8_t *)&slot->cell + from,
                           offsetof(shared_cell, payload) - from +
                               slot->kind->size,
                           cell_at(slot->index) + (off_t)from);
}

static void begin_own(shared_slot *slot, double now) {
  shared_place *place = &slot->cell.place;
  memset(place, 0, sizeof *place);
  memcpy(place->name, slot->name, sizeof place->name);
  memcpy(place->settings, slot->settings, sizeof place->settings);
  place->used = now;
  slot->kind->begin(slot->cell.payload, slot->settings, now);
}

// In the file it is nobody's until it is there as a whole.
static bool begin_cell(shared_state *s, shared_slot *slot, double now) {
  shared_cell *cell = &slot->cell;
  begin_own(slot, now);
  bool ok = shared_file_write(s->fd, cell,
                              offsetof(shared_cell, payload) + slot->kind->size,
                              cell_at(slot->index));
  cell->place.kind = slot->kind->number;
  return ok && shared_file_write(s->fd, &cell->place.kind,
                                 sizeof cell->place.kind, cell_at(slot->index));
}

static bool may_be_given_away(const shared_state *s, uint32_t index,
                              double now) {
  shared_cell cell;
  if (!read_cell(s, index, &cell, SHARED_PAYLOAD_MAX))
    return false;
  const shared_kind *kind = shared_kind_of(cell.place.kind);
  return !kind || !kind->is_held || !kind->is_sound(cell.payload) ||
         !kind->is_held(cell.payload, now);
}

// Of that name and kind, else a free one, else the one that was left alone for
// longest. SHARED_SLOTS: none.
static uint32_t find_cell(const shared_state *s, const shared_slot *slot,
                          double now) {
  uint32_t free_one = SHARED_SLOTS, idle = SHARED_SLOTS;
  double used = INFINITY;
  for (uint32_t i = 0; i < SHARED_SLOTS; i++) {
    shared_cell cell;
    if (!read_cell(s, i, &cell, 0))
      return SHARED_SLOTS;
    if (is_cell_of(&cell.place, slot))
      return i;
    if (!shared_kind_of(cell.place.kind))
      free_one = free_one < SHARED_SLOTS ? free_one : i;
    else if (free_one == SHARED_SLOTS && cell.place.used < used &&
             now - cell.place.used >= SHARED_IDLE_SECONDS &&
             may_be_given_away(s, i, now)) {
      used = cell.place.used;
      idle = i;
    }
  }
  return free_one < SHARED_SLOTS ? free_one : idle;
}

static bool is_usable(const shared_slot *slot) {
  return is_cell_of(&slot->cell.place, slot) &&
         slot->kind->is_sound(slot->cell.payload);
}

static bool begun_alike(const shared_slot *slot) {
  return memcmp(slot->cell.place.settings, slot->settings,
                sizeof slot->settings) == 0;
}

// With `anew`, one that was begun with other settings begins again. Who had it
// before follows: the settings said last hold. False: there is no room.
static bool locate(shared_state *s, shared_slot *slot, bool anew, double now) {
  slot->index = find_cell(s, slot, now);
  if (slot->index == SHARED_SLOTS) {
    begin_own(slot, now);
    return false;
  }
  if (read_cell(s, slot->index, &slot->cell, slot->kind->size) &&
      is_usable(slot) && !(anew && !begun_alike(slot)))
    return true;
  if (!begin_cell(s, slot, now))
    go_alone(s, "shared state: the file cannot be written");
  return true;
}

// ---- slots ----

int shared_slot_init(shared_slot *slot, shared_state *s,
                     const shared_kind *kind, const char *name, size_t length,
                     const void *settings, double now, error *e) {
  memset(slot, 0, sizeof *slot);
  slot->kind = kind;
  slot->index = SHARED_SLOTS;
  if (length < 1 || length > SHARED_NAME_MAX || memchr(name, '\0', length))
    return error_set(e, REASON_INVALID_OPTION,
                     "shared state: a name of 1 to %d bytes without a zero "
                     "expected",
                     SHARED_NAME_MAX);
  memcpy(slot->name, name, length);
  if (kind->settings_size > 0)
    memcpy(slot->settings, settings, kind->settings_size);
  begin_own(slot, now);
  if (!lock(s, now))
    return 0;
  bool found = locate(s, slot, true, now);
  unlock(s);
  return found ? 0
               : error_set(e, REASON_QUEUE_FULL,
                           "shared state: all %d places are in use",
                           SHARED_SLOTS);
}

// What is in the file, or begun there; where that has no room, the slot is this
// process's alone.
static void load(shared_state *s, shared_slot *slot, double now) {
  bool here = slot->index < SHARED_SLOTS &&
              read_cell(s, slot->index, &slot->cell, slot->kind->size) &&
              is_usable(slot);
  if (!here && !locate(s, slot, false, now) && !*s->notice)
    snprintf(s->notice, sizeof s->notice,
             "shared state: all %d places are in use; '%s' is kept by this "
             "process alone",
             SHARED_SLOTS, slot->name);
  slot->cell.place.used = now;
}

// One cell within a page is written in one go.
static bool needs_journal(shared_slot *const slots[], size_t count) {
  return count > 1 ||
         offsetof(shared_cell, payload) + slots[0]->kind->size > SHARED_PAGE;
}

static bool begin_journal(shared_state *s, shared_slot *const slots[],
                          size_t count) {
  shared_journal *j = &s->head.journal;
  off_t at = SHARED_JOURNAL;
  bool ok = true;
  for (size_t i = 0; i < count && ok; i++) {
    uint32_t size = slots[i]->kind->size;
    if (slots[i]->index == SHARED_SLOTS)
      continue;
    ok = shared_file_write(s->fd, slots[i]->cell.payload, size, at);
    j->entries[j->count].index = slots[i]->index;
    j->entries[j->count++].size = size;
    at += size;
  }
  return ok && write_journal(s);
}

void shared_state_enter(shared_state *s, shared_slot *const slots[],
                        size_t count, double now) {
  s->locked = lock(s, now);
  for (size_t i = 0; i < count && s->locked; i++)
    load(s, slots[i], now);
  if (s->locked && needs_journal(slots, count) &&
      !begin_journal(s, slots, count)) {
    go_alone(s, "shared state: the file cannot be written");
    unlock(s);
    s->locked = false;
  }
  for (size_t i = 0; i < count; i++)
    slots[i]->payload = slots[i]->cell.payload;
}

// From the last to the first, which is the one that was changed where two are
// of one name.
void shared_state_leave(shared_state *s, shared_slot *const slots[],
                        size_t count) {
  bool ok = true;
  for (size_t i = count; i-- > 0;) {
    slots[i]->payload = NULL;
    if (s->locked && slots[i]->index < SHARED_SLOTS)
      ok = write_cell(s, slots[i]) && ok;
  }
  if (!s->locked)
    return;
  if (s->head.journal.count > 0) {
    s->head.journal.count = 0;
    ok = write_journal(s) && ok;
  }
  if (!ok)
    go_alone(s, "shared state: the file cannot be written");
  unlock(s);
  s->locked = false;
}

bool shared_state_slot_at(const shared_state *s, uint32_t index,
                          char name[SHARED_NAME_MAX + 1],
                          const shared_kind **kind) {
  shared_cell cell;
  if (!read_cell(s, index, &cell, 0))
    return false;
  *kind = shared_kind_of(cell.place.kind);
  memcpy(name, cell.place.name, SHARED_NAME_MAX);
  name[SHARED_NAME_MAX] = '\0';
  return *kind != NULL;
}
