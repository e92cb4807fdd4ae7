// SPDX-License-Identifier: MIT
#ifndef VISION_READER_WORDS_H
#define VISION_READER_WORDS_H

#include "job.h"

// Members "tesseract" (version) and "languages" (installed ones).
// -1: MISSING_LIBRARY.
int words_write_about(job *j, error *e);

#endif
