// SPDX-License-Identifier: MIT
#ifndef VISION_READER_PAPER_H
#define VISION_READER_PAPER_H

#include "../core/image_header.h"
#include "job.h"

// Transparent pictures laid on white paper: black ink on nothing is a black
// rectangle otherwise. The first two take a picture over and return it or
// another one; NULL stays NULL, and is returned when memory runs out.

// An alpha channel is blended.
PIX *paper_under_alpha(PIX *pix);

// Pixels of the one colour that a PNG file without alpha declares to be none
// become white. `pix` is of 1, 8 or 32 bits.
PIX *paper_under_key(PIX *pix, const job *j, enum image_type type);

// A grey PNG file that declares such a colour, read as if it did not: Leptonica
// would take all of it for transparent. NULL: the file is not of that kind.
PIX *paper_read_grey(const job *j);

#endif
