// SPDX-License-Identifier: MIT
#ifndef VISION_READER_TEXT_LAYER_H
#define VISION_READER_TEXT_LAYER_H

#include "json.h"

#include <stdio.h>

// Writes the member "words" of a page's text layer, as pdftotext gives it in
// `in` (XHTML with boxes in points); boxes in pixels at `dpi`. -1: TOO_LARGE,
// MEMORY.
int text_layer_write(json *out, FILE *in, double dpi, error *e);

#endif
