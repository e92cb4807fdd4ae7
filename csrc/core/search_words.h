// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SEARCH_WORDS_H
#define VISION_CORE_SEARCH_WORDS_H

#include <stddef.h>

// The words of a text in small letters, a space before and after each: runs of
// letters and digits, which beside ASCII are all characters but U+0080–U+00BF,
// × ÷, U+2000–U+2FFF (quotes, arrows, symbols) and CJK punctuation. Large
// letters of ASCII, Latin-1, Greek and Cyrillic become small ones. What is not
// UTF-8 stays as it is. Writes at most length + 2 bytes to `out` (" " where
// there is no word); returns how many.
size_t search_words(const char *text, size_t length, char *out);

#endif
