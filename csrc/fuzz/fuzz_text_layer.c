// SPDX-License-Identifier: MIT
// What pdftotext prints of a page: whatever it is, JSON comes of it.
#include "fuzz.h"

#include "../reader/text_layer.h"

enum { MAXIMUM = 1 << 20 };

// Outside of texts every bracket is closed, and texts are UTF-8 without control
// characters: enough to notice a text that breaks out.
static void check_json(const char *text, size_t length) {
  int depth = 0;
  int in_text = 0;
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    HOLDS(c >= 0x20);
    if (in_text && c == '\\')
      i++;
    else if (c == '"')
      in_text = !in_text;
    else if (!in_text)
      depth += (c == '{' || c == '[') - (c == '}' || c == ']');
  }
  HOLDS(depth == 0 && !in_text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  char *copy = exact_copy(data, size);
  FILE *in = fmemopen(copy, size, "r");
  HOLDS(in != NULL);
  error e = {0};
  json out;
  json_init(&out, MAXIMUM);
  json_open(&out, '{');
  int status = text_layer_write(&out, in, 200, &e);
  json_close(&out, '}');
  HOLDS(status == 0 || e.reason != REASON_NONE);
  if (status == 0 && out.failure.reason == REASON_NONE)
    check_json(out.out.data, out.out.length);
  json_free(&out);
  fclose(in);
  free(copy);
  return 0;
}
