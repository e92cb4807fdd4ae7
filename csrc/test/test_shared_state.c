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
#include <time.h>
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
  shared_state_enter(s, &slot, 1, now);
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
    shared_state_enter(s, list, SHARED_TOGETHER_MAX, 0);
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

static off_t payload_of(const shared_slot *slot) {
  return SHARED_CELLS + (off_t)slot->index * SHARED_CELL_BYTES +
         (off_t)offsetof(shared_cell, payload);
}

static void change_file(off_t offset, const void *bytes, size_t size) {
  int fd = open(path, O_RDWR);
  assert_int_equal(pwrite(fd, bytes, size, offset), size);
  close(fd);
}

// As one does who is killed between the first and the last byte.
static void scribble_and_keep_the_lock(shared_state *s) {
  shared_slot slot = bucket_of(s, "openai", 3), other = bucket_of(s, "b", 1);
  shared_slot *both[] = {&slot, &other};
  shared_state_enter(s, both, 2, 0);
  uint8_t scribble[sizeof(token_bucket)];
  memset(scribble, 0xAA, sizeof scribble);
  change_file(payload_of(&slot), scribble, sizeof scribble);
  change_file(payload_of(&other), scribble, sizeof scribble);
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
  shared_state_enter(s, &list, 1, 0);
  kill(getpid(), SIGSTOP);
}

static void assert_notice(shared_state *s, const char *why) {
  char notice[ERROR_MESSAGE_MAX];
  shared_state_take_notice(s, notice);
  if (*why ? !strstr(notice, why) : *notice)
    fail_msg("'%s' does not say '%s'", notice, why);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool take_at(shared_state *s, shared_slot *slot, double now) {
  bool taken = bucket_take(enter(s, slot, now), 1, 0) == 0;
  leave(s, slot);
  return taken;
}

// It costs a quarter of a second once, and not each call.
static void one_that_was_stopped_is_not_waited_for(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 300);
  pid_t child = fork();
  if (child == 0) {
    lock_and_stop(open_state());
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, WUNTRACED), child);
  double before = seconds();
  for (int i = 0; i < 100; i++)
    assert_true(take_at(s, &slot, 10)); // alone, from what was seen last
  assert_true(seconds() - before < 0.9);
  assert_notice(s, "a stopped one perhaps, has held the lock for 0.25 s; "
                   "this process goes on alone");
  shared_slot late;
  shared_bucket_settings settings = {0, 1};
  assert_int_equal(shared_slot_init(&late, s, &shared_token_bucket, "late", 4,
                                    &settings, 14, NULL),
                   0);
  assert_true(take_at(s, &late, 14.9));
  assert_true(seconds() - before < 0.9);
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  assert_true(take_at(s, &slot, 15)); // what the others have: a burst of 3
  assert_notice(s, "");
  assert_true(slot.index < SHARED_SLOTS);
  assert_true(bucket_available(enter(s, &slot, 15), 0) == 2);
  leave(s, &slot);
  shared_state_unref(s);
}

static void a_child_has_a_lock_of_its_own(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 3), *list = &slot;
  assert_true(take(s, &slot));
  pid_t child = fork();
  if (child == 0) { // with the parent's descriptor
    shared_state_enter(s, &list, 1, 0);
    kill(getpid(), SIGSTOP);
    shared_state_leave(s, &list, 1);
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, WUNTRACED), child);
  assert_true(take(s, &slot));
  assert_notice(s, "a stopped one perhaps");
  kill(child, SIGCONT);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  shared_state_unref(s);
}

// ---- a file that is spoiled while it is used ----

// Whatever happens to it: no signal, an answer, and a file that all share.
static void assert_goes_on(shared_state *s, shared_slot *slot,
                           const char *why) {
  assert_true(take(s, slot));
  assert_notice(s, why);
  assert_true(take(s, slot));
  assert_notice(s, "");
  shared_state *other = open_state();
  shared_slot same = bucket_of(other, "openai", 3);
  assert_true(take(other, &same));
  assert_false(take(s, slot));
  shared_state_unref(other);
}

