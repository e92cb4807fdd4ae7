// SPDX-License-Identifier: MIT
// A copy of the whole while others write. It grows under another name beside
// its place, is checked, and gets its name last: so what has the name is whole.
#include "sqlite_connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int cannot_write(const char *path, error *e) {
  int code = errno;
  char reason[128];
  return error_set(e,
                   code == ENOENT   ? REASON_NOT_FOUND
                   : code == EEXIST ? REASON_INVALID_OPTION
                                    : REASON_UNREADABLE,
                   "cannot write the backup %s: %s", path,
                   strerror_r(code, reason, sizeof reason));
}

static int make_part(const char *part, error *e) {
  int fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return cannot_write(part, e);
  close(fd);
  return 0;
}

// In steps, so that it can be stopped. The transaction that is open on the
// source holds what is copied as it is.
static int copy_pages(sqlite_connection *from, sqlite_connection *to,
                      error *e) {
  enum { PAGES = 256 };
  int code = SQLITE_OK;
  sqlite3_backup *backup =
      sqlite3_backup_init(to->db, "main", from->db, "main");
  if (!backup)
    return sqlite_connection_fail(to, sqlite3_errcode(to->db), e);
  while (code == SQLITE_OK) {
    code = sqlite3_backup_step(backup, PAGES);
    if (from->stopped && atomic_load(from->stopped))
      code = SQLITE_INTERRUPT;
  }
  int finished = sqlite3_backup_finish(backup);
  if (code == SQLITE_INTERRUPT)
    return error_set(e, REASON_CANCELLED, "cancelled");
  return finished == SQLITE_OK ? 0 : sqlite_connection_fail(to, finished, e);
}

// Nobody has the copy open, so it will not be taken for one that crashed.
static int fill(sqlite_connection *from, sqlite_connection *to, error *e) {
  to->stopped = from->stopped;
  if (sqlite_connection_connect(to, SQLITE_OPEN_READWRITE, e) < 0 ||
      sqlite_connection_do(from, "BEGIN; SELECT 1 FROM sqlite_master", e) < 0)
    return -1;
  int status = copy_pages(from, to, e);
  sqlite_connection_do(from, "COMMIT", NULL);
  if (status == 0)
    status = sqlite_connection_check(to, e);
  if (status == 0)
    status = sqlite_connection_do(to, "DELETE FROM vision_openers", e);
  return status;
}

static int give_name(const char *part, const char *path, error *e) {
  struct stat about;
  if (stat(path, &about) == 0) {
    errno = EEXIST;
    return cannot_write(path, e);
  }
  return rename(part, path) == 0 ? 0 : cannot_write(path, e);
}

static int write_copy(sqlite_connection *from, const char *part,
                      const char *path, error *e) {
  if (make_part(part, e) < 0)
    return -1;
  sqlite_connection *to = sqlite_connection_new(part, e);
  int status = to ? fill(from, to, e) : -1;
  sqlite_connection_delete(to);
  if (status == 0)
    status = give_name(part, path, e);
  if (status < 0)
    unlink(part);
  return status;
}

int sqlite_connection_backup(sqlite_connection *c, const char *path, error *e) {
  struct stat about;
  if (stat(path, &about) == 0) {
    errno = EEXIST;
    return cannot_write(path, e);
  }
  size_t room = strlen(path) + sizeof ".part";
  char *part = malloc(room);
  if (!part)
    return error_memory(e);
  snprintf(part, room, "%s.part", path);
  int status = write_copy(c, part, path, e);
  free(part);
  return status;
}
