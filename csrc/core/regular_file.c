// SPDX-License-Identifier: MIT
#include "regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 16384 };

int regular_file_failed(const char *path, error *e) {
  int code = errno;
  char reason[128];
  if (code == ENOENT || code == ENOTDIR)
    return error_set(e, REASON_NOT_FOUND, "no such file: %s", path);
  return error_set(e, REASON_UNREADABLE, "cannot read %s: %s", path,
                   strerror_r(code, reason, sizeof reason));
}

// Not waiting for a pipe to be opened at its other end, and then refusing it.
int regular_file_open(const char *path, struct stat *about, error *e) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return regular_file_failed(path, e);
  if (fstat(fd, about) < 0)
    regular_file_failed(path, e);
  else if (S_ISDIR(about->st_mode))
    error_set(e, REASON_IS_DIRECTORY, "%s is a directory; name a file in it",
              path);
  else if (!S_ISREG(about->st_mode))
    error_set(e, REASON_UNREADABLE, "%s is a pipe or a device, not a file",
              path);
  else
    return fd;
  close(fd);
  return -1;
}

ssize_t regular_file_read_some(int fd, void *out, size_t room) {
  ssize_t count;
  do
    count = read(fd, out, room);
  while (count < 0 && errno == EINTR);
  return count;
}

static int read_to_end(int fd, const char *path, buffer *out, error *e) {
  char piece[PIECE];
  ssize_t count;
  while ((count = regular_file_read_some(fd, piece, sizeof piece)) > 0)
    if (buffer_append(out, piece, (size_t)count, e) != 0)
      return e->reason != REASON_TOO_LARGE
                 ? -1
                 : error_set(e, REASON_TOO_LARGE, "%s is larger than %zu bytes",
                             path, out->maximum);
  return count == 0 ? 0 : regular_file_failed(path, e);
}

int regular_file_read(const char *path, buffer *out, error *e) {
  struct stat about;
  int fd = regular_file_open(path, &about, e);
  if (fd < 0)
    return -1;
  int status = read_to_end(fd, path, out, e);
  close(fd);
  return status;
}

int regular_file_make(const char *path, error *e) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return errno == EEXIST
               ? error_set(e, REASON_INPUT, "%s is there already", path)
               : regular_file_failed(path, e);
  close(fd);
  return 0;
}
