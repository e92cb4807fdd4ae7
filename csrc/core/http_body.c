// SPDX-License-Identifier: MIT
#include "http_body.h"

#include "base64.h"

#include <stdlib.h>
#include <string.h>

typedef struct body_part {
  blob *picture;
  const char *text; // where there is no picture
  size_t length;    // bytes to send
} body_part;

static size_t sent_length(const http_segment *s) {
  return s->picture ? base64_encoded_size(s->picture->size) : s->length;
}

// Bytes to send and bytes of text to keep. 0, or -1: too large.
static int measure(const http_segment *segments, size_t count, size_t *length,
                   size_t *text_length) {
  *length = *text_length = 0;
  for (size_t i = 0; i < count; i++) {
    size_t more = sent_length(&segments[i]);
    if (more > HTTP_BODY_MAX - *length)
      return -1;
    *length += more;
    *text_length += segments[i].picture ? 0 : segments[i].length;
  }
  return 0;
}

// In one piece: pictures are encoded now, and nothing of the caller's is kept.
static int init_small(http_body *b, const http_segment *segments, size_t count,
                      size_t length, error *e) {
  body_part *part = malloc(sizeof *part + length + 1);
  if (!part)
    return error_memory(e);
  char *text = (char *)(part + 1);
  *part = (body_part){.text = text, .length = length};
  for (size_t i = 0; i < count; i++) {
    const http_segment *s = &segments[i];
    if (s->picture)
      base64_encode(s->picture->data, s->picture->size, text);
    else
      memcpy(text, s->length ? s->bytes : "", s->length);
    text += sent_length(s);
  }
  *b = (http_body){
      .parts = part, .count = 1, .text = part->text, .length = length};
  return 0;
}

int http_body_init(http_body *b, const http_segment *segments, size_t count,
                   size_t small, error *e) {
  *b = (http_body){0};
  size_t length, text_length;
  if (count > HTTP_SEGMENTS_MAX)
    return error_set(e, REASON_INVALID_OPTION,
                     "a body has at most %d segments, not %zu",
                     HTTP_SEGMENTS_MAX, count);
  if (measure(segments, count, &length, &text_length) < 0)
    return error_set(e, REASON_INVALID_OPTION,
                     "a request's body is at most %zu bytes", HTTP_BODY_MAX);
  if (length <= small)
    return init_small(b, segments, count, length, e);
  body_part *parts = malloc(count * sizeof *parts + text_length + 1);
  if (!parts)
    return error_memory(e);
  char *text = (char *)(parts + count);
  for (size_t i = 0; i < count; i++) {
    const http_segment *s = &segments[i];
    parts[i] = (body_part){.length = sent_length(s)};
    if (s->picture) {
      parts[i].picture = blob_ref(s->picture);
    } else {
      parts[i].text = text;
      memcpy(text, s->length ? s->bytes : "", s->length);
      text += s->length;
    }
  }
  *b = (http_body){.parts = parts, .count = count, .length = length};
  return 0;
}

void http_body_free(http_body *b) {
  for (size_t i = 0; i < b->count; i++)
    blob_unref(b->parts[i].picture);
  free(b->parts);
  *b = (http_body){0};
}

static size_t part_read(const body_part *p, size_t offset, char *out,
                        size_t room) {
  if (p->picture)
    return base64_encode_part(p->picture->data, p->picture->size, offset, out,
                              room);
  size_t left = p->length - offset;
  size_t n = left < room ? left : room;
  memcpy(out, p->text + offset, n);
  return n;
}

size_t http_body_read(http_body *b, char *out, size_t room) {
  size_t done = 0;
  while (done < room && b->part < b->count) {
    const body_part *p = &b->parts[b->part];
    if (b->offset == p->length) {
      b->part++;
      b->offset = 0;
      continue;
    }
    size_t n = part_read(p, b->offset, out + done, room - done);
    b->offset += n;
    done += n;
  }
  b->position += done;
  return done;
}

bool http_body_seek(http_body *b, size_t position) {
  if (position > b->length)
    return false;
  b->position = position;
  b->offset = position;
  for (b->part = 0; b->part < b->count; b->part++) {
    if (b->offset < b->parts[b->part].length)
      break;
    b->offset -= b->parts[b->part].length;
  }
  return true;
}
