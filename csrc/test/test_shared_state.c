// SPDX-License-Identifier: MIT
#include "shared_state.h"

#include <math.h>

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

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(all_who_open_it_have_one_bucket),
      TEST(the_settings_said_last_hold),
      TEST(a_name_has_a_length),
      TEST(a_slot_left_alone_is_given_away),
      TEST(several_are_entered_together),
      TEST(what_is_no_state_is_set_aside),
      TEST(a_restart_of_the_machine_begins_anew),
      TEST(nobody_else_may_reach_it),
      TEST(the_folder_is_made),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
