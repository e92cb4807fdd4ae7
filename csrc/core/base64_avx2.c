// SPDX-License-Identifier: MIT
#include "base64_kernels.h"

// 24 bytes and 32 characters at a time. Each half of a register holds 12 bytes
// as four groups, so no byte ever has to cross from one half to the other.

#if BASE64_AVX2
#include <immintrin.h>
#include <stdbool.h>

#define AVX2 __attribute__((target("avx2")))

enum {
  GROUP_BYTES = 24,
  GROUP_TEXT = 32,
  ENCODE_READS = 28, // the second load begins at byte 12 and is 16 long
  DECODE_SPARE = 8,  // characters kept back: the last store is 4 bytes too long
};

// Four bytes a group, 2 1 3 2 of "1 2 3", so that every sextet lies whole
// inside a 16-bit word.
AVX2 static __m256i load_groups(const uint8_t *bytes) {
  const __m256i order =
      _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10, //
                       1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  __m128i low = _mm_loadu_si128((const __m128i *)bytes);
  __m128i high = _mm_loadu_si128((const __m128i *)(bytes + 12));
  return _mm256_shuffle_epi8(_mm256_set_m128i(high, low), order);
}

// One sextet a byte. A multiplication is a shift whose width differs from one
// word to the next.
AVX2 static __m256i split_sextets(__m256i groups) {
  __m256i first_third = _mm256_mulhi_epu16(
      _mm256_and_si256(groups, _mm256_set1_epi32(0x0FC0FC00)),
      _mm256_set1_epi32(0x04000040));
  __m256i second_fourth = _mm256_mullo_epi16(
      _mm256_and_si256(groups, _mm256_set1_epi32(0x003F03F0)),
      _mm256_set1_epi32(0x01000010));
  return _mm256_or_si256(first_third, second_fourth);
}

// What to add to a sextet depends on its range: 0 stands for a–z, 1 to 10 for
// the digits, 11 and 12 for + and /, 13 for A–Z.
AVX2 static __m256i to_alphabet(__m256i sextets) {
  const __m256i shifts = _mm256_setr_epi8(
      71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 65, 0, 0, //
      71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 65, 0, 0);
  __m256i range = _mm256_subs_epu8(sextets, _mm256_set1_epi8(51));
  __m256i upper = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), sextets);
  range = _mm256_or_si256(range, _mm256_and_si256(upper, _mm256_set1_epi8(13)));
  return _mm256_add_epi8(sextets, _mm256_shuffle_epi8(shifts, range));
}

AVX2 size_t base64_encode_avx2(const uint8_t *bytes, size_t size, char *out) {
  size_t done = 0;
  for (; size - done >= ENCODE_READS; done += GROUP_BYTES, out += GROUP_TEXT) {
    __m256i text = to_alphabet(split_sextets(load_groups(bytes + done)));
    _mm256_storeu_si256((__m256i *)out, text);
  }
  return done;
}

// The upper half of a character names its row in ASCII. Rows 2 to 7 have
// characters of the alphabet, and which ones is said by a bit: 1 for row 2 (+
// and /), 2 for row 3 (digits), 4 for rows 4 and 6 (A to O), 8 for rows 5 and 7
// (P to Z), 16 for all other rows.
AVX2 static __m256i rows_of(__m256i text) {
  return _mm256_and_si256(_mm256_srli_epi32(text, 4), _mm256_set1_epi8(15));
}

// For each lower half, the bits of the rows in which no character of the
// alphabet has it: where row and lower half share a bit, there is a stranger.
AVX2 static bool has_stranger(__m256i text, __m256i rows) {
  const __m256i row_bits = _mm256_setr_epi8(
      16, 16, 1, 2, 4, 8, 4, 8, 16, 16, 16, 16, 16, 16, 16, 16, //
      16, 16, 1, 2, 4, 8, 4, 8, 16, 16, 16, 16, 16, 16, 16, 16);
  const __m256i gaps = _mm256_setr_epi8(
      21, 17, 17, 17, 17, 17, 17, 17, 17, 17, 19, 26, 27, 27, 27, 26, //
      21, 17, 17, 17, 17, 17, 17, 17, 17, 17, 19, 26, 27, 27, 27, 26);
  __m256i lower = _mm256_and_si256(text, _mm256_set1_epi8(15));
  return !_mm256_testz_si256(_mm256_shuffle_epi8(gaps, lower),
                             _mm256_shuffle_epi8(row_bits, rows));
}

// What to add to a character depends on its row only, but for the slash, which
// borrows the unused row 1.
AVX2 static __m256i to_sextets(__m256i text, __m256i rows) {
  const __m256i shifts = _mm256_setr_epi8(
      0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0, //
      0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
  __m256i slash = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('/')); // -1 or 0
  __m256i row = _mm256_add_epi8(rows, slash);
  return _mm256_add_epi8(text, _mm256_shuffle_epi8(shifts, row));
}

// Four sextets to three bytes, 12 of them at the beginning of each half.
AVX2 static __m256i join_sextets(__m256i sextets) {
  const __m256i order = _mm256_setr_epi8(
      2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1, //
      2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  __m256i pairs = _mm256_maddubs_epi16(sextets, _mm256_set1_epi32(0x01400140));
  __m256i groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
  return _mm256_shuffle_epi8(groups, order);
}

AVX2 size_t base64_decode_avx2(const char *text, size_t length, uint8_t *out) {
  size_t done = 0;
  for (; length - done >= GROUP_TEXT + DECODE_SPARE;
       done += GROUP_TEXT, out += GROUP_BYTES) {
    __m256i block = _mm256_loadu_si256((const __m256i *)(text + done));
    __m256i rows = rows_of(block);
    if (has_stranger(block, rows))
      break;
    __m256i bytes = join_sextets(to_sextets(block, rows));
    _mm_storeu_si128((__m128i *)out, _mm256_castsi256_si128(bytes));
    _mm_storeu_si128((__m128i *)(out + 12), _mm256_extracti128_si256(bytes, 1));
  }
  return done;
}
#else
typedef int base64_avx2_is_absent; // ISO C wants something in a file
#endif
