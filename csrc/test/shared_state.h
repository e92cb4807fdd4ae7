// SPDX-License-Identifier: MIT
#ifndef VISION_TEST_SHARED_STATE_H
#define VISION_TEST_SHARED_STATE_H

// A shared state in a folder of its own for each test, and what tests ask it.
#include "check.h"
#include "folder.h"

#include "../core/shared_internal.h"
#include "../core/shared_kinds.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[96], old_path[96];

static inline int set_up(void **state) {
  if (make_folder(state) < 0)
    return -1;
  path_to("state", path, sizeof path);
  path_to("state.old", old_path, sizeof old_path);
  return 0;
}

// Nothing else may be left in the folder.
static inline int tear_down(void **state) {
  (void)state;
  unlink(path);
  unlink(old_path);
  return rmdir(folder);
}

static inline shared_state *open_state(void) {
  error e = {0};
  shared_state *s = shared_state_open(path, &e);
  if (!s)
    fail_msg("%s", e.message);
  return s;
}

static inline shared_slot bucket_of(shared_state *s, const char *name,
                                    double burst) {
  shared_slot slot;
  shared_bucket_settings settings = {.rate = 0, .burst = burst};
  error e = {0};
  if (shared_slot_init(&slot, s, &shared_token_bucket, name, strlen(name),
                       &settings, 0, &e) < 0)
    fail_msg("%s", e.message);
  return slot;
}

static inline shared_slot concurrency_of(shared_state *s, uint64_t limit) {
  shared_slot slot;
  shared_concurrency_settings settings = {limit};
  assert_int_equal(shared_slot_init(&slot, s, &shared_concurrency, "calls", 5,
                                    &settings, 0, NULL),
                   0);
  return slot;
}

static inline void *enter(shared_state *s, shared_slot *slot, double now) {
  shared_state_enter(s, &slot, 1, now);
  return slot->payload;
}

static inline void leave(shared_state *s, shared_slot *slot) {
  shared_state_leave(s, &slot, 1);
}

static inline uint64_t acquire(shared_state *s, shared_slot *slot, double now) {
  uint64_t permit = concurrency_acquire(enter(s, slot, now), 1e9, now);
  leave(s, slot);
  return permit;
}

static inline bool take_at(shared_state *s, shared_slot *slot, double now) {
  bool taken = bucket_take(enter(s, slot, now), 1, 0) == 0;
  leave(s, slot);
  return taken;
}

static inline bool take(shared_state *s, shared_slot *slot) {
  return take_at(s, slot, 0);
}

static inline off_t payload_of(const shared_slot *slot) {
  return SHARED_CELLS + (off_t)slot->index * SHARED_CELL_BYTES +
         (off_t)offsetof(shared_cell, payload);
}

static inline void change_file(off_t offset, const void *bytes, size_t size) {
  int fd = open(path, O_RDWR);
  assert_int_equal(pwrite(fd, bytes, size, offset), size);
  close(fd);
}

static inline void assert_notice(shared_state *s, const char *why) {
  char notice[ERROR_MESSAGE_MAX];
  shared_state_take_notice(s, notice);
  if (*why ? !strstr(notice, why) : *notice)
    fail_msg("'%s' does not say '%s'", notice, why);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
