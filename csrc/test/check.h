// SPDX-License-Identifier: MIT
#ifndef VISION_TEST_CHECK_H
#define VISION_TEST_CHECK_H

// cmocka wants these before its own header.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
