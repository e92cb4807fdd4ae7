// SPDX-License-Identifier: MIT
// base64: what is decoded is the same in pieces and whole; what is accepted
// encodes to the same text again; what is encoded decodes to the same bytes.
#include "fuzz.h"

#include "../core/base64.h"

#include <stdbool.h>

typedef struct decoded {
  uint8_t *bytes;
  size_t size;
  uint64_t taken;
  const char *fault;
} decoded;

static decoded decode(const char *text, size_t length, int control) {
  base64_decoder d;
  decoded result = {malloc(base64_decoded_room(length) + 1), 0, 0, NULL};
  base64_decoder_init(&d, true);
  for (size_t at = 0; at < length;) {
    size_t count = control < 0 ? length : piece_length((uint8_t)control, at);
    if (count > length - at)
      count = length - at;
    char *piece = exact_copy(text + at, count);
    uint8_t *out = malloc(base64_decoded_room(count));
    size_t written, taken = base64_decode(&d, piece, count, out, &written);
    HOLDS(written <= base64_decoded_room(count));
    memcpy(result.bytes + result.size, out, written);
    result.size += written;
    free(out);
    free(piece);
    HOLDS((taken < count) == (d.fault != NULL));
    if (taken < count)
      break;
    at += count;
  }
  base64_decode_end(&d);
  result.taken = d.taken;
  result.fault = d.fault;
  return result;
}

static void encodes_to_the_same(const decoded *d, const char *text,
                                size_t length) {
  size_t again_length = base64_encoded_size(d->size), at = 0;
  char *again = malloc(again_length + 1);
  base64_encode(d->bytes, d->size, again);
  for (size_t i = 0; i < length; i++)
    if (text[i] != '\r' && text[i] != '\n') {
      HOLDS(at < again_length);
      HOLDS(again[at++] == text[i]);
    }
  HOLDS(at == again_length);
  free(again);
}

static void takes_apart(const char *text, size_t length, uint8_t control) {
  decoded whole = decode(text, length, -1);
  decoded pieces = decode(text, length, control);
  HOLDS(whole.fault == pieces.fault);
  HOLDS(whole.taken == pieces.taken);
  HOLDS(whole.size == pieces.size);
  HOLDS(memcmp(whole.bytes, pieces.bytes, whole.size) == 0);
  if (!whole.fault)
    encodes_to_the_same(&whole, text, length);
  free(whole.bytes);
  free(pieces.bytes);
}

static void goes_round(const uint8_t *bytes, size_t size, uint8_t control) {
  size_t length = base64_encoded_size(size);
  char *text = malloc(length + 1);
  size_t at = 0, count;
  do {
    count = piece_length(control, at);
    count = base64_encode_part(bytes, size, at, text + at, count);
    at += count;
  } while (count > 0);
  HOLDS(at == length);
  decoded back = decode(text, length, -1);
  HOLDS(!back.fault && back.size == size);
  HOLDS(memcmp(back.bytes, bytes, size) == 0);
  free(back.bytes);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  takes_apart((const char *)data + 1, size - 1, data[0]);
  goes_round(data + 1, size - 1, data[0]);
  return 0;
}
