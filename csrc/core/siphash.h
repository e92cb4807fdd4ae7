// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SIPHASH_H
#define VISION_CORE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

// SipHash-1-3: a hash for tables whose keys others may choose. `key` is secret
// and random.
uint64_t siphash(const uint64_t key[2], const void *bytes, size_t size);

#endif
