// SPDX-License-Identifier: MIT
// Both directions of the reader's protocol. The first byte chooses the side and
// the size of the pieces in which the rest arrives.
#include "fuzz.h"

#include "../core/reader_protocol.h"

enum { MAXIMUM = 4096 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static void check_message(const message *m, enum message_side side) {
  size_t bytes = m->image ? m->image->size : 0;
  for (int i = 0; i < m->picture_count; i++)
    bytes += m->pictures[i]->size;
  HOLDS(bytes <= MAXIMUM);
  if (side == MESSAGE_REQUEST)
    HOLDS(m->steps && m->image && !m->result);
  else
    HOLDS(!m->result == (m->failure.reason != REASON_NONE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  enum message_side side = data[0] & 1 ? MESSAGE_ANSWER : MESSAGE_REQUEST;
  size_t piece = (size_t)(data[0] >> 1) + 1;
  message_reader reader;
  message_reader_init(&reader, side, MAXIMUM);
  for (size_t at = 1; at < size;) {
    size_t room;
    error e = {0};
    uint8_t *place = message_reader_space(&reader, &room);
    HOLDS(room > 0);
    size_t count = least(least(size - at, room), piece);
    memcpy(place, data + at, count);
    at += count;
    int status = message_reader_advance(&reader, count, &e);
    if (status < 0) {
      HOLDS(e.reason != REASON_NONE);
      break;
    }
    if (status > 0) {
      message m;
      message_reader_take(&reader, &m);
      check_message(&m, side);
      message_free(&m);
    }
  }
  message_reader_free(&reader);
  return 0;
}
