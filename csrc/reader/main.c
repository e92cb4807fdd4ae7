// SPDX-License-Identifier: MIT

// vision-reader: decodes, turns, cuts and reads pictures and PDF files for the
// pool in the core, one job after the other, over the socket on descriptor 3.
// It is a process of its own so that a file that crashes or swallows a decoder
// costs one job and nothing else.

#include "channel.h"
#include "job.h"
#include "limits.h"
#include "sandbox.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHANNEL = 3 };

static void serve_job(const reader_limits *limits, message *request) {
  message answer = {0};
  limits_begin_job(limits);
  channel_answering(false);
  job_run(limits, request->steps, request->image, &answer);
  channel_answering(true);
  channel_send_answer(CHANNEL, &answer);
  message_free(&answer);
}

static int serve(const reader_limits *limits) {
  message_reader reader;
  message_reader_init(&reader, MESSAGE_REQUEST, (size_t)limits->input);
  message request = {0};
  while (channel_receive(CHANNEL, &reader, &request)) {
    serve_job(limits, &request);
    message_free(&request);
  }
  message_reader_free(&reader);
  return EXIT_SUCCESS;
}

static int start(int count, char **arguments, reader_limits *limits, error *e) {
  if (limits_parse(limits, count, arguments, e) < 0 ||
      limits_apply(limits, e) < 0 || sandbox_enter(e) < 0)
    return -1;
  // Tesseract and our own numbers want a point, whatever the user's language.
  setlocale(LC_ALL, "C");
  leptonica_start();
  channel_watch_faults(CHANNEL);
  return channel_send_ready(CHANNEL) ? 0
                                     : error_set(e, REASON_INTERNAL,
                                                 "no socket on descriptor 3: "
                                                 "vision starts this program");
}

int main(int count, char **arguments) {
  reader_limits limits;
  error e = {0};
  if (start(count, arguments, &limits, &e) < 0) {
    fprintf(stderr, "vision-reader: %s\n", e.message);
    return EXIT_FAILURE;
  }
  return serve(&limits);
}
