// SPDX-License-Identifier: MIT
#include "image.h"

#include "base64.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

image *image_from_blob(blob *bytes, error *e) {
  image *i = malloc(sizeof *i);
  if (!i) {
    error_memory(e);
    return NULL;
  }
  atomic_init(&i->references, 1);
  i->bytes = blob_ref(bytes);
  i->has_digest = false;
  if (image_header_read(bytes->data, bytes->size, &i->header, e) == 0)
    return i;
  image_unref(i);
  return NULL;
}

const uint8_t *image_sha256(image *i, error *e) {
  if (!i->has_digest)
    i->has_digest =
        sha256_of(i->bytes->data, i->bytes->size, i->digest, e) == 0;
  return i->has_digest ? i->digest : NULL;
}

image *image_ref(image *i) {
  atomic_fetch_add_explicit(&i->references, 1, memory_order_relaxed);
  return i;
}

void image_unref(image *i) {
  if (!i ||
      atomic_fetch_sub_explicit(&i->references, 1, memory_order_acq_rel) != 1)
    return;
  blob_unref(i->bytes);
  free(i);
}

int image_too_large(const char *name, size_t maximum, error *e) {
  bool round = maximum % (1 << 20) == 0;
  return error_set(e, REASON_TOO_LARGE,
                   "%s is larger than %zu %s; make it smaller", name,
                   round ? maximum >> 20 : maximum, round ? "MiB" : "bytes");
}

// ---- base64 ----

size_t data_url_prefix(const char *text, size_t length) {
  enum { PREFIX_MAX = 256 };
  static const char scheme[] = "data:", encoding[] = ";base64";
  const size_t scheme_size = sizeof scheme - 1;
  const size_t encoding_size = sizeof encoding - 1;
  const char *comma =
      memchr(text, ',', length < PREFIX_MAX ? length : PREFIX_MAX);
  if (!comma || (size_t)(comma - text) < scheme_size + encoding_size ||
      strncasecmp(text, scheme, scheme_size) != 0 ||
      strncasecmp(comma - encoding_size, encoding, encoding_size) != 0)
    return 0;
  return (size_t)(comma - text) + 1;
}

// Decodes the text behind its prefix; `b` has the room for it.
static int decode_text(const char *text, size_t length, size_t prefix, blob *b,
                       error *e) {
  base64_decoder d;
  base64_decoder_init(&d, true);
  base64_decode(&d, text + prefix, length - prefix, b->data, &b->size);
  if (base64_decode_end(&d))
    return 0;
  return error_set(e, REASON_INVALID_BASE64, "not base64: %s, at character %zu",
                   d.fault, prefix + (size_t)d.taken + 1);
}

image *image_from_base64(const char *text, size_t length, size_t maximum,
                         error *e) {
  size_t prefix = data_url_prefix(text, length);
  size_t room = base64_decoded_room(length - prefix);
  // Line breaks may take a part of the room, but not as much as a third.
  if (room / 3 * 2 > maximum) {
    image_too_large("the image", maximum, e);
    return NULL;
  }
  blob *b = blob_new(room, e);
  if (!b)
    return NULL;
  image *i = NULL;
  if (decode_text(text, length, prefix, b, e) == 0) {
    if (b->size > maximum)
      image_too_large("the image", maximum, e);
    else
      i = image_from_blob(b, e);
  }
  blob_unref(b);
  return i;
}
