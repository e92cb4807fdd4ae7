// SPDX-License-Identifier: MIT
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *path, int number, error *e) {
  enum reason reason = number == ENOENT    ? REASON_NOT_FOUND
                       : number == ENOTDIR ? REASON_INPUT
                                           : REASON_UNREADABLE;
  return error_set(e, reason, "%s: %s", path, strerror(number));
}

static bool is_dots(const char *name) {
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int visit(int folder, const char *name,
                 int (*each)(void *, const folder_entry *), void *context) {
  struct stat about;
  if (fstatat(folder, name, &about, 0) != 0)
    return 0; // it has just gone, or its link leads nowhere
  const folder_entry entry = {
      .name = name,
      .is_file = S_ISREG(about.st_mode),
      .is_folder = S_ISDIR(about.st_mode),
      .bytes = about.st_size,
      .modified_ns =
          (int64_t)about.st_mtim.tv_sec * 1000000000 + about.st_mtim.tv_nsec,
      .id = about.st_ino,
  };
  return each(context, &entry);
}

int folder_list(const char *path,
                int (*each)(void *context, const folder_entry *entry),
                void *context, error *e) {
  DIR *folder = opendir(path);
  if (!folder)
    return fail(path, errno, e);
  int status = 0, count = 0;
  const struct dirent *entry;
  while (status == 0 && (entry = readdir(folder)) != NULL) {
    if (is_dots(entry->d_name))
      continue;
    if (++count > FOLDER_ENTRIES_MAX)
      status = error_set(e, REASON_TOO_LARGE, "%s: more than %d files", path,
                         FOLDER_ENTRIES_MAX);
    else
      status = visit(dirfd(folder), entry->d_name, each, context);
  }
  closedir(folder);
  return status;
}

static int make_one(const char *path, error *e) {
  struct stat about;
  if (mkdir(path, 0777) == 0)
    return 0;
  int number = errno;
  if (stat(path, &about) != 0)
    return fail(path, number, e);
  return S_ISDIR(about.st_mode) ? 0 : fail(path, ENOTDIR, e);
}

int folder_make(const char *path, error *e) {
  char part[PATH_MAX];
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof part)
    return error_set(e, REASON_INPUT,
                     "a folder's path has 1 to %d bytes, not %zu", PATH_MAX - 1,
                     length);
  memcpy(part, path, length + 1);
  for (size_t i = 1; i < length; i++) {
    if (part[i] != '/')
      continue;
    part[i] = '\0';
    if (make_one(part, e) != 0)
      return -1;
    part[i] = '/';
  }
  return make_one(part, e);
}

int folder_make_own(const char *path, error *e) {
  struct stat about;
  if (mkdir(path, 0700) == 0)
    return 0;
  int number = errno;
  if (number != EEXIST || lstat(path, &about) != 0)
    return fail(path, number, e);
  if (S_ISDIR(about.st_mode) && about.st_uid == geteuid() &&
      (about.st_mode & 077) == 0)
    return 0;
  return error_set(e, REASON_INPUT,
                   "%s: must be a folder of this user's alone, with no rights "
                   "for others (chmod 700)",
                   path);
}

int folder_make_private(const char *in, char *path, size_t size, error *e) {
  int length = snprintf(path, size, "%s/vision-workers-XXXXXX", in);
  if (length < 0 || (size_t)length >= size)
    return error_set(e, REASON_INPUT, "the path of a folder is too long");
  return mkdtemp(path) ? 0 : fail(in, errno, e);
}
