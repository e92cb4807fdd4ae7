// SPDX-License-Identifier: MIT
#include "check.h"
#include "folder.h"

#include "../core/shared_internal.h"
#include "../core/shared_kinds.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[96], old_path[96];

static int set_up(void **state) {
  if (make_folder(state) < 0)
    return -1;
  path_to("state", path, sizeof path);
  path_to("state.old", old_path, sizeof old_path);
  return 0;
}

// Nothing else may be left in the folder.
static int tear_down(void **state) {
  (void)state;
  unlink(path);
  unlink(old_path);
  return rmdir(folder);
}

static shared_state *open_state(void) {
  error e = {0};
  shared_state *s = shared_state_open(path, &e);
  if (!s)
    fail_msg("%s", e.message);
  return s;
}

static shared_slot bucket_of(shared_state *s, const char *name, double burst) {
  shared_slot slot;
  shared_bucket_settings settings = {.rate = 0, .burst = burst};
  error e = {0};
  if (shared_slot_init(&slot, s, &shared_token_bucket, name, strlen(name),
                       &settings, 0, &e) < 0)
    fail_msg("%s", e.message);
  return slot;
}

static shared_slot concurrency_of(shared_state *s, uint64_t limit) {
  shared_slot slot;
  shared_concurrency_settings settings = {limit};
  assert_int_equal(shared_slot_init(&slot, s, &shared_concurrency, "calls", 5,
                                    &settings, 0, NULL),
                   0);
  return slot;
}

static void *enter(shared_state *s, shared_slot *slot, double now) {
  assert_int_equal(shared_state_enter(s, &slot, 1, now, NULL), 0);
  return slot->payload;
}

static void leave(shared_state *s, shared_slot *slot) {
  shared_state_leave(s, &slot, 1);
}

static bool take(shared_state *s, shared_slot *slot) {
  bool taken = bucket_take(enter(s, slot, 0), 1, 0) == 0;
  leave(s, slot);
  return taken;
}

static uint64_t acquire(shared_state *s, shared_slot *slot, double now) {
  uint64_t permit = concurrency_acquire(enter(s, slot, now), 1e9, now);
  leave(s, slot);
  return permit;
}

// ---- slots ----

static void all_who_open_it_have_one_bucket(void **state) {
  (void)state;
  shared_state *one = open_state(), *other = open_state();
  shared_slot a = bucket_of(one, "openai", 3),
              b = bucket_of(other, "openai", 3);
  shared_slot c = bucket_of(other, "anthropic", 1);
  assert_true(take(one, &a));
  assert_true(take(other, &b));
  assert_true(take(one, &a));
  assert_false(take(other, &b));
  assert_true(take(other, &c));
  shared_state_unref(one);
  shared_state_unref(other);
  one = open_state(); // as long as the file is there
  a = bucket_of(one, "openai", 3);
  assert_false(take(one, &a));
  shared_state_unref(one);
}

static void the_settings_said_last_hold(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot before = bucket_of(s, "openai", 1);
  assert_true(take(s, &before));
  assert_false(take(s, &before));
  shared_slot after = bucket_of(s, "openai", 2);
  assert_true(take(s, &before));
  assert_true(take(s, &after));
  assert_false(take(s, &before));
  shared_state_unref(s);
}

static void a_name_has_a_length(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_bucket_settings settings = {1, 1};
  shared_slot slot;
  error e = {0};
  char name[SHARED_NAME_MAX + 1];
  memset(name, 'n', sizeof name);
  const struct {
    const char *name;
    size_t length;
  } wrong[] = {{"", 0}, {"a\0b", 3}, {name, sizeof name}};
  for (int i = 0; i < 3; i++) {
    assert_int_equal(shared_slot_init(&slot, s, &shared_token_bucket,
                                      wrong[i].name, wrong[i].length, &settings,
                                      0, &e),
                     -1);
    assert_int_equal(e.reason, REASON_INVALID_OPTION);
  }
  assert_int_equal(shared_slot_init(&slot, s, &shared_token_bucket, name,
                                    SHARED_NAME_MAX, &settings, 0, &e),
                   0);
  shared_state_unref(s);
}

