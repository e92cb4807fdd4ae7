// SPDX-License-Identifier: MIT
#include "http_date.h"

#include <string.h>

// What is left of the text; every `take_…` moves `at` on only when it succeeds.
typedef struct reader {
  const char *at, *end;
} reader;

static reader trimmed(const char *text, size_t length) {
  reader r = {text, text + length};
  while (r.at < r.end && (*r.at == ' ' || *r.at == '\t'))
    r.at++;
  while (r.end > r.at && (r.end[-1] == ' ' || r.end[-1] == '\t'))
    r.end--;
  return r;
}

static bool take(reader *r, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0)
    return false;
  r->at += length;
  return true;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Exactly `digits` digits, of a value in the range.
static bool take_number(reader *r, int digits, int minimum, int maximum,
                        int *value) {
  if (r->end - r->at < digits)
    return false;
  int number = 0;
  for (int i = 0; i < digits; i++) {
    if (!is_digit(r->at[i]))
      return false;
    number = number * 10 + (r->at[i] - '0');
  }
  r->at += digits;
  *value = number;
  return number >= minimum && number <= maximum;
}

// The index of the word that comes next in a list that NULL ends, or -1.
static int take_word(reader *r, const char *const *words) {
  for (int i = 0; words[i]; i++)
    if (take(r, words[i]))
      return i;
  return -1;
}

// ---- the calendar ----

typedef struct moment {
  int year, month, day; // 1 to 12, 1 to 31
  int hour, minute, second;
} moment;

static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May",
                                     "Jun", "Jul", "Aug", "Sep", "Oct",
                                     "Nov", "Dec", NULL};
static const char *const DAYS[] = {"Mon", "Tue", "Wed", "Thu",
                                   "Fri", "Sat", "Sun", NULL};
static const char *const LONG_DAYS[] = {"Monday",   "Tuesday", "Wednesday",
                                        "Thursday", "Friday",  "Saturday",
                                        "Sunday",   NULL};

static bool is_leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && is_leap(year));
}

// Days from 1970-01-01 to a day of the Gregorian calendar, years 0 to 9999.
static int64_t days_since_1970(int year, int month, int day) {
  int before = year - 1; // whole years before this one; -1 in the year 0
  int leaps = before < 0 ? -1 : before / 4 - before / 100 + before / 400;
  int64_t days = (int64_t)year * 365 + leaps - (1970 * 365 + 477);
  for (int m = 1; m < month; m++)
    days += days_in(year, m);
  return days + day - 1;
}

static bool to_unix(const moment *m, int64_t *unix_seconds) {
  if (m->day > days_in(m->year, m->month))
    return false;
  int64_t days = days_since_1970(m->year, m->month, m->day);
  *unix_seconds = ((days * 24 + m->hour) * 60 + m->minute) * 60 + m->second;
  return true;
}

// ---- the three forms ----

static bool take_time(reader *r, moment *m) {
  return take_number(r, 2, 0, 23, &m->hour) && take(r, ":") &&
         take_number(r, 2, 0, 59, &m->minute) && take(r, ":") &&
         take_number(r, 2, 0, 60, &m->second); // 60: a leap second
}

