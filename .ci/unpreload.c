// SPDX-License-Identifier: MIT
// Loaded beside the sanitizer's runtime: what the interpreter starts is not
// to load it, too. (`ps` and others hang with it.)
#include <stdlib.h>

__attribute__((constructor)) static void forget_preload(void) {
  unsetenv("LD_PRELOAD");
}
