// SPDX-License-Identifier: MIT
// Dates and waits: within their range, whatever the header and the time are.
#include "fuzz.h"

#include "../core/http_date.h"

static void is_a_wait(bool known, double seconds) {
  HOLDS(!known || (seconds >= 0 && seconds <= HTTP_WAIT_MAX_SECONDS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  double now, seconds = 0;
  if (size < sizeof now)
    return 0;
  memcpy(&now, data, sizeof now);
  size_t length = size - sizeof now;
  char *text = exact_copy(data + sizeof now, length);
  int64_t date;
  if (http_date_parse(text, length, now, &date)) {
    const int64_t year_10000 = 253402300800;
    HOLDS(date >= -62167219200 && date <= year_10000);
  }
  is_a_wait(http_retry_after(text, length, now, &seconds), seconds);
  is_a_wait(http_rate_reset(text, length, now, &seconds), seconds);
  free(text);
  return 0;
}
