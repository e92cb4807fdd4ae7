// SPDX-License-Identifier: MIT
#ifndef VISION_READER_JOB_H
#define VISION_READER_JOB_H

#include "json.h"
#include "limits.h"
#include "step.h"
#include "transform.h"

#include "../core/reader_protocol.h"

#include <leptonica/allheaders.h>

// One job: a file, and what its steps have made of it so far.
typedef struct job {
  const reader_limits *limits;
  const blob *file;
  int document; // the file as a descriptor that poppler can open, or -1

  PIX *opened;       // the page, upright, 1, 8 or 32 bits; NULL before `open`
  PIX *current;      // what the next step works on
  transform to_page; // from current to opened
  double turned;     // degrees clockwise, 0 <= turned < 360
  int dpi;           // of the opened page, 0: not known

  json out;        // the result, inside its list of steps
  blob **pictures; // of the answer, MESSAGE_PICTURES_MAX of them
  int picture_count;
  size_t picture_bytes;
} job;

// Runs all steps of `text` on `file`. The answer is `result` and `pictures`
// of `answer`, or its `failure`.
void job_run(const reader_limits *limits, const blob *text, const blob *file,
             message *answer);

// Replaces the current picture (taking over `pix`); NULL is a failure of
// Leptonica's, told as such. -1: INVALID_IMAGE, TOO_LARGE or READER_MEMORY.
int job_replace(job *j, PIX *pix, error *e);

// Fails with TOO_LARGE, naming the limit, where a picture would be too large.
int job_check_size(const job *j, double width, double height, error *e);

// Members "width" and "height" of the current picture.
void job_write_size(job *j);

// Before the first picture: Leptonica's complaints come to us.
void leptonica_start(void);

// What failed, and why: READER_MEMORY where it got none, else INVALID_IMAGE
// with what Leptonica said. Returns -1.
int leptonica_failed(const char *what, error *e);

#endif
