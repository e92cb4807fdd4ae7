// SPDX-License-Identifier: MIT
// Image headers: whatever the bytes are, an answer that makes sense.
#include "fuzz.h"

#include "../core/image_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint8_t *bytes = exact_copy(data, size);
  image_header h;
  error e = {0};
  if (image_header_read(bytes, size, &h, &e) < 0) {
    HOLDS(e.reason != REASON_NONE && e.message[0] != '\0');
  } else {
    HOLDS(h.type != IMAGE_UNKNOWN);
    HOLDS(h.orientation >= 1 && h.orientation <= 8);
    HOLDS((h.pages == 0) == (h.type == IMAGE_PDF));
    HOLDS((h.width == 0) == (h.type == IMAGE_PDF));
    HOLDS(h.width <= INT32_MAX && h.height <= INT32_MAX);
    HOLDS(h.pages <= IMAGE_PAGES_MAX);
    HOLDS(!h.transparent || h.type == IMAGE_PNG || h.type == IMAGE_GIF ||
          h.type == IMAGE_WEBP);
  }
  free(bytes);
  return 0;
}
