// SPDX-License-Identifier: MIT
#include "breaker_window.h"

// Before any slice, by so much that nothing of it can lie in a window.
enum { NO_SLICE = -2 * WINDOW_SLICES };

void window_clear(breaker_window *w) {
  *w = (breaker_window){.slice = NO_SLICE};
}

static void count(window_counts *c, bool failed, bool slow) {
  c->calls++;
  c->failures += failed;
  c->slow += slow;
}

static void discount(window_counts *c, const window_counts *gone) {
  c->calls -= gone->calls;
  c->failures -= gone->failures;
  c->slow -= gone->slow;
}

// ---- the last calls ----

// Sets a bit and gives what stood there.
static bool exchange_bit(uint64_t *words, uint32_t at, bool value) {
  uint64_t bit = UINT64_C(1) << at % 64;
  bool was = (words[at / 64] & bit) != 0;
  words[at / 64] = value ? words[at / 64] | bit : words[at / 64] & ~bit;
  return was;
}

void window_add_call(breaker_window *w, uint32_t size, bool failed, bool slow) {
  window_counts oldest = {.calls = w->counts.calls == size};
  oldest.failures = exchange_bit(w->calls.failed, w->next, failed);
  oldest.slow = exchange_bit(w->calls.slow, w->next, slow);
  discount(&w->counts, &oldest); // zero bits before the ring is full
  count(&w->counts, failed, slow);
  w->next = (w->next + 1) % size;
}

// ---- the last seconds ----

static window_counts *slice_of(breaker_window *w, int64_t number) {
  return &w->slices[(uint64_t)number % WINDOW_SLICES];
}

// Forgets what lies before the window that ends with slice `number`.
static void advance(breaker_window *w, int64_t number) {
  if (number - w->slice >= WINDOW_SLICES || w->slice - number > WINDOW_SLICES)
    window_clear(w);
  else
    while (w->slice < number) {
      window_counts *oldest = slice_of(w, ++w->slice);
      discount(&w->counts, oldest);
      *oldest = (window_counts){0};
    }
  if (number > w->slice)
    w->slice = number;
}

// No clock comes near the bound; it only keeps a number out of range, or none,
// from being cast.
static int64_t slice_number(double seconds, double now) {
  double number = now / seconds * WINDOW_SLICES;
  return number > 0 && number < 1e15 ? (int64_t)number : 0;
}

void window_add_timed(breaker_window *w, double seconds, bool failed, bool slow,
                      double now) {
  advance(w, slice_number(seconds, now));
  count(slice_of(w, w->slice), failed, slow);
  count(&w->counts, failed, slow);
}

static bool is_within(const window_counts *c, double most) {
  return c->calls <= most && c->failures <= c->calls && c->slow <= c->calls;
}

// The bounds of a slice's number are those of slice_number.
bool window_is_sound(const breaker_window *w, bool of_calls, double size) {
  if (of_calls)
    return is_within(&w->counts, size) && w->next < size;
  window_counts rest = w->counts;
  for (int i = 0; i < WINDOW_SLICES; i++) {
    const window_counts *slice = &w->slices[i];
    if (!is_within(slice, rest.calls) || slice->failures > rest.failures ||
        slice->slow > rest.slow)
      return false;
    discount(&rest, slice);
  }
  return is_within(&w->counts, UINT32_MAX) && w->slice >= NO_SLICE &&
         w->slice <= 1000000000000000;
}
