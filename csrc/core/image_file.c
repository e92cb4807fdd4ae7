// SPDX-License-Identifier: MIT
#include "blob_writer.h"
#include "image.h"
#include "pool_job.h"
#include "regular_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ---- one file ----

// To the end of the file, which may have moved since its size was asked: one
// byte more than was said shows that it is the end. 0, or -1.
static int read_to_end(int fd, const char *path, blob_writer *w, error *e) {
  for (;;) {
    if (blob_writer_reserve(w, 1, e) < 0)
      return -1;
    size_t size = w->blob->size;
    ssize_t count =
        regular_file_read_some(fd, w->blob->data + size, blob_writer_room(w));
    if (count < 0)
      return regular_file_failed(path, e);
    if (count == 0)
      return 0;
    w->blob->size += (size_t)count;
    if (w->blob->size == w->maximum)
      return image_too_large(path, w->maximum - 1, e);
  }
}

static blob *read_open_file(int fd, const char *path, off_t said,
                            size_t maximum, error *e) {
  size_t expected = said > 0 ? (size_t)said : 0;
  if (expected > maximum) {
    image_too_large(path, maximum, e);
    return NULL;
  }
  blob_writer w;
  blob_writer_init(&w, maximum + 1);
  blob *read = NULL;
  if (blob_writer_reserve(&w, expected + 1, e) == 0 &&
      read_to_end(fd, path, &w, e) == 0)
    read = blob_writer_take(&w);
  blob_writer_free(&w);
  return read;
}

static blob *read_file(const char *path, size_t maximum, error *e) {
  struct stat about;
  int fd = regular_file_open(path, &about, e);
  if (fd < 0)
    return NULL;
  blob *b = read_open_file(fd, path, about.st_size, maximum, e);
  close(fd);
  return b;
}

// Says which file it was, since the header's messages cannot.
static void name_file(const char *path, error *e) {
  error plain = *e;
  error_set(e, plain.reason, "%s: %s", path, plain.message);
}

image *image_from_file(const char *path, size_t maximum, error *e) {
  error local = {0};
  e = e ? e : &local;
  blob *b = read_file(path, maximum, e);
  if (!b)
    return NULL;
  image *i = image_from_blob(b, e);
  if (!i)
    name_file(path, e);
  else
    image_sha256(i,
                 NULL); // while nobody waits; should it fail, it is met again
  blob_unref(b);
  return i;
}

// ---- on the pool ----

struct image_read {
  pool_job job;
  size_t maximum;
  image *result; // the pool's while the job runs
  error failure; // likewise
  char path[];   // terminated by zero
};

static void run(void *owner) {
  image_read *r = owner;
  r->result = image_from_file(r->path, r->maximum, &r->failure);
}

static void release(void *owner) {
  image_read *r = owner;
  image_unref(r->result);
  free(r);
}

image_read *image_read_new(loop *l, const char *path, size_t maximum,
                           error *e) {
  size_t size = strlen(path) + 1;
  image_read *r = calloc(1, sizeof *r + size);
  if (!r) {
    error_memory(e);
    return NULL;
  }
  memcpy(r->path, path, size);
  r->maximum = maximum;
  pool_job_init(&r->job, l, run, release, r);
  if (pool_job_start(&r->job, e) == 0)
    return r;
  pool_job_delete(&r->job);
  return NULL;
}

completion *image_read_completion(image_read *r) { return &r->job.done; }

bool image_read_is_done(const image_read *r) {
  return pool_job_is_done(&r->job);
}

image *image_read_result(image_read *r, error *e) {
  if (r->job.cancelled) {
    error_set(e, REASON_CANCELLED, "reading %s was cancelled", r->path);
    return NULL;
  }
  if (r->result)
    return image_ref(r->result);
  *e = r->failure;
  return NULL;
}

void image_read_cancel(image_read *r) { pool_job_cancel(&r->job); }

void image_read_delete(image_read *r) {
  if (r)
    pool_job_delete(&r->job);
}
