// SPDX-License-Identifier: MIT
#include "steps.h"

#include <string.h>

static const step_kind kinds[] = {
#define X(name, keys, wants_picture) {#name, keys, step_##name, wants_picture},
    READER_STEPS(X)
#undef X
};

const step_kind *step_kind_find(const char *name) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i].name, name) == 0)
      return &kinds[i];
  return NULL;
}
