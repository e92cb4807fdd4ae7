// SPDX-License-Identifier: MIT
#ifndef VISION_READER_FRAMES_GROUP_H
#define VISION_READER_FRAMES_GROUP_H

#include "frames_rules.h"

enum { FRAMES_MAX = 500, FRAME_ROWS_MAX = 4, FRAME_CELLS_MAX = 6 };

typedef struct frame_row {
  int cells[FRAME_CELLS_MAX]; // places in the list of ruled cells
  int count;
  int height; // of the lowest cell, pixels
} frame_row;

// A small box of ruled cells as lettering stands in it. Rows of a stacked frame
// may share a cell, which then stands in each of them.
typedef struct frame {
  frame_row rows[FRAME_ROWS_MAX];
  int row_count;
  int rotation; // degrees clockwise that make it upright: 0, 90, 270
} frame;

// How high rows of frames are that fit the rules found, in their length; and by
// how much a next length is longer, so that no height is left out. A row
// between two lengths may be found with both.
#define FRAME_ROW_MIN 1.12
#define FRAME_ROW_MAX 1.68
#define FRAME_ROW_STEP 1.4

// Finds the groups of touching cells that have the shape of a frame; tables and
// grids are none, and rows of other heights are left out. Returns how many,
// FRAMES_MAX at most, or -1: memory.
int frames_group(const ruled_cells *cells, frame frames[FRAMES_MAX]);

#endif
