// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_TIMER_H
#define VISION_CORE_TIMER_H

#include "loop.h"

// One wait for a time, or for signals; completes when it comes.
typedef struct delay delay;
typedef struct signal_watch signal_watch;

// Completes once after `delay_us` microseconds (>= 0, rounded up to a
// millisecond). NULL: MEMORY.
delay *delay_new(loop *l, int64_t delay_us, error *e);
completion *delay_completion(delay *t);
void delay_delete(delay *t);

// Completes whenever the process gets signal `number`; replaces its default
// action while the watch lives. NULL: MEMORY or INTERNAL.
signal_watch *signal_watch_new(loop *l, int number, error *e);
completion *signal_watch_completion(signal_watch *s);
void signal_watch_delete(signal_watch *s);

#endif
