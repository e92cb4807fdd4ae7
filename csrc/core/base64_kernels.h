// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_BASE64_KERNELS_H
#define VISION_CORE_BASE64_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// The inner loops of base64, apart so that a test can hold one against the
// other. They work on whole groups only (3 bytes, 4 characters).

// Encodes the whole groups of `size` bytes; returns the bytes taken. `out` has
// room for (size + 2) / 3 * 4 characters.
size_t base64_encode_portable(const uint8_t *bytes, size_t size, char *out);

// Decodes whole groups up to the first character outside the alphabet ('='
// included); returns the characters taken. `out` has room for
// (length + 3) / 4 * 3 bytes.
size_t base64_decode_portable(const char *text, size_t length, uint8_t *out);

#if defined(__x86_64__)
#define BASE64_AVX2 1
// The same with AVX2, but they may stop some groups before the end. To be
// called only where __builtin_cpu_supports("avx2").
size_t base64_encode_avx2(const uint8_t *bytes, size_t size, char *out);
size_t base64_decode_avx2(const char *text, size_t length, uint8_t *out);
#else
#define BASE64_AVX2 0
#endif

#endif
