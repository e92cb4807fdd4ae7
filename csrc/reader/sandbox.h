// SPDX-License-Identifier: MIT
#ifndef VISION_READER_SANDBOX_H
#define VISION_READER_SANDBOX_H

#include "../core/error.h"

// From here on this process and all it starts reach no network, and it dies
// with the process that started it. -1: INTERNAL.
int sandbox_enter(error *e);

// What keeps the network away: "seccomp" (no socket can be made: x86-64 and
// arm64), "namespace" (a network of its own, elsewhere), or "none" where the
// system allows neither.
const char *sandbox_kind(void);

#endif
