// SPDX-License-Identifier: MIT
#ifndef VISION_READER_DECODE_H
#define VISION_READER_DECODE_H

#include "job.h"

#include "../core/image_header.h"

// Pixels of one page (from 1) as seen, checked against the limit, without
// decoding it. -1: INVALID_OPTION naming the number of pages, TOO_LARGE,
// INVALID_IMAGE.
int picture_size(const job *j, const image_header *header, int page, int *width,
                 int *height, error *e);

// The page as pixels: upright, on white, of 1, 8 or 32 bits.
// NULL: as picture_size, or READER_MEMORY.
PIX *picture_decode(const job *j, const image_header *header, int page,
                    error *e);

#endif
