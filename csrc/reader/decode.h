// SPDX-License-Identifier: MIT
#ifndef VISION_READER_DECODE_H
#define VISION_READER_DECODE_H

#include "container.h"
#include "job.h"

// Pages (TIFF) or 1. -1: INVALID_IMAGE.
int picture_pages(const job *j, enum file_kind kind, error *e);

// Pixels from the header of one page, checked against the limit.
int picture_size(const job *j, enum file_kind kind, int page, int *width,
                 int *height, error *e);

// The page (counted from 1) as pixels: upright, on white, of 1, 8 or 32 bits.
// NULL: INVALID_IMAGE, TRUNCATED_IMAGE, TOO_LARGE or READER_MEMORY.
PIX *picture_decode(const job *j, enum file_kind kind, int page, error *e);

#endif
