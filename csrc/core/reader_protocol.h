// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_READER_PROTOCOL_H
#define VISION_CORE_READER_PROTOCOL_H

#include "blob.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How the pool and the program vision-reader talk over one stream socket.
//
// A frame is a header of 8 bytes and a payload:
//   0 kind   1 version   2-3 zero   4-7 length of the payload, little endian
// A request is STEPS, IMAGE. An answer is any number of PICTUREs, then RESULT
// or FAILURE. A reader that has started says READY once, before all answers.

enum frame_kind {
  FRAME_STEPS = 1,   // text, one step a line
  FRAME_IMAGE = 2,   // the file as it is; may be empty
  FRAME_PICTURE = 3, // an encoded picture
  FRAME_RESULT = 4,  // JSON
  FRAME_FAILURE = 5, // reason word, line break, message
  FRAME_READY = 6,   // empty
};

enum {
  FRAME_HEADER_SIZE = 8,
  FRAME_VERSION = 1,
  MESSAGE_PICTURES_MAX = 256,
  MESSAGE_STEPS_MAX = 64 * 1024,         // bytes
  MESSAGE_RESULT_MAX = 32 * 1024 * 1024, // bytes
  MESSAGE_FAILURE_MAX = 1024,            // bytes
};

enum message_side { MESSAGE_REQUEST, MESSAGE_ANSWER };

// A whole request or a whole answer. The blobs are owned by it.
typedef struct message {
  blob *steps;  // request
  blob *image;  // request
  blob *result; // answer, where `failure` is none
  error failure;
  blob *pictures[MESSAGE_PICTURES_MAX]; // answer
  int picture_count;
} message;

void message_free(message *m); // also makes it empty again

// Takes a message out of a stream, piece by piece, with no copy: the caller
// reads straight into the place it is given.
typedef struct message_reader {
  enum message_side side;
  size_t maximum; // bytes of images and pictures in one message
  size_t left;    // of them, not yet used by this message
  uint8_t header[FRAME_HEADER_SIZE];
  size_t filled;    // bytes of the header, then of the payload
  blob *payload;    // NULL while the header is being read
  bool heard_ready; // a READY has come
  message message;  // as far as it has come
} message_reader;

void message_reader_init(message_reader *r, enum message_side side,
                         size_t maximum);
void message_reader_free(message_reader *r);

// Where the next bytes go and how many are welcome (never 0). The place is
// valid until the next call.
uint8_t *message_reader_space(message_reader *r, size_t *room);

// `count` bytes (at most the room) have been put there. 1: a message is whole
// and waits in message_reader_take. 0: more is needed. -1: the other side
// breaks the rules (INVALID_RESPONSE), or TOO_LARGE, or MEMORY.
int message_reader_advance(message_reader *r, size_t count, error *e);

// Moves the whole message out; the caller frees it.
void message_reader_take(message_reader *r, message *out);

// True where nothing of a message has come yet.
bool message_reader_idle(const message_reader *r);

// Writes a header; `length` is the payload's.
void frame_header(uint8_t out[FRAME_HEADER_SIZE], enum frame_kind kind,
                  uint32_t length);

#endif
