// SPDX-License-Identifier: MIT
#include "directory.h"

#include "buffer.h"
#include "pool_job.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAMES_MAX ((size_t)DIRECTORY_STEP_MAX * (NAME_MAX + 1))

struct directory {
  pool_job job;
  DIR *stream;   // NULL before the first step; the pool's while one runs
  buffer names;  // likewise: the names of this step, each ended by zero
  error failure; // likewise
  directory_identity who;
  int count;
  size_t starts[DIRECTORY_STEP_MAX]; // where each name begins in `names`
  enum entry_kind kinds[DIRECTORY_STEP_MAX];
  char path[]; // terminated by zero
};

// ---- on the pool ----

static int open_failed(directory *d) {
  int code = errno;
  char text[128];
  if (code == ENOENT)
    return error_set(&d->failure, REASON_NOT_FOUND, "no such folder: %s",
                     d->path);
  if (code == ENOTDIR)
    return error_set(&d->failure, REASON_INPUT, "%s is not a folder", d->path);
  return error_set(&d->failure, REASON_UNREADABLE,
                   "cannot read the folder %s: %s", d->path,
                   strerror_r(code, text, sizeof text));
}

static int open_stream(directory *d) {
  struct stat about;
  d->stream = opendir(d->path);
  if (!d->stream || fstat(dirfd(d->stream), &about) < 0)
    return open_failed(d);
  d->who = (directory_identity){about.st_dev, about.st_ino};
  return 0;
}

static enum entry_kind kind_of_mode(mode_t mode) {
  if (S_ISDIR(mode))
    return ENTRY_FOLDER;
  return S_ISREG(mode) ? ENTRY_FILE : ENTRY_OTHER;
}

// Only what the folder itself does not say is asked for.
static enum entry_kind kind_of(const directory *d, const struct dirent *entry) {
  struct stat about;
  switch (entry->d_type) {
  case DT_REG:
    return ENTRY_FILE;
  case DT_DIR:
    return ENTRY_FOLDER;
  case DT_LNK:
  case DT_UNKNOWN:
    if (fstatat(dirfd(d->stream), entry->d_name, &about, 0) < 0)
      return ENTRY_FILE;
    return kind_of_mode(about.st_mode);
  default:
    return ENTRY_OTHER;
  }
}

static int add(directory *d, const struct dirent *entry) {
  size_t size = strlen(entry->d_name) + 1;
  d->starts[d->count] = d->names.length;
  d->kinds[d->count] = kind_of(d, entry);
  if (buffer_append(&d->names, entry->d_name, size, &d->failure) < 0)
    return -1;
  d->count++;
  return 0;
}

static bool is_itself_or_parent(const char *name) {
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int read_entries(directory *d) {
  while (d->count < DIRECTORY_STEP_MAX) {
    errno = 0; // a NULL with it is a failure, without it the end
    const struct dirent *entry = readdir(d->stream);
    if (!entry)
      return errno ? open_failed(d) : 0;
    if (!is_itself_or_parent(entry->d_name) && add(d, entry) < 0)
      return -1;
  }
  return 0;
}

static void run(void *owner) {
  directory *d = owner;
  d->count = 0;
  d->names.length = 0;
  if ((!d->stream && open_stream(d) < 0) || read_entries(d) < 0)
    d->count = -1;
}

// ---- on the loop's thread ----

static void release(void *owner) {
  directory *d = owner;
  if (d->stream)
    closedir(d->stream);
  buffer_free(&d->names);
  free(d);
}

directory *directory_new(loop *l, const char *path, error *e) {
  size_t size = strlen(path) + 1;
  directory *d = calloc(1, sizeof *d + size);
  if (!d) {
    error_memory(e);
    return NULL;
  }
  memcpy(d->path, path, size);
  buffer_init(&d->names, NAMES_MAX);
  pool_job_init(&d->job, l, run, release, d);
  return d;
}

int directory_step(directory *d, error *e) {
  return pool_job_start(&d->job, e);
}

completion *directory_completion(directory *d) { return &d->job.done; }

bool directory_is_busy(const directory *d) {
  return !pool_job_is_done(&d->job);
}

int directory_count(const directory *d, error *e) {
  if (d->count < 0)
    *e = d->failure;
  return d->count;
}

directory_entry directory_at(const directory *d, int index) {
  return (directory_entry){d->names.data + d->starts[index], d->kinds[index]};
}

directory_identity directory_who(const directory *d) { return d->who; }

void directory_delete(directory *d) {
  if (d)
    pool_job_delete(&d->job);
}
