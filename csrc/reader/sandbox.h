// SPDX-License-Identifier: MIT
#ifndef VISION_READER_SANDBOX_H
#define VISION_READER_SANDBOX_H

#include "../core/error.h"

// From here on this process and all it starts can open no socket, and it dies
// with the process that started it. -1: INTERNAL.
int sandbox_enter(error *e);

#endif
