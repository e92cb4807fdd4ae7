// SPDX-License-Identifier: MIT
#include "channel.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t is_answering = 1;
static int fault_channel = -1;

bool channel_receive(int fd, message_reader *reader, message *request) {
  for (;;) {
    size_t room;
    uint8_t *place = message_reader_space(reader, &room);
    ssize_t got = read(fd, place, room);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return false;
    error ignored; // the pool is the one to tell, and it has broken the rules
    int status = message_reader_advance(reader, (size_t)got, &ignored);
    if (status < 0)
      return false;
    if (status > 0)
      break;
  }
  message_reader_take(reader, request);
  return true;
}

static bool write_all(int fd, const void *bytes, size_t length) {
  const char *at = bytes;
  while (length > 0) {
    ssize_t sent = write(fd, at, length);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent <= 0)
      return false;
    at += sent;
    length -= (size_t)sent;
  }
  return true;
}

static bool send_frame(int fd, enum frame_kind kind, const void *bytes,
                       size_t length) {
  uint8_t header[FRAME_HEADER_SIZE];
  frame_header(header, kind, (uint32_t)length);
  return write_all(fd, header, sizeof header) && write_all(fd, bytes, length);
}

bool channel_send_ready(int fd) { return send_frame(fd, FRAME_READY, "", 0); }

static bool send_failure(int fd, enum reason reason, const char *words) {
  char text[MESSAGE_FAILURE_MAX];
  int length =
      snprintf(text, sizeof text, "%s\n%s", reason_word(reason), words);
  return send_frame(fd, FRAME_FAILURE, text, (size_t)length);
}

bool channel_send_answer(int fd, const message *answer) {
  if (answer->failure.reason != REASON_NONE)
    return send_failure(fd, answer->failure.reason, answer->failure.message);
  for (int i = 0; i < answer->picture_count; i++)
    if (!send_frame(fd, FRAME_PICTURE, answer->pictures[i]->data,
                    answer->pictures[i]->size))
      return false;
  return send_frame(fd, FRAME_RESULT, answer->result->data,
                    answer->result->size);
}

// ---- faults ----

// Tesseract is C++: what it cannot allocate ends in the runtime's handler,
// which has this name. There is no C name for it.
extern void (*set_new_handler(void (*handler)(void)))(void) __asm__(
    "_ZSt15set_new_handlerPFvvE");

// What is said at the end must be ready before: a handler may not format.
typedef struct last_words {
  uint8_t bytes[FRAME_HEADER_SIZE + 128];
  size_t length;
} last_words;

static last_words no_memory, no_time;

void channel_answering(bool answering) { is_answering = answering; }

static void prepare(last_words *w, enum reason reason, const char *words) {
  char *text = (char *)w->bytes + FRAME_HEADER_SIZE;
  int length = snprintf(text, sizeof w->bytes - FRAME_HEADER_SIZE, "%s\n%s",
                        reason_word(reason), words);
  frame_header(w->bytes, FRAME_FAILURE, (uint32_t)length);
  w->length = FRAME_HEADER_SIZE + (size_t)length;
}

static void end_with(const last_words *w) {
  // So few bytes go in one write; where they do not, the pool sees a hang-up.
  bool said = !is_answering && write(fault_channel, w->bytes, w->length) > 0;
  _exit(said ? 1 : 2);
}

static void on_no_memory(void) { end_with(&no_memory); }

static void on_no_time(int number) {
  (void)number;
  end_with(&no_time);
}

void channel_watch_faults(int fd) {
  fault_channel = fd;
  prepare(&no_memory, REASON_READER_MEMORY,
          "the job needs more memory than the reader may use");
  prepare(&no_time, REASON_READER_TIMEOUT,
          "the job needs more processor time than the reader may use");
  set_new_handler(on_no_memory);
  signal(SIGXCPU, on_no_time);
  signal(SIGPIPE, SIG_IGN);
}
