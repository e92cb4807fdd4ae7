// SPDX-License-Identifier: MIT
// The calls of a reader's job, made directly: what bench/reader.lua compares
// with. `reader_inprocess ocr|fit FILE` prints the milliseconds of the second
// of two jobs, when all is warm.

#include <leptonica/allheaders.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tesseract/capi.h>
#include <time.h>

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

// All words of the page, each with its box and confidence.
static void recognise(TessBaseAPI *api, PIX *page) {
  TessBaseAPISetPageSegMode(api, PSM_SPARSE_TEXT_OSD);
  TessBaseAPISetImage2(api, page);
  TessBaseAPIRecognize(api, NULL);
  TessResultIterator *words = TessBaseAPIGetIterator(api);
  TessPageIterator *place = TessResultIteratorGetPageIterator(words);
  do {
    int left, top, right, bottom;
    TessPageIteratorBoundingBox(place, RIL_WORD, &left, &top, &right, &bottom);
    TessResultIteratorConfidence(words, RIL_WORD);
    TessDeleteText(TessResultIteratorGetUTF8Text(words, RIL_WORD));
  } while (TessResultIteratorNext(words, RIL_WORD));
  TessResultIteratorDelete(words);
  TessBaseAPIClear(api);
}

static void make_fit(PIX *page) {
  l_uint8 *bytes = NULL;
  size_t size = 0;
  double factor = 1568.0 / pixGetWidth(page);
  PIX *wide = pixConvertTo8Or32(page, L_CLONE, 1);
  PIX *small = pixScaleToSize(wide, 1568, (int)(pixGetHeight(page) * factor));
  pixWriteMemJpeg(&bytes, &size, small, 85, 0);
  pixDestroy(&wide);
  pixDestroy(&small);
  free(bytes);
}

int main(int count, char **arguments) {
  size_t size = 0;
  if (count != 3)
    return EXIT_FAILURE;
  l_uint8 *file = l_binaryRead(arguments[2], &size);
  TessBaseAPI *api = TessBaseAPICreate();
  if (!file || TessBaseAPIInit2(api, NULL, "eng", OEM_LSTM_ONLY) != 0)
    return EXIT_FAILURE;
  TessBaseAPISetVariable(api, "debug_file", "/dev/null");
  double began = 0;
  for (int round = 0; round < 2; round++) {
    began = now_ms();
    PIX *page = pixReadMem(file, size);
    if (strcmp(arguments[1], "ocr") == 0)
      recognise(api, page);
    else
      make_fit(page);
    pixDestroy(&page);
  }
  printf("%.3f\n", now_ms() - began);
  TessBaseAPIDelete(api);
  free(file);
  return EXIT_SUCCESS;
}