static void a_file_that_is_cut_harms_nobody(void **state) {
  (void)state;
  static const off_t sizes[] = {
      0, 10, 4096, 8192, SHARED_FILE_BYTES - 1, SHARED_FILE_BYTES + 1};
  shared_state *s = open_state();
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    shared_slot slot = bucket_of(s, "openai", 3);
    assert_int_equal(truncate(path, sizes[i]), 0);
    assert_goes_on(s, &slot, "not the size");
    unlink(path);
    assert_int_equal(truncate(old_path, 0), 0);
    shared_state_unref(s);
    s = open_state();
  }
  shared_state_unref(s);
}

static void a_file_that_is_cut_while_locked_harms_nobody(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 3);
  bucket_take(enter(s, &slot, 0), 1, 0);
  assert_int_equal(truncate(path, 0), 0);
  leave(s, &slot);
  assert_goes_on(s, &slot, "not the size");
  shared_state_unref(s);
}

static void a_file_that_is_overwritten_harms_nobody(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 3);
  char *junk = malloc(SHARED_FILE_BYTES);
  for (int i = 0; i < SHARED_FILE_BYTES; i++)
    junk[i] = (char)(i * 7);
  change_file(0, junk, SHARED_FILE_BYTES);
  assert_goes_on(s, &slot, "no such file");
  free(junk);
  shared_state_unref(s);
}

static void what_cannot_be_opened_again_is_done_alone(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 3);
  assert_true(take(s, &slot));
  assert_int_equal(truncate(path, 0), 0);
  chmod(path, 0644);
  assert_true(take_at(s, &slot, 10));
  assert_notice(s, "chmod 600");
  assert_true(take_at(s, &slot, 11));
  assert_false(take_at(s, &slot, 12));
  assert_notice(s, "");
  chmod(path, 0600);
  assert_true(take_at(s, &slot, 20)); // a new one
  shared_state_unref(s);
}

// ---- bytes that make no sense ----

static const shared_kind *const kinds[] = {
    &shared_token_bucket, &shared_circuit_breaker, &shared_histogram,
    &shared_concurrency, &shared_counters};

enum { KINDS = sizeof kinds / sizeof *kinds };

// Settings that are right for each kind.
static const void *settings_of(int kind) {
  static shared_bucket_settings bucket = {1, 3};
  static breaker_config breaker;
  static shared_concurrency_settings concurrency = {2};
  static shared_counters_settings count = {5};
  breaker_defaults(&breaker);
  const void *all[KINDS] = {&bucket, &breaker, NULL, &concurrency, &count};
  return all[kind];
}

static void use_payload(int kind, void *payload) {
  switch (kind) {
  case 0:
    bucket_take(payload, 1, 1);
    break;
  case 1: {
    breaker_answer a = breaker_allow(payload, 1);
    breaker_record(payload, a.permit, BREAKER_FAILURE, 1, 1);
    break;
  }
  case 2:
    histogram_record(payload, 0.5);
    histogram_quantile(payload, 0.5);
    break;
  case 3: {
    uint64_t permit = concurrency_acquire(payload, 1, 1);
    concurrency_release(payload, permit);
    break;
  }
  default:
    counters_add(payload, 0, 1);
    counters_enter(payload);
    counters_in_flight(payload);
    counters_leave(payload);
    counters_reset(payload);
  }
}

static uint64_t chance(uint64_t *seed) {
  *seed = *seed * 6364136223846793005u + 1442695040888963407u;
  return *seed >> 33;
}

// Random bytes at random places, by a generator of fixed seed: what is not
// sound begins anew, and what passes is used without harm (the sanitizers see).
static void a_payload_of_any_bytes_harms_nobody(void **state) {
  (void)state;
  uint64_t seed = 1;
  shared_state *s = open_state();
  for (int k = 0; k < KINDS; k++) {
    shared_slot slot;
    assert_int_equal(
        shared_slot_init(&slot, s, kinds[k], "x", 1, settings_of(k), 0, NULL),
        0);
    for (int round = 0; round < 400; round++) {
      uint8_t bytes[32];
      size_t size = 1 + chance(&seed) % 32;
      for (size_t i = 0; i < size; i++)
        bytes[i] = round % 3 == 0 ? 0xFF : (uint8_t)chance(&seed);
      size_t at = chance(&seed) % (kinds[k]->size - size + 1);
      change_file(payload_of(&slot) + (off_t)at, bytes, size);
      use_payload(k, enter(s, &slot, 0));
      leave(s, &slot);
    }
  }
  shared_state_unref(s);
}

