// SPDX-License-Identifier: MIT
#ifndef VISION_POSTGRES_CORE_H
#define VISION_POSTGRES_CORE_H

#include "../lua/core_api.h"

// The functions of vision/core.so; set when this module opens.
extern const core_api *core;

#endif
