// SPDX-License-Identifier: MIT
#ifndef VISION_READER_STEP_H
#define VISION_READER_STEP_H

#include "../core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STEP_KEYS_MAX = 8, STEPS_MAX = 256 };

struct job;
struct step;

// One kind of step: its word in the job's text, the keys it takes (separated by
// spaces) and what does it. A new kind is one function and one row in steps.c.
typedef struct step_kind {
  const char *name;
  const char *keys;
  int (*run)(struct job *job, const struct step *step, error *e);
  bool wants_picture; // fails unless a picture has been opened
} step_kind;

typedef struct step_value {
  const char *key, *value; // in the job's text
} step_value;

typedef struct step {
  const step_kind *kind;
  step_value values[STEP_KEYS_MAX];
  int value_count;
} step;

const step_kind *step_kind_find(const char *name);

// Cuts the text (changing it) into steps: a step a line, "name key=value …".
// Returns how many, or -1: INVALID_OPTION.
int steps_parse(char *text, step steps[STEPS_MAX], error *e);

// The value of a key, or `absent`.
const char *step_value_text(const step *s, const char *key, const char *absent);

// A number within bounds; *out keeps its value where the key is absent.
// -1: INVALID_OPTION, naming step, key and bounds.
int step_number(const step *s, const char *key, double minimum, double maximum,
                double *out, error *e);
int step_integer(const step *s, const char *key, int64_t minimum,
                 int64_t maximum, int *out, error *e);

#endif