static void each_kind_knows_what_is_unsound(void **state) {
  (void)state;
  static uint8_t payload[SHARED_PAYLOAD_MAX];
  for (int k = 0; k < KINDS; k++) {
    kinds[k]->begin(payload, settings_of(k), 0);
    assert_true(kinds[k]->is_sound(payload));
    memset(payload, 0xFF, sizeof payload);
    assert_false(kinds[k]->is_sound(payload));
  }
  concurrency_limit *limit = (void *)payload;
  concurrency_init(limit, 2);
  for (int i = 0; i < CONCURRENCY_MAX; i++)
    limit->permits[i].number = 1; // none is free, and none is counted
  limit->granted = 1;
  assert_false(concurrency_is_sound(limit));
  counters *figures = (void *)payload;
  counters_init(figures, 5);
  figures->count = COUNTERS_MAX + 1;
  assert_false(counters_is_sound(figures));
  circuit_breaker *breaker = (void *)payload;
  breaker_config config;
  breaker_defaults(&config);
  config.judgement = BREAKER_COUNT_WINDOW;
  breaker_init(breaker, &config, 1, NULL);
  breaker->window.next = 100;
  assert_false(breaker_is_sound(breaker));
  breaker_init(breaker, &config, 1, NULL);
  breaker->config.half_open_max_calls = BREAKER_PROBES_MAX + 1;
  assert_false(breaker_is_sound(breaker));
}

// ---- the file ----

static void assert_set_aside(const char *why) {
  shared_state *s = open_state();
  assert_notice(s, why);
  shared_slot slot = bucket_of(s, "openai", 1);
  assert_true(take(s, &slot));
  shared_state_unref(s);
  assert_int_equal(access(old_path, F_OK), 0);
  s = open_state();
  assert_notice(s, "");
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
  change_file(offsetof(shared_head, header.magic), "x", 1);
  assert_set_aside("no such file");
  change_file(offsetof(shared_head, header.version), "\7", 1);
  assert_set_aside("another version");
  change_file(offsetof(shared_head, header.layouts), "\7", 1);
  assert_set_aside("another version");
  change_file(offsetof(shared_head, header.pid_namespace), "\7", 1);
  assert_set_aside("another container");
  const uint32_t journals[][5] = {
      {9}, {1, SHARED_SLOTS}, {1, 0, SHARED_PAYLOAD_MAX + 1}};
  for (int i = 0; i < 3; i++) {
    change_file(offsetof(shared_head, journal), journals[i],
                sizeof journals[i]);
    assert_set_aside("damaged");
  }
}

static void a_restart_of_the_machine_begins_anew(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 1);
  assert_true(take(s, &slot));
  shared_state_unref(s);
  change_file(offsetof(shared_head, header.boot_id), "before", 6);
  s = open_state();
  assert_notice(s, "");
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
      TEST(one_that_was_stopped_is_not_waited_for),
      TEST(a_child_has_a_lock_of_its_own),
      TEST(a_file_that_is_cut_harms_nobody),
      TEST(a_file_that_is_cut_while_locked_harms_nobody),
      TEST(a_file_that_is_overwritten_harms_nobody),
      TEST(what_cannot_be_opened_again_is_done_alone),
      TEST(a_payload_of_any_bytes_harms_nobody),
      TEST(each_kind_knows_what_is_unsound),
      TEST(what_is_no_state_is_set_aside),
      TEST(a_restart_of_the_machine_begins_anew),
      TEST(nobody_else_may_reach_it),
      TEST(the_folder_is_made),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
