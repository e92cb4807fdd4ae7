// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_DESCRIPTORS_H
#define VISION_CORE_DESCRIPTORS_H

#include <stddef.h>

enum { DESCRIPTORS_OTHER = 256 }; // of this process, beside connections

// How many descriptors this process may have. A shell's usual limit is 1024: it
// is raised to `wanted`, as far as the system allows.
size_t descriptors_allow(size_t wanted);

#endif
