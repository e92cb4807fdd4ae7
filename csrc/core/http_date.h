// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_HTTP_DATE_H
#define VISION_CORE_HTTP_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Dates and waits in the headers of answers. `wall_now` is in seconds since
// 1970-01-01 UTC; spaces and tabs around a value are allowed.

// Whatever a server says, no wait is longer than 30 days.
#define HTTP_WAIT_MAX_SECONDS (30.0 * 86400)

// A date in one of the three forms of RFC 9110, section 5.6.7, as seconds
// since 1970. The form with a two-digit year means no year more than 50 years
// ahead of `wall_now`. False: it is not such a date.
bool http_date_parse(const char *text, size_t length, double wall_now,
                     int64_t *unix_seconds);

// Retry-After: seconds, with a fraction where a server gives one, or a date.
// `*seconds` is 0 to HTTP_WAIT_MAX_SECONDS; a date that has passed is 0.
// False: it is neither.
bool http_retry_after(const char *text, size_t length, double wall_now,
                      double *seconds);

// The time until a rate limit begins anew, as its header says it: seconds
// ("12", "0.5"), a duration ("6m0s", "1h2m3.5s", "120ms") or a date of RFC 3339
// ("2026-11-23T22:30:00Z"). Range and result as http_retry_after.
bool http_rate_reset(const char *text, size_t length, double wall_now,
                     double *seconds);

#endif
