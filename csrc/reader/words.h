// SPDX-License-Identifier: MIT
#ifndef VISION_READER_WORDS_H
#define VISION_READER_WORDS_H

#include "job.h"

// Members "tesseract" (version) and "languages" (installed ones).
// -1: MISSING_LIBRARY.
int words_write_about(job *j, error *e);

// What the engine makes of a picture of one line of text.
typedef struct line_reading {
  double confidence; // 0 .. 1
  int letters;       // and digits, ASCII
} line_reading;

int words_read_line(PIX *line, line_reading *reading, error *e);

#endif
