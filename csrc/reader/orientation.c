// SPDX-License-Identifier: MIT

// Which way is up: letters are small pieces of ink, lines of text are letters
// in a row. A sheet has lettering along two directions (sizes beside vertical
// dimension lines), so the longest lines of each are read as if they stood
// upright and upside down, and the engine's own confidence decides. A page that
// stands right is known after a few lines.

#include "orientation.h"

#include "job.h"
#include "words.h"

#include <math.h>

enum {
  LETTER_MAX = 34, // pixels of the small copy: larger ink is drawn lines
  LETTER_MIN = 3,
  GAP = 8,          // pixels between letters of a line
  LINE_MIN = 5,     // pixels of a line's height
  LINES_MAX = 6,    // read of each direction
  READ_HEIGHT = 40, // pixels, what the engine likes
  ENOUGH = 12,      // letters of lines read surely settle it
  INK = 190,        // darker is ink
};

static const double SURE = 0.8;    // the engine's confidence in a real line
static const double WORDY = 0.5;   // what counts at all
static const double CLEARLY = 1.3; // times the votes for another direction

// ---- where lines stand ----

static PIX *letters_of(PIX *ink) {
  PIX *pieces = pixSelectBySize(ink, LETTER_MAX, LETTER_MAX, 8,
                                L_SELECT_IF_BOTH, L_SELECT_IF_LTE, NULL);
  PIX *letters =
      pieces ? pixSelectBySize(pieces, LETTER_MIN, LETTER_MIN, 8,
                               L_SELECT_IF_EITHER, L_SELECT_IF_GTE, NULL)
             : NULL;
  pixDestroy(&pieces);
  return letters;
}

// Boxes of lines along one direction, the longest first.
static BOXA *lines_along(PIX *letters, bool down) {
  PIX *joined = down ? pixCloseSafeBrick(NULL, letters, 1, GAP)
                     : pixCloseSafeBrick(NULL, letters, GAP, 1);
  BOXA *all = joined ? pixConnCompBB(joined, 8) : NULL;
  BOXA *lines = boxaCreate(0);
  for (int i = 0; all && lines && i < boxaGetCount(all); i++) {
    int width, height;
    boxaGetBoxGeometry(all, i, NULL, NULL, &width, &height);
    int length = down ? height : width, across = down ? width : height;
    if (across >= LINE_MIN && across <= LETTER_MAX && length >= 3 * across)
      boxaAddBox(lines, boxaGetBox(all, i, L_CLONE), L_INSERT);
  }
  BOXA *sorted =
      lines ? boxaSort(lines, down ? L_SORT_BY_HEIGHT : L_SORT_BY_WIDTH,
                       L_SORT_DECREASING, NULL)
            : NULL;
  pixDestroy(&joined);
  boxaDestroy(&all);
  boxaDestroy(&lines);
  return sorted;
}

// ---- reading them ----

// The line cut out of the page and made as high as the engine likes it.
static PIX *cut_line(PIX *grey, BOXA *lines, int i, double factor) {
  int x, y, width, height;
  boxaGetBoxGeometry(lines, i, &x, &y, &width, &height);
  int thick = L_MIN(width, height), margin = L_MAX(2, thick / 3);
  BOX *frame =
      boxCreate((int)((x - margin) * factor), (int)((y - margin) * factor),
                (int)((width + 2 * margin) * factor),
                (int)((height + 2 * margin) * factor));
  PIX *line = frame ? pixClipRectangle(grey, frame, NULL) : NULL;
  double grow = READ_HEIGHT / ((thick + 2 * margin) * factor);
  if (line && grow > 1) {
    PIX *larger = pixScale(line, (l_float32)grow, (l_float32)grow);
    pixDestroy(&line);
    line = larger;
  }
  boxDestroy(&frame);
  return line;
}

typedef struct votes {
  double read; // letters, each as far as the engine is sure of it
  int sure;    // letters of lines that it is sure of
} votes;

static int read_turned(PIX *line, int degrees, votes *v, error *e) {
  line_reading reading = {0};
  PIX *turned = pixRotateOrth(line, degrees / 90);
  int status = turned ? words_read_line(turned, &reading, e) : error_memory(e);
  pixDestroy(&turned);
  if (status == 0 && reading.confidence >= WORDY)
    v->read += reading.letters * reading.confidence;
  if (status == 0 && reading.confidence >= SURE)
    v->sure += reading.letters;
  return status;
}

typedef struct sample {
  PIX *grey;
  BOXA *lines[2]; // across, down
  double factor;  // pixels of `grey` in one of the boxes'
} sample;

// Reads the longest lines as if the page had to be turned so, all of them or
// until it is sure.
static int read_lines(const sample *s, int degrees, bool until_sure, votes *v,
                      error *e) {
  BOXA *lines = s->lines[degrees / 90 % 2];
  *v = (votes){0};
  for (int i = 0; i < LINES_MAX && i < boxaGetCount(lines); i++) {
    PIX *line = cut_line(s->grey, lines, i, s->factor);
    int status = line ? read_turned(line, degrees, v, e) : 0;
    pixDestroy(&line);
    if (status < 0)
      return -1;
    if (until_sure && v->sure >= ENOUGH)
      return 0;
  }
  return 0;
}

static double total_length(BOXA *lines) {
  double total = 0;
  for (int i = 0; i < boxaGetCount(lines); i++) {
    int width, height;
    boxaGetBoxGeometry(lines, i, NULL, NULL, &width, &height);
    total += L_MAX(width, height);
  }
  return total;
}

static int vote(const sample *s, int *degrees, error *e) {
  votes v[4];
  *degrees = 0;
  if (total_length(s->lines[0]) >= total_length(s->lines[1])) {
    if (read_lines(s, 0, true, &v[0], e) < 0)
      return -1;
    if (v[0].sure >= ENOUGH)
      return 0;
  }
  int best = 0;
  for (int i = 0; i < 4; i++) {
    if (read_lines(s, 90 * i, false, &v[i], e) < 0)
      return -1;
    if (v[i].read > v[best].read)
      best = i;
  }
  if (v[best].sure >= ENOUGH && v[best].read > CLEARLY * v[0].read)
    *degrees = 90 * best;
  return 0;
}

int orientation_find(PIX *grey, PIX *small, int *degrees, error *e) {
  sample s = {.grey = grey,
              .factor = (double)pixGetWidth(grey) / pixGetWidth(small)};
  PIX *ink = pixThresholdToBinary(small, INK);
  PIX *letters = ink ? letters_of(ink) : NULL;
  if (letters) {
    s.lines[0] = lines_along(letters, false);
    s.lines[1] = lines_along(letters, true);
  }
  int status = s.lines[0] && s.lines[1]
                   ? vote(&s, degrees, e)
                   : leptonica_failed("looking for lettering", e);
  pixDestroy(&ink);
  pixDestroy(&letters);
  boxaDestroy(&s.lines[0]);
  boxaDestroy(&s.lines[1]);
  return status;
}
