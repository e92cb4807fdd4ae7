// SPDX-License-Identifier: MIT
// Dates and waits of HTTP headers, at a time of the test's own.
#include "check.h"

#include "../core/http_date.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define NOW 784111777.0 // Sun, 06 Nov 1994 08:49:37 GMT

static void check_date(const char *text, double now, int64_t expected) {
  int64_t seconds = -1;
  assert_true(http_date_parse(text, strlen(text), now, &seconds));
  assert_int_equal(seconds, expected);
}

static void reads_the_three_forms(void **state) {
  (void)state;
  check_date("Sun, 06 Nov 1994 08:49:37 GMT", NOW, 784111777);
  check_date("Sunday, 06-Nov-94 08:49:37 GMT", NOW, 784111777);
  check_date("Sun Nov  6 08:49:37 1994", NOW, 784111777);
  check_date(" \tSun Nov 16 08:49:37 1994 ", NOW, 784111777 + 10 * 86400);
  check_date("Thu, 01 Jan 1970 00:00:00 GMT", NOW, 0);
  check_date("Tue, 29 Feb 2000 23:59:60 GMT", NOW, 951868800);
}

static void two_digits_are_at_most_fifty_years_ahead(void **state) {
  (void)state;
  const double year_2026 = 1795000000;
  check_date("Sunday, 06-Nov-94 08:49:37 GMT", year_2026, 784111777);
  check_date("Friday, 06-Nov-76 08:49:37 GMT", year_2026, 3371878177);
  check_date("Sunday, 06-Nov-77 08:49:37 GMT", year_2026, 247654177);
  check_date("Friday, 06-Nov-00 08:49:37 GMT", year_2026, 973500577);
}

static void agrees_with_the_calendar_of_the_system(void **state) {
  (void)state;
  for (int64_t day = -25000; day < 2000000; day += 29) {
    time_t moment = (time_t)(day * 86400 + 12345);
    struct tm parts;
    char text[64];
    gmtime_r(&moment, &parts);
    if (parts.tm_year + 1900 > 9999)
      break;
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    check_date(text, NOW, moment);
  }
}

static void refuses_what_is_no_date(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",
      "Sun",
      "Sun, 31 Feb 1994 08:49:37 GMT",
      "Sun, 29 Feb 1900 08:49:37 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 24:49:37 GMT",
      "Sun, 06 Nov 1994 08:60:37 GMT",
      "Sun, 06 Nov 1994 08:49:37",
      "Sun, 06 Nov 1994 08:49:37 GMTX",
      "Sun, 06 Nov 1994 08:49:37 +0100",
      "Sun, 6 Nov 1994 08:49:37 GMT",
      "Xyz, 06 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nob 1994 08:49:37 GMT",
      "Sun Nov 06 08:49:37 94",
      "1994-11-06T08:49:37Z",
  };
  int64_t seconds;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert_false(http_date_parse(texts[i], strlen(texts[i]), NOW, &seconds));
}

typedef bool parser(const char *, size_t, double, double *);

static void check_wait(parser *parse, const char *text, double expected) {
  double seconds = -1;
  assert_true(parse(text, strlen(text), NOW, &seconds));
  assert_float_equal(seconds, expected, 1e-6);
}

static void retry_after_is_a_bounded_wait(void **state) {
  (void)state;
  const double most = HTTP_WAIT_MAX_SECONDS;
  check_wait(http_retry_after, "120", 120);
  check_wait(http_retry_after, " 0 ", 0);
  check_wait(http_retry_after, "1.5", 1.5);
  check_wait(http_retry_after, "0.250", 0.25);
  check_wait(http_retry_after, "Sun, 06 Nov 1994 08:50:37 GMT", 60);
  check_wait(http_retry_after, "Sun, 06 Nov 1994 08:49:30 GMT", 0);
  check_wait(http_retry_after, "Fri, 31 Dec 9999 23:59:59 GMT", most);
  check_wait(http_retry_after, "99999999999999999999999999999999999999", most);
}

static void rate_reset_is_a_bounded_wait(void **state) {
  (void)state;
  check_wait(http_rate_reset, "6m0s", 360);
  check_wait(http_rate_reset, "120ms", 0.12);
  check_wait(http_rate_reset, "1s", 1);
  check_wait(http_rate_reset, "1h2m3.5s", 3723.5);
  check_wait(http_rate_reset, "1d", 86400);
  check_wait(http_rate_reset, "500\xC2\xB5s", 0.0005);
  check_wait(http_rate_reset, "12", 12);
  check_wait(http_rate_reset, "0.5", 0.5);
  check_wait(http_rate_reset, "9999999999d", HTTP_WAIT_MAX_SECONDS);
  check_wait(http_rate_reset, "1994-11-06T08:50:07Z", 30);
  check_wait(http_rate_reset, "1994-11-06T08:50:07.250Z", 30.25);
  check_wait(http_rate_reset, "1994-11-06T09:50:07+01:00", 30);
  check_wait(http_rate_reset, "1994-11-06 03:20:07-05:30", 30);
  check_wait(http_rate_reset, "1994-11-06T08:40:07Z", 0);
}

static void refuses_what_is_no_wait(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",    "-1",  "+1", "1e5", "0x10",  "nan", "inf", ".5",
      "1.",  "1,5", "s",  "1x",  "6m 0s", "m",   "1-1", "1994-11-06T08:50:07",
      "soon"};
  double seconds;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    assert_false(http_retry_after(texts[i], strlen(texts[i]), NOW, &seconds));
    assert_false(http_rate_reset(texts[i], strlen(texts[i]), NOW, &seconds));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_the_three_forms),
      cmocka_unit_test(two_digits_are_at_most_fifty_years_ahead),
      cmocka_unit_test(agrees_with_the_calendar_of_the_system),
      cmocka_unit_test(refuses_what_is_no_date),
      cmocka_unit_test(retry_after_is_a_bounded_wait),
      cmocka_unit_test(rate_reset_is_a_bounded_wait),
      cmocka_unit_test(refuses_what_is_no_wait),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
