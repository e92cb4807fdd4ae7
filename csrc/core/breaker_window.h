// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_BREAKER_WINDOW_H
#define VISION_CORE_BREAKER_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

// The calls that a circuit breaker judges by: the last so many, or those of the
// last so many seconds. Fixed memory, plain values.

enum {
  WINDOW_CALLS_MAX = 1000,
  WINDOW_WORDS = (WINDOW_CALLS_MAX + 63) / 64,
  WINDOW_SLICES = 20, // of a window of time; it forgets a slice at a time
};

// What the window holds now; or what one slice of it does.
typedef struct window_counts {
  uint32_t calls, failures, slow;
} window_counts;

typedef struct breaker_window {
  window_counts counts;
  uint32_t next; // place in the ring of calls that is written next
  int64_t slice; // number of the newest slice: its start / its width
  union {
    struct {
      uint64_t failed[WINDOW_WORDS], slow[WINDOW_WORDS]; // a bit a call
    } calls;
    window_counts slices[WINDOW_SLICES];
  };
} breaker_window;

void window_clear(breaker_window *w);

// A call into a window of the last `size` calls, 1 .. WINDOW_CALLS_MAX.
void window_add_call(breaker_window *w, uint32_t size, bool failed, bool slow);

// A call at `now` into a window of `seconds` (> 0). A clock that is up to a
// window behind adds to the newest slice; one further behind was set back: the
// window starts anew.
void window_add_timed(breaker_window *w, double seconds, bool failed, bool slow,
                      double now);

// Whether these bytes may be used as one without harm, whoever wrote them.
// Of a window of calls `size` says how many.
bool window_is_sound(const breaker_window *w, bool of_calls, double size);

#endif
