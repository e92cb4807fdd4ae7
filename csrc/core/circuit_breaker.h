// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_CIRCUIT_BREAKER_H
#define VISION_CORE_CIRCUIT_BREAKER_H

#include "breaker_window.h"
#include "error.h"

// A circuit breaker:
//
//   closed      calls pass; too many failures open it
//   open        calls are refused until its time is over
//   half_open   a few calls pass as probes; enough successes close it, one
//               failure opens it again
//   forced_open, disabled   by hand: nothing passes; everything passes and
//               nothing is counted
//
// Who is allowed to call gets a permit and brings it back with the outcome. A
// permit belongs to the state it was given in: a call that ends after the
// breaker has moved on counts nothing.
//
// `now` is in seconds, monotonic. If it is set back, a time that is waited for
// begins again from there.
//
// Plain values only, so that it may lie in memory that processes share; who
// does that brings the lock, and keeps the layout's number beside it.
enum { BREAKER_LAYOUT = 1, BREAKER_PROBES_MAX = 16 };

enum breaker_state {
  BREAKER_CLOSED,
  BREAKER_OPEN,
  BREAKER_HALF_OPEN,
  BREAKER_FORCED_OPEN,
  BREAKER_DISABLED,
  BREAKER_STATES
};

enum breaker_outcome {
  BREAKER_SUCCESS,
  BREAKER_FAILURE,
  BREAKER_IGNORED, // says nothing about the health: a caller's own fault
};

enum breaker_judgement {
  BREAKER_CONSECUTIVE,  // failures in a row
  BREAKER_COUNT_WINDOW, // rates over the last calls
  BREAKER_TIME_WINDOW,  // rates over the last seconds
};

typedef struct breaker_config {
  uint32_t judgement;           // enum breaker_judgement
  uint32_t failure_threshold;   // failures in a row that open it, >= 1
  uint32_t success_threshold;   // successes that close it from half-open, >= 1
  uint32_t half_open_max_calls; // probes at a time, 1 .. BREAKER_PROBES_MAX
  double timeout;               // seconds it stays open, >= 0
  double timeout_factor; // each opening before it closed again lasts so many
                         // times longer, >= 1
  double timeout_max;    // seconds that this may become
  double timeout_jitter; // share, 0 .. 1, by which chance shortens it
  double probe_timeout; // seconds until a probe nobody brought back is lost, so
                        // that its owner's death leaves no slot taken; > 0
  // Of windows only:
  double window_size;        // calls, 1 .. WINDOW_CALLS_MAX; or seconds, > 0
  uint32_t minimum_calls;    // fewer are not judged, >= 1
  double failure_rate;       // share of failures that opens it; > 1: never
  double slow_call_rate;     // share of slow calls that opens it; > 1: never
  double slow_call_duration; // seconds from which a call is slow
} breaker_config;

// The defaults: 5 failures in a row open it for 60 s; 2 successes, one after
// the other, close it.
void breaker_defaults(breaker_config *c);

typedef struct breaker_probe {
  uint64_t permit; // 0: a free slot
  double expires;
} breaker_probe;

typedef struct circuit_breaker {
  breaker_config config;
  uint32_t state;      // enum breaker_state
  uint32_t failures;   // in a row, while closed
  uint32_t successes;  // while half-open
  uint32_t openings;   // since it was last closed
  uint64_t permits;    // number of the last one; it rises for ever
  uint64_t generation; // the permit of all calls while closed or disabled
  uint64_t random;     // where the jitter's chance comes from
  double open_until;   // while open
  double open_seconds; // how long it was to be open, from when it opened
  uint64_t opens;      // times it opened
  uint64_t rejected;   // calls refused
  breaker_probe probes[BREAKER_PROBES_MAX];
  breaker_window window;
} circuit_breaker;

// What a call did to the state. `from` equals `to` where it did nothing.
typedef struct breaker_change {
  uint32_t from, to; // enum breaker_state
} breaker_change;

typedef struct breaker_answer {
  uint64_t permit;       // 0: refused; at most 2^53
  double wait;           // refused: seconds until the next probe at the latest;
                         // INFINITY: until somebody says so
  breaker_change change; // open to half_open
} breaker_answer;

// A closed breaker. `seed` is a number by chance, for the jitter. -1 with
// INVALID_OPTION: a size that its memory has no room for, or a minimum that the
// window can never hold.
int breaker_init(circuit_breaker *b, const breaker_config *config,
                 uint64_t seed, error *e);

breaker_answer breaker_allow(circuit_breaker *b, double now);

// The outcome of a call that was allowed; `duration` in seconds.
breaker_change breaker_record(circuit_breaker *b, uint64_t permit,
                              enum breaker_outcome outcome, double duration,
                              double now);

// Opens it for at least so long, as a provider asked for (Retry-After). A later
// end that is set already stays. Nothing while forced open or disabled.
breaker_change breaker_open_for(circuit_breaker *b, double seconds, double now);

breaker_change breaker_force_open(circuit_breaker *b);
breaker_change breaker_disable(circuit_breaker *b);
breaker_change breaker_reset(circuit_breaker *b); // closed, as if new

// "closed", "open", "half_open", "forced_open" or "disabled".
const char *breaker_state_word(uint32_t state);

// Whether these bytes may be used as one without harm, whoever wrote them.
bool breaker_is_sound(const circuit_breaker *b);

#endif
