// SPDX-License-Identifier: MIT
#include "job.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ---- Leptonica's errors ----

static char said[160];

static void hear(const char *text) {
  if (said[0]) // the first message is the one nearest to the cause
    return;
  static const char prefix[] = "Error in ";
  if (strncmp(text, prefix, sizeof prefix - 1) == 0)
    text += sizeof prefix - 1;
  const char *colon = strstr(text, ": "); // drops the name of the function
  text = colon ? colon + 2 : text;
  size_t length = strcspn(text, "\n");
  if (length >= sizeof said)
    length = sizeof said - 1;
  memcpy(said, text, length);
  said[length] = '\0';
}

// What Leptonica cannot allocate it tells as any other failure.
static bool lacked_memory;

static void *allocate_pixels(size_t size) {
  void *pixels = malloc(size);
  if (!pixels)
    lacked_memory = true;
  return pixels;
}

void leptonica_start(void) {
  setMsgSeverity(L_SEVERITY_ERROR);
  leptSetStderrHandler(hear);
  setPixMemoryManager(allocate_pixels, free);
}

static void leptonica_forget(void) {
  said[0] = '\0';
  lacked_memory = false;
}

int leptonica_failed(const char *what, error *e) {
  if (lacked_memory)
    error_set(e, REASON_READER_MEMORY,
              "%s needs more memory than the reader may use", what);
  else
    error_set(e, REASON_INVALID_IMAGE, "%s failed: %s", what,
              *said ? said : "the picture is damaged");
  leptonica_forget();
  return -1;
}

// ---- the picture ----

int job_check_size(const job *j, double width, double height, error *e) {
  if (width * height <= (double)j->limits->pixels)
    return 0;
  return error_set(e, REASON_TOO_LARGE,
                   "a picture of %.0fx%.0f pixels: at most %lld million pixels "
                   "are read",
                   width, height, (long long)j->limits->pixels / 1000000);
}

int job_replace(job *j, PIX *pix, error *e) {
  if (!pix)
    return leptonica_failed("changing the picture", e);
  pixDestroy(&j->current);
  j->current = pix;
  return 0;
}

void job_write_size(job *j) {
  json_integer_member(&j->out, "width", pixGetWidth(j->current));
  json_integer_member(&j->out, "height", pixGetHeight(j->current));
}

// ---- running ----

static int run_step(job *j, const step *s, error *e) {
  if (s->kind->wants_picture && !j->current)
    return error_set(e, REASON_INVALID_OPTION,
                     "step %s needs an open before it", s->kind->name);
  json_open(&j->out, '{');
  json_text_member(&j->out, "step", s->kind->name);
  if (s->kind->run(j, s, e) < 0)
    return -1;
  json_close(&j->out, '}');
  if (j->out.failure.reason == REASON_NONE)
    return 0;
  *e = j->out.failure;
  return -1;
}

static int run_steps(job *j, const blob *text, error *e) {
  static step steps[STEPS_MAX];
  char *copy = strndup((const char *)text->data, text->size);
  if (!copy)
    return error_memory(e);
  int count = steps_parse(copy, steps, e);
  int status = count < 0 ? -1 : 0;
  json_open(&j->out, '{');
  json_name(&j->out, "steps");
  json_open(&j->out, '[');
  for (int i = 0; i < count && status == 0; i++)
    status = run_step(j, &steps[i], e);
  json_close(&j->out, ']');
  json_close(&j->out, '}');
  free(copy);
  return status;
}

static void job_free(job *j) {
  pixDestroy(&j->current);
  pixDestroy(&j->opened);
  json_free(&j->out);
  if (j->document >= 0)
    close(j->document);
}

void job_run(const reader_limits *limits, const blob *text, const blob *file,
             message *answer) {
  job j = {.limits = limits,
           .file = file,
           .document = -1,
           .to_page = transform_identity(),
           .pictures = answer->pictures};
  leptonica_forget();
  json_init(&j.out, MESSAGE_RESULT_MAX);
  int status = run_steps(&j, text, &answer->failure);
  answer->picture_count = j.picture_count;
  if (status == 0)
    answer->result =
        blob_copy(j.out.out.data, j.out.out.length, &answer->failure);
  job_free(&j);
}
