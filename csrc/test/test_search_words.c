// SPDX-License-Identifier: MIT
#include "check.h"

#include "../core/search_words.h"

#include <string.h>

static void check(const char *text, const char *wanted) {
  char out[256];
  size_t length = search_words(text, strlen(text), out);
  assert_true(length <= strlen(text) + 2);
  out[length] = '\0';
  assert_string_equal(out, wanted);
}

static void words_are_letters_and_digits(void **state) {
  (void)state;
  check("", " ");
  check(" -- !\n", " ");
  check("a", " a ");
  check("Flange, 4x M8x1\t(S235JR)", " flange 4x m8x1 s235jr ");
  check("2x \303\23019,9 \302\2610,1", " 2x \303\27019 9 0 1 "); // Ø, ±
  check("\342\200\234a\342\200\235\342\206\222b", " a b ");      // quotes, →
  check("20\303\22730", " 20 30 ");                              // ×
  check("\346\274\242\343\200\201\345\255\227",                  // 漢、字
        " \346\274\242 \345\255\227 ");
}

static void large_letters_become_small(void **state) {
  (void)state;
  check("A\303\204Z \303\236 \303\237", " a\303\244z \303\276 \303\237 ");
  check("\316\221\316\237\316\240\316\251", // ΑΟΠΩ
        " \316\261\316\277\317\200\317\211 ");
  check("\320\220\320\237\320\240\320\257", // АПРЯ
        " \320\260\320\277\321\200\321\217 ");
}

static void what_is_no_text_stays(void **state) {
  (void)state;
  check("\303", " \303 ");
  check("a\342\200", " a\342\200 ");
  check("\377\302 x", " \377\302 x ");
  char out[8];
  assert_int_equal(search_words("a\0b", 3, out), 5);
  assert_memory_equal(out, " a b ", 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_are_letters_and_digits),
      cmocka_unit_test(large_letters_become_small),
      cmocka_unit_test(what_is_no_text_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