static void a_slot_left_alone_is_given_away(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot first = bucket_of(s, "first", 1), held = concurrency_of(s, 1);
  assert_true(acquire(s, &held, 0) != 0);
  char name[16];
  for (int i = 2; i < SHARED_SLOTS; i++) {
    snprintf(name, sizeof name, "%d", i);
    bucket_of(s, name, 1);
  }
  assert_true(take(s, &first));
  shared_slot late;
  shared_bucket_settings settings = {0, 1};
  error e = {0};
  assert_int_equal(shared_slot_init(&late, s, &shared_token_bucket, "late", 4,
                                    &settings, SHARED_IDLE_SECONDS - 1, &e),
                   -1);
  assert_int_equal(e.reason, REASON_QUEUE_FULL);
  assert_int_equal(shared_slot_init(&late, s, &shared_token_bucket, "late", 4,
                                    &settings, SHARED_IDLE_SECONDS, &e),
                   0);
  assert_int_equal(late.index, first.index);
  // Whose slot it was has a place again when it comes back, begun anew.
  bucket_take(enter(s, &first, SHARED_IDLE_SECONDS), 1, 0);
  leave(s, &first);
  assert_true(first.index != late.index && first.index != held.index);
  assert_int_equal(acquire(s, &held, SHARED_IDLE_SECONDS), 0);
  shared_state_unref(s);
}

static void several_are_entered_together(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slots[SHARED_TOGETHER_MAX], *list[SHARED_TOGETHER_MAX];
  token_bucket *buckets[SHARED_TOGETHER_MAX];
  double costs[SHARED_TOGETHER_MAX];
  for (int i = 0; i < SHARED_TOGETHER_MAX; i++) {
    char name[2] = {(char)('a' + i), '\0'};
    slots[i] = bucket_of(s, name, 2);
    list[i] = &slots[i];
    costs[i] = i == 7 ? 1 : 2;
  }
  for (int round = 0; round < 2; round++) {
    assert_int_equal(shared_state_enter(s, list, SHARED_TOGETHER_MAX, 0, NULL),
                     0);
    for (int i = 0; i < SHARED_TOGETHER_MAX; i++)
      buckets[i] = slots[i].payload;
    double wait = buckets_take(buckets, costs, SHARED_TOGETHER_MAX, 0);
    assert_true(round == 0 ? wait == 0 : isinf(wait));
    shared_state_leave(s, list, SHARED_TOGETHER_MAX);
  }
  assert_true(take(s, &slots[7])); // none was taken in the second round
  shared_state_unref(s);
}

// ---- processes that are killed ----

static void kill_in_child(void (*work)(shared_state *)) {
  pid_t child = fork();
  if (child == 0) {
    work(open_state());
    kill(getpid(), SIGKILL);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void scribble_and_keep_the_lock(shared_state *s) {
  shared_slot slot = bucket_of(s, "openai", 3), other = bucket_of(s, "b", 1);
  shared_slot *both[] = {&slot, &other};
  shared_state_enter(s, both, 2, 0, NULL);
  memset(slot.payload, 0xAA, sizeof(token_bucket));
  memset(other.payload, 0xAA, sizeof(token_bucket));
}

static void what_the_dead_were_changing_is_put_back(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 3), other = bucket_of(s, "b", 1);
  assert_true(take(s, &slot));
  for (int i = 0; i < 3; i++)
    kill_in_child(scribble_and_keep_the_lock);
  assert_true(take(s, &slot));
  assert_true(take(s, &slot));
  assert_false(take(s, &slot));
  assert_true(take(s, &other));
  shared_state_unref(s);
}

static void acquire_both(shared_state *s) {
  shared_slot slot = concurrency_of(s, 2);
  int count = 0;
  while (acquire(s, &slot, 0))
    count++;
  if (count != 2)
    _exit(1);
}

static void the_dead_hold_no_permit(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = concurrency_of(s, 2);
  kill_in_child(acquire_both);
  assert_true(acquire(s, &slot, 10) != 0);
  assert_true(acquire(s, &slot, 10) != 0);
  assert_int_equal(acquire(s, &slot, 20), 0);
  shared_state_unref(s);
}

static void lock_and_stop(shared_state *s) {
  shared_slot slot = bucket_of(s, "openai", 3), *list = &slot;
  shared_state_enter(s, &list, 1, 0, NULL);
  kill(getpid(), SIGSTOP);
}

static void one_that_was_stopped_is_not_waited_for_forever(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 3), *list = &slot;
  pid_t child = fork();
  if (child == 0) {
    lock_and_stop(open_state());
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, WUNTRACED), child);
  error e = {0};
  assert_int_equal(shared_state_enter(s, &list, 1, 0, &e), -1);
  assert_int_equal(e.reason, REASON_TIMEOUT);
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  assert_true(take(s, &slot));
  shared_state_unref(s);
}

// ---- the file ----

static void change_file(size_t offset, const void *bytes, size_t size) {
  int fd = open(path, O_RDWR);
  assert_int_equal(pwrite(fd, bytes, size, (off_t)offset), size);
  close(fd);
}

