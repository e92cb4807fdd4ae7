// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_TOKEN_BUCKET_H
#define VISION_CORE_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stddef.h>

// A token bucket: it holds at most `burst` tokens and fills by `rate` a second.
// In no window of w seconds is more taken than burst + rate * w. A request is a
// token, or is as many as it has words for the model.
//
// `now` is in seconds, monotonic. A clock that is up to a second behind the
// bucket's (another process was faster) fills nothing until it has caught up;
// one further behind was set back: the bucket goes on from there.
//
// Plain values only, so that it may lie in memory that processes share; who
// does that brings the lock, and keeps the layout's number beside it.
enum { TOKEN_BUCKET_LAYOUT = 1 };

typedef struct token_bucket {
  double rate;  // tokens a second, >= 0
  double burst; // tokens, > 0
  double level; // tokens at `at`; below 0: taken ahead of time
  double at;    // seconds
} token_bucket;

// A full bucket.
void bucket_init(token_bucket *b, double rate, double burst, double now);

// Takes `cost` (>= 0) tokens and gives 0; or takes none and gives the seconds
// after which to ask again. INFINITY: never (cost > burst, or nothing fills).
double bucket_take(token_bucket *b, double cost, double now);

// Takes `cost` tokens at once, from the future where they are not there yet;
// the seconds to wait before using them. INFINITY: never; none were taken.
double bucket_reserve(token_bucket *b, double cost, double now);

// Takes from all buckets (each its cost), or from none and gives the longest
// wait. The buckets must be different ones.
double buckets_take(token_bucket *const buckets[], const double costs[],
                    size_t count, double now);

// Corrects what was taken when the real use is known: `difference` is real
// minus taken. The level may fall below 0; it never passes the burst.
void bucket_settle(token_bucket *b, double difference);

// Gives back what was taken and not used.
void bucket_refund(token_bucket *b, double cost);

// Tokens there at `now`; below 0: taken ahead of time.
double bucket_available(const token_bucket *b, double now);

// Whether these bytes may be used as one without harm, whoever wrote them.
bool bucket_is_sound(const token_bucket *b);

#endif