static bool take_month(reader *r, moment *m) {
  m->month = take_word(r, MONTHS) + 1;
  return m->month > 0;
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
static bool take_fixed(reader *r, moment *m) {
  return take_word(r, DAYS) >= 0 && take(r, ", ") &&
         take_number(r, 2, 1, 31, &m->day) && take(r, " ") &&
         take_month(r, m) && take(r, " ") &&
         take_number(r, 4, 0, 9999, &m->year) && take(r, " ") &&
         take_time(r, m) && take(r, " GMT");
}

// "Sunday, 06-Nov-94 08:49:37 GMT"; leaves the year at 0 to 99.
static bool take_rfc850(reader *r, moment *m) {
  return take_word(r, LONG_DAYS) >= 0 && take(r, ", ") &&
         take_number(r, 2, 1, 31, &m->day) && take(r, "-") &&
         take_month(r, m) && take(r, "-") &&
         take_number(r, 2, 0, 99, &m->year) && take(r, " ") &&
         take_time(r, m) && take(r, " GMT");
}

static bool take_padded_day(reader *r, moment *m) {
  return take(r, " ") ? take_number(r, 1, 1, 9, &m->day)
                      : take_number(r, 2, 1, 31, &m->day);
}

// "Sun Nov  6 08:49:37 1994"
static bool take_asctime(reader *r, moment *m) {
  return take_word(r, DAYS) >= 0 && take(r, " ") && take_month(r, m) &&
         take(r, " ") && take_padded_day(r, m) && take(r, " ") &&
         take_time(r, m) && take(r, " ") &&
         take_number(r, 4, 0, 9999, &m->year);
}

static bool parse_with(bool (*form)(reader *, moment *), reader r, moment *m) {
  *m = (moment){0};
  return form(&r, m) && r.at == r.end;
}

// The latest year with these two digits that is at most 50 years ahead.
static int full_year(int two_digits, double wall_now) {
  const double year_seconds = 365.2425 * 86400;
  int limit = 1970 + (int)(wall_now / year_seconds) + 50;
  int behind = (limit - two_digits) % 100;
  return limit - behind;
}

// Time as an argument comes from callers of many kinds: keep it to four-digit
// years, and not a number is the beginning.
static double sane_now(double wall_now) {
  const double year_9900 = 250000000000.0;
  if (!(wall_now > 0))
    return 0;
  return wall_now < year_9900 ? wall_now : year_9900;
}

bool http_date_parse(const char *text, size_t length, double wall_now,
                     int64_t *unix_seconds) {
  reader r = trimmed(text, length);
  moment m;
  if (parse_with(take_fixed, r, &m) || parse_with(take_asctime, r, &m))
    return to_unix(&m, unix_seconds);
  if (!parse_with(take_rfc850, r, &m))
    return false;
  m.year = full_year(m.year, sane_now(wall_now));
  return to_unix(&m, unix_seconds);
}

// ---- waits ----

static double bounded(double seconds) {
  if (!(seconds > 0))
    return 0;
  return seconds < HTTP_WAIT_MAX_SECONDS ? seconds : HTTP_WAIT_MAX_SECONDS;
}

// Digits, and a point with more digits behind it. A hundred digits are a large
// number, not an overflow.
static bool take_decimal(reader *r, double *value) {
  const char *at = r->at;
  double number = 0, weight = 1;
  for (; at < r->end && is_digit(*at); at++)
    number = number * 10 + (*at - '0');
  if (at == r->at)
    return false;
  if (r->end - at > 1 && *at == '.' && is_digit(at[1]))
    for (at++; at < r->end && is_digit(*at); at++) {
      weight /= 10;
      number += weight * (*at - '0');
    }
  r->at = at;
  *value = number;
  return true;
}

static bool plain_seconds(reader r, double *seconds) {
  double value;
  if (!take_decimal(&r, &value) || r.at != r.end)
    return false;
  *seconds = bounded(value);
  return true;
}

bool http_retry_after(const char *text, size_t length, double wall_now,
                      double *seconds) {
  if (plain_seconds(trimmed(text, length), seconds))
    return true;
  int64_t date;
  if (!http_date_parse(text, length, wall_now, &date))
    return false;
  *seconds = bounded((double)date - wall_now);
  return true;
}

static bool duration(reader r, double *seconds) {
  static const char *const units[] = {"ms", "us", "\xC2\xB5s", "ns", "d",
                                      "h",  "m",  "s",         NULL};
  static const double lengths[] = {1e-3, 1e-6, 1e-6, 1e-9, 86400, 3600, 60, 1};
  double sum = 0, value;
  if (r.at == r.end)
    return false;
  while (r.at < r.end) {
    int unit;
    if (!take_decimal(&r, &value) || (unit = take_word(&r, units)) < 0)
      return false;
    sum += bounded(value * lengths[unit]);
  }
  *seconds = bounded(sum);
  return true;
}

// "Z", or "+02:00": what to take off local time, in seconds.
static bool take_offset(reader *r, int *offset) {
  int hours, minutes, sign = take(r, "-") ? -1 : 1;
  *offset = 0;
  if (sign > 0 && (take(r, "Z") || take(r, "z")))
    return true;
  if (sign > 0 && !take(r, "+"))
    return false;
  if (!take_number(r, 2, 0, 23, &hours) || !take(r, ":") ||
      !take_number(r, 2, 0, 59, &minutes))
    return false;
  *offset = sign * (hours * 60 + minutes) * 60;
  return true;
}

static bool take_rfc3339_day(reader *r, moment *m) {
  return take_number(r, 4, 0, 9999, &m->year) && take(r, "-") &&
         take_number(r, 2, 1, 12, &m->month) && take(r, "-") &&
         take_number(r, 2, 1, 31, &m->day);
}

static bool rfc3339(reader r, double *unix_seconds) {
  moment m = {0};
  double fraction = 0;
  int offset;
  int64_t whole;
  if (!take_rfc3339_day(&r, &m))
    return false;
  if (!take(&r, "T") && !take(&r, "t") && !take(&r, " "))
    return false;
  if (!take_time(&r, &m))
    return false;
  // The fraction is read together with the last digit of the seconds.
  r.at--;
  if (!take_decimal(&r, &fraction) || !take_offset(&r, &offset) ||
      r.at != r.end || !to_unix(&m, &whole))
    return false;
  *unix_seconds = (double)(whole - m.second % 10 - offset) + fraction;
  return true;
}

bool http_rate_reset(const char *text, size_t length, double wall_now,
                     double *seconds) {
  reader r = trimmed(text, length);
  double date;
  if (plain_seconds(r, seconds) || duration(r, seconds))
    return true;
  if (!rfc3339(r, &date))
    return false;
  *seconds = bounded(date - wall_now);
  return true;
}