static void assert_set_aside(const char *why) {
  shared_state *s = open_state();
  if (!strstr(shared_state_notice(s), why))
    fail_msg("'%s' does not say '%s'", shared_state_notice(s), why);
  shared_slot slot = bucket_of(s, "openai", 1);
  assert_true(take(s, &slot));
  shared_state_unref(s);
  assert_int_equal(access(old_path, F_OK), 0);
  s = open_state();
  assert_string_equal(shared_state_notice(s), "");
  shared_state_unref(s);
}

static void what_is_no_state_is_set_aside(void **state) {
  (void)state;
  int fd = open(path, O_RDWR | O_CREAT, 0600);
  assert_int_equal(write(fd, "something else", 14), 14);
  close(fd);
  assert_set_aside("not the size");
  assert_int_equal(truncate(path, 4096), 0);
  assert_set_aside("not the size");
  change_file(offsetof(shared_map, header.magic), "x", 1);
  assert_set_aside("no such file");
  change_file(offsetof(shared_map, header.version), "\7", 1);
  assert_set_aside("another version");
  change_file(offsetof(shared_map, header.layouts), "\7", 1);
  assert_set_aside("another version");
  change_file(offsetof(shared_map, header.pid_namespace), "\7", 1);
  assert_set_aside("another container");
  change_file(offsetof(shared_map, places[3].name[SHARED_NAME_MAX]), "x", 1);
  assert_set_aside("damaged");
  change_file(offsetof(shared_map, places[3].kind), "\7", 1);
  assert_set_aside("damaged");
  const uint32_t journal[] = {1, SHARED_SLOTS};
  change_file(offsetof(shared_map, journal), journal, sizeof journal);
  assert_set_aside("damaged");
}

static void a_restart_of_the_machine_begins_anew(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 1);
  assert_true(take(s, &slot));
  shared_state_unref(s);
  change_file(offsetof(shared_map, header.boot_id), "before", 6);
  s = open_state();
  assert_string_equal(shared_state_notice(s), "");
  slot = bucket_of(s, "openai", 1);
  assert_true(take(s, &slot));
  shared_state_unref(s);
}

static void assert_refused(enum reason reason, const char *why) {
  error e = {0};
  assert_null(shared_state_open(path, &e));
  assert_int_equal(e.reason, reason);
  if (!strstr(e.message, why))
    fail_msg("'%s' does not say '%s'", e.message, why);
}

static void nobody_else_may_reach_it(void **state) {
  (void)state;
  shared_state_unref(open_state());
  struct stat about;
  assert_int_equal(stat(path, &about), 0);
  assert_int_equal(about.st_mode & 0777, 0600);
  chmod(path, 0640);
  assert_refused(REASON_UNREADABLE, "chmod 600");
  chmod(path, 0600);
  assert_int_equal(link(path, old_path), 0);
  assert_refused(REASON_UNREADABLE, "second link");
  rename(path, old_path), unlink(path);
  assert_int_equal(symlink("state.old", path), 0);
  assert_refused(REASON_UNREADABLE, "cannot open");
  unlink(path);
  assert_int_equal(mkdir(path, 0700), 0);
  assert_refused(REASON_UNREADABLE, "");
  rmdir(path);
  chmod(folder, 0755);
  assert_refused(REASON_UNREADABLE, "chmod 700");
  chmod(folder, 0700);
  snprintf(path, sizeof path, "%s/no/such/state", folder);
  assert_refused(REASON_NOT_FOUND, "cannot make the folder");
  snprintf(path, sizeof path, "%s/state", folder);
}

static void the_folder_is_made(void **state) {
  (void)state;
  char sub[96];
  snprintf(sub, sizeof sub, "%s/own", folder);
  snprintf(path, sizeof path, "%s/own/state", folder);
  shared_state_unref(open_state());
  struct stat about;
  assert_int_equal(stat(sub, &about), 0);
  assert_int_equal(about.st_mode & 0777, 0700);
  unlink(path);
  rmdir(sub);
  snprintf(path, sizeof path, "%s/state", folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(all_who_open_it_have_one_bucket),
      TEST(the_settings_said_last_hold),
      TEST(a_name_has_a_length),
      TEST(a_slot_left_alone_is_given_away),
      TEST(several_are_entered_together),
      TEST(what_the_dead_were_changing_is_put_back),
      TEST(the_dead_hold_no_permit),
      TEST(one_that_was_stopped_is_not_waited_for_forever),
      TEST(what_is_no_state_is_set_aside),
      TEST(a_restart_of_the_machine_begins_anew),
      TEST(nobody_else_may_reach_it),
      TEST(the_folder_is_made),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
