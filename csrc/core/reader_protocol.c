// SPDX-License-Identifier: MIT
#include "reader_protocol.h"

#include <string.h>

void frame_header(uint8_t out[FRAME_HEADER_SIZE], enum frame_kind kind,
                  uint32_t length) {
  out[0] = (uint8_t)kind;
  out[1] = FRAME_VERSION;
  out[2] = out[3] = 0;
  for (int i = 0; i < 4; i++)
    out[4 + i] = (uint8_t)(length >> (8 * i));
}

static size_t payload_length(const uint8_t header[FRAME_HEADER_SIZE]) {
  return (size_t)header[4] | (size_t)header[5] << 8 | (size_t)header[6] << 16 |
         (size_t)header[7] << 24;
}

void message_free(message *m) {
  blob_unref(m->steps);
  blob_unref(m->image);
  blob_unref(m->result);
  for (int i = 0; i < m->picture_count; i++)
    blob_unref(m->pictures[i]);
  memset(m, 0, sizeof *m);
}

static void next_frame(message_reader *r) {
  r->payload = NULL;
  r->filled = 0;
}

void message_reader_init(message_reader *r, enum message_side side,
                         size_t maximum) {
  memset(r, 0, sizeof *r);
  r->side = side;
  r->maximum = r->left = maximum;
}

void message_reader_free(message_reader *r) {
  blob_unref(r->payload);
  message_free(&r->message);
  next_frame(r);
}

void message_reader_take(message_reader *r, message *out) {
  *out = r->message;
  memset(&r->message, 0, sizeof r->message);
  r->left = r->maximum;
}

bool message_reader_idle(const message_reader *r) {
  return !r->payload && r->filled == 0 && !r->message.steps &&
         r->message.picture_count == 0;
}

uint8_t *message_reader_space(message_reader *r, size_t *room) {
  if (r->payload) {
    *room = r->payload->size - r->filled;
    return r->payload->data + r->filled;
  }
  *room = FRAME_HEADER_SIZE - r->filled;
  return r->header + r->filled;
}

// The most bytes a frame of this kind may have now; -1 where it may not come.
static int64_t frame_maximum(const message_reader *r, enum frame_kind kind) {
  const message *m = &r->message;
  if (r->side == MESSAGE_REQUEST) {
    if (kind == FRAME_STEPS && !m->steps)
      return MESSAGE_STEPS_MAX;
    return kind == FRAME_IMAGE && m->steps ? (int64_t)r->left : -1;
  }
  switch (kind) {
  case FRAME_PICTURE:
    return m->picture_count < MESSAGE_PICTURES_MAX ? (int64_t)r->left : -1;
  case FRAME_RESULT:
    return MESSAGE_RESULT_MAX;
  case FRAME_FAILURE:
    return MESSAGE_FAILURE_MAX;
  case FRAME_READY:
    return r->heard_ready || m->picture_count ? -1 : 0;
  default:
    return -1;
  }
}

// Judges the header that has come. NULL: refused.
static blob *new_payload(const message_reader *r, error *e) {
  if (r->header[1] != FRAME_VERSION || r->header[2] || r->header[3]) {
    error_set(e, REASON_INVALID_RESPONSE,
              "vision-reader and the core are of different versions: install "
              "both from one build");
    return NULL;
  }
  int64_t maximum = frame_maximum(r, (enum frame_kind)r->header[0]);
  size_t length = payload_length(r->header);
  if (maximum < 0)
    error_set(e, REASON_INVALID_RESPONSE,
              "a frame of kind %d where none may come", r->header[0]);
  else if (length > (size_t)maximum)
    error_set(e, REASON_TOO_LARGE,
              "a frame of %zu bytes where at most %lld may come", length,
              (long long)maximum);
  else
    return blob_new(length, e);
  return NULL;
}

static void decode_failure(const blob *payload, error *failure) {
  const char *text = (const char *)payload->data;
  const char *end = memchr(text, '\n', payload->size);
  size_t word = end ? (size_t)(end - text) : payload->size;
  enum reason reason = REASON_INTERNAL;
  for (int i = 1; i < REASON_COUNT; i++) {
    const char *name = reason_word((enum reason)i);
    if (strlen(name) == word && memcmp(name, text, word) == 0)
      reason = (enum reason)i;
  }
  size_t rest = end ? payload->size - word - 1 : 0;
  error_set(failure, reason, "%.*s", (int)rest, end ? end + 1 : "");
}

// Puts the payload where it belongs. 1 when that ends the message.
static int end_payload(message_reader *r) {
  message *m = &r->message;
  blob *payload = r->payload;
  next_frame(r);
  switch ((enum frame_kind)r->header[0]) {
  case FRAME_STEPS:
    m->steps = payload;
    return 0;
  case FRAME_IMAGE:
    m->image = payload;
    return 1;
  case FRAME_PICTURE:
    r->left -= payload->size;
    m->pictures[m->picture_count++] = payload;
    return 0;
  case FRAME_RESULT:
    m->result = payload;
    return 1;
  case FRAME_FAILURE:
    decode_failure(payload, &m->failure);
    blob_unref(payload);
    return 1;
  case FRAME_READY:
    r->heard_ready = true;
    blob_unref(payload);
    return 0;
  }
  return 0;
}

int message_reader_advance(message_reader *r, size_t count, error *e) {
  r->filled += count;
  if (!r->payload) {
    if (r->filled < FRAME_HEADER_SIZE)
      return 0;
    r->payload = new_payload(r, e);
    r->filled = 0;
    if (!r->payload)
      return -1;
  }
  return r->filled == r->payload->size ? end_payload(r) : 0;
}
