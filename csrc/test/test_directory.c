// SPDX-License-Identifier: MIT
// Folders read in steps on the pool.
#include "check.h"
#include "folder.h"

#include "../core/directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void make_file(const char *name) {
  int fd = open(path_of(name), O_CREAT | O_WRONLY, 0600);
  assert_true(fd >= 0);
  close(fd);
}

static int step(loop *l, directory *d, error *e) {
  assert_int_equal(directory_step(d, e), 0);
  assert_true(directory_is_busy(d));
  for (int turns = 0; directory_is_busy(d) && turns < 1000; turns++) {
    loop_wait(l, 5000000);
    loop_take(l);
  }
  assert_false(directory_is_busy(d));
  return directory_count(d, e);
}

static void kinds_are_told(void **state) {
  (void)state;
  static const struct {
    const char *name;
    enum entry_kind kind;
  } wanted[] = {
      {"file", ENTRY_FILE},       {"folder", ENTRY_FOLDER},
      {"pipe", ENTRY_OTHER},      {"link", ENTRY_FILE},
      {"up", ENTRY_FOLDER},       {"to_pipe", ENTRY_OTHER},
      {"to_nothing", ENTRY_FILE},
  };
  enum { WANTED = sizeof wanted / sizeof *wanted };
  make_file("file");
  assert_int_equal(mkdir(path_of("folder"), 0700), 0);
  assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
  assert_int_equal(symlink("file", path_of("link")), 0);
  assert_int_equal(symlink(".", path_of("up")), 0);
  assert_int_equal(symlink("pipe", path_of("to_pipe")), 0);
  assert_int_equal(symlink("absent", path_of("to_nothing")), 0);
  error e = {0};
  loop *l = loop_get(&e);
  directory *d = directory_new(l, folder, &e);
  int count = step(l, d, &e);
  assert_int_equal(count, WANTED);
  for (int i = 0; i < count; i++) {
    directory_entry entry = directory_at(d, i);
    int found = 0;
    for (int k = 0; k < WANTED; k++)
      if (strcmp(wanted[k].name, entry.name) == 0) {
        assert_int_equal(entry.kind, wanted[k].kind);
        found++;
      }
    assert_int_equal(found, 1);
  }
  assert_int_equal(step(l, d, &e), 0); // the end
  assert_int_equal(step(l, d, &e), 0); // and again
  directory *again = directory_new(l, path_of("up"), &e);
  step(l, again, &e);
  assert_int_equal(directory_who(d).inode, directory_who(again).inode);
  directory_delete(again);
  directory_delete(d);
  loop_unref(l);
}

static void many_come_in_steps(void **state) {
  (void)state;
  enum { FILES = 2 * DIRECTORY_STEP_MAX + 5 };
  char name[64];
  error e = {0};
  assert_int_equal(mkdir(path_of("many"), 0700), 0);
  for (int i = 0; i < FILES; i++) {
    snprintf(name, sizeof name, "many/%d", i);
    make_file(name);
  }
  loop *l = loop_get(&e);
  directory *d = directory_new(l, path_of("many"), &e);
  assert_int_equal(step(l, d, &e), DIRECTORY_STEP_MAX);
  assert_int_equal(step(l, d, &e), DIRECTORY_STEP_MAX);
  assert_int_equal(step(l, d, &e), 5);
  assert_int_equal(step(l, d, &e), 0);
  directory_delete(d);
  loop_unref(l);
}

static void refused(loop *l, const char *path, enum reason reason) {
  error e = {0};
  directory *d = directory_new(l, path, &e);
  assert_int_equal(step(l, d, &e), -1);
  assert_string_equal(reason_word(e.reason), reason_word(reason));
  assert_non_null(strstr(e.message, path));
  assert_int_equal(step(l, d, &e), -1); // and says so again
  directory_delete(d);
}

static void no_folder_is_said(void **state) {
  (void)state;
  error e = {0};
  loop *l = loop_get(&e);
  refused(l, path_of("absent"), REASON_NOT_FOUND);
  make_file("plain");
  refused(l, path_of("plain"), REASON_INPUT);
  assert_int_equal(symlink("round", path_of("round")), 0);
  refused(l, path_of("round"), REASON_UNREADABLE);
  loop_unref(l);
}

static void reading_may_be_given_up(void **state) {
  (void)state;
  error e = {0};
  loop *l = loop_get(&e);
  directory_delete(directory_new(l, folder, &e));
  directory *d = directory_new(l, folder, &e);
  assert_int_equal(directory_step(d, &e), 0);
  directory_delete(d); // at once
  loop_wait(l, -1);    // nothing of it is left when the loop is closed
  assert_int_equal(loop_take(l), 0);
  directory_delete(NULL);
  loop_unref(l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kinds_are_told),
      cmocka_unit_test(many_come_in_steps),
      cmocka_unit_test(no_folder_is_said),
      cmocka_unit_test(reading_may_be_given_up),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
