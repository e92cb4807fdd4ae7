// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_IMAGE_H
#define VISION_CORE_IMAGE_H

#include "blob.h"
#include "digest.h"
#include "image_header.h"
#include "loop.h"

#include <stdbool.h>

// A picture or document: its bytes, which live once and never change, and what
// its header says. References are counted atomically.
typedef struct image {
  atomic_int references;
  blob *bytes;
  image_header header;
  bool has_digest;
  uint8_t digest[SHA256_SIZE]; // see image_sha256
} image;

// A file or text is read up to this many bytes unless the caller says less.
#define IMAGE_BYTES_MAX ((size_t)128 << 20)

// The one message for an image beyond the limit. Returns -1.
int image_too_large(const char *name, size_t maximum, error *e);

// Every maker returns one reference, or NULL with the errors of
// image_header_read, MEMORY, and what is named at each.

// Takes a reference of its own to `bytes`.
image *image_from_blob(blob *bytes, error *e);

// From base64, strict but for line breaks, with or without a prefix like
// "data:image/png;base64,". INVALID_BASE64 says where; TOO_LARGE.
image *image_from_base64(const char *text, size_t length, size_t maximum,
                         error *e);

// Reads a file to its end; it is never mapped. Blocks, hence for the pool.
// NOT_FOUND, IS_DIRECTORY, UNREADABLE (no permission, no regular file, a fault
// of the disk), TOO_LARGE.
image *image_from_file(const char *path, size_t maximum, error *e);

// The SHA-256 of the bytes, made at the first call, which costs about 0.6 ms a
// megabyte: an image read from a file has it already. By one thread at a time.
// NULL: INTERNAL.
const uint8_t *image_sha256(image *i, error *e);

image *image_ref(image *i); // returns i
void image_unref(image *i); // NULL is allowed

// The length of a prefix like "data:image/png;base64,", 0 where there is none.
// More than a few hundred characters are none.
size_t data_url_prefix(const char *text, size_t length);

// ---- reading on the thread pool ----

typedef struct image_read image_read;

// Starts to read a file. NULL: MEMORY or INTERNAL.
image_read *image_read_new(loop *l, const char *path, size_t maximum, error *e);
completion *image_read_completion(image_read *r);
bool image_read_is_done(const image_read *r);

// A new reference to the image; NULL with the error that reading met, or with
// CANCELLED. Only when done.
image *image_read_result(image_read *r, error *e);

// Ends it with CANCELLED, if it is not done; the reading itself runs on and
// is thrown away.
void image_read_cancel(image_read *r);

void image_read_delete(image_read *r); // at any time; NULL is allowed

#endif
