// SPDX-License-Identifier: MIT
#include "words.h"

#include "steps.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <tesseract/capi.h>

// Engines are 30 MB and 0.1 s each: a few are kept, the oldest goes first.
enum { ENGINES_MAX = 3, LANGUAGES_MAX = 64, DPI_MIN = 70 };

typedef struct engine {
  TessBaseAPI *api;
  char languages[LANGUAGES_MAX];
} engine;

static engine engines[ENGINES_MAX];

static bool languages_are_sane(const char *languages) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+";
  size_t length = strlen(languages);
  return length > 0 && length < LANGUAGES_MAX &&
         strspn(languages, allowed) == length;
}

static TessBaseAPI *start_engine(const char *languages, error *e) {
  TessBaseAPI *api = TessBaseAPICreate();
  if (!api) {
    error_memory(e);
    return NULL;
  }
  // Missing languages are complained about on stderr, which is no place here.
  TessBaseAPISetVariable(api, "debug_file", "/dev/null");
  if (TessBaseAPIInit2(api, NULL, languages, OEM_LSTM_ONLY) == 0) {
    TessBaseAPISetVariable(api, "debug_file", "/dev/null");
    return api;
  }
  TessBaseAPIDelete(api);
  error_set(e, REASON_MISSING_LIBRARY,
            "Tesseract cannot read '%s': apt-get install tesseract-ocr-%s, or "
            "set TESSDATA_PREFIX",
            languages, strchr(languages, '+') ? "LANGUAGE" : languages);
  return NULL;
}

// The kept engine of these languages, in front of the others.
static TessBaseAPI *find_engine(const char *languages, error *e) {
  if (!languages_are_sane(languages)) {
    error_set(e, REASON_INVALID_OPTION,
              "step words: languages must be like eng or eng+deu");
    return NULL;
  }
  int at = 0;
  while (at < ENGINES_MAX - 1 && strcmp(engines[at].languages, languages) != 0)
    at++;
  engine found = engines[at];
  if (strcmp(found.languages, languages) != 0) {
    TessBaseAPI *api = start_engine(languages, e);
    if (!api)
      return NULL;
    if (found.api)
      TessBaseAPIDelete(found.api);
    found.api = api;
    snprintf(found.languages, sizeof found.languages, "%s", languages);
  }
  memmove(engines + 1, engines, (size_t)at * sizeof *engines);
  engines[0] = found;
  return found.api;
}

// ---- results ----

typedef struct word_writer {
  job *job;
  TessResultIterator *result;
  TessPageIterator *page; // the same place, not owned
  int line, block;
} word_writer;

// Degrees clockwise that make the word upright in the picture it was found in.
static int word_orientation(const word_writer *w) {
  TessOrientation orientation = ORIENTATION_PAGE_UP;
  TessWritingDirection direction;
  TessTextlineOrder order;
  float skew;
  TessPageIteratorOrientation(w->page, &orientation, &direction, &order, &skew);
  static const int degrees[] = {0, 270, 180, 90};
  return degrees[orientation & 3];
}

static void write_word(word_writer *w, const char *text) {
  int left, top, right, bottom;
  if (!TessPageIteratorBoundingBox(w->page, RIL_WORD, &left, &top, &right,
                                   &bottom))
    return;
  job *j = w->job;
  box b =
      transform_box(&j->to_page, (box){left, top, right - left, bottom - top});
  double confidence = TessResultIteratorConfidence(w->result, RIL_WORD) / 100;
  json_open(&j->out, '{');
  json_text_member(&j->out, "text", text);
  json_box_member(&j->out, b.x, b.y, b.width, b.height);
  json_number_member(&j->out, "confidence", fmin(fmax(confidence, 0), 1), 4);
  json_integer_member(&j->out, "line", w->line);
  json_integer_member(&j->out, "block", w->block);
  json_number_member(&j->out, "rotation",
                     fmod(j->turned + word_orientation(w), 360), 2);
  json_close(&j->out, '}');
}

static void visit_word(word_writer *w) {
  w->block += TessPageIteratorIsAtBeginningOf(w->page, RIL_BLOCK) != 0;
  w->line += TessPageIteratorIsAtBeginningOf(w->page, RIL_TEXTLINE) != 0;
  char *text = TessResultIteratorGetUTF8Text(w->result, RIL_WORD);
  if (text && text[strspn(text, " \n\t")] != '\0')
    write_word(w, text);
  TessDeleteText(text);
}

static void write_words(job *j, TessBaseAPI *api) {
  word_writer w = {.job = j, .result = TessBaseAPIGetIterator(api)};
  if (!w.result)
    return; // an empty sheet has no first word
  w.page = TessResultIteratorGetPageIterator(w.result);
  do {
    visit_word(&w);
  } while (TessResultIteratorNext(w.result, RIL_WORD));
  TessResultIteratorDelete(w.result);
}

// A resolution that Tesseract believes; others make it guess, as 0 does.
static int usable_dpi(int dpi) { return dpi >= DPI_MIN ? dpi : 0; }

// Recognises the words of the current picture; boxes lie on the opened page.
int step_words(job *j, const step *s, error *e) {
  int mode = PSM_AUTO, dpi = usable_dpi(j->dpi);
  if (step_integer(s, "psm", 1, 13, &mode, e) < 0 ||
      step_integer(s, "dpi", DPI_MIN, DPI_MAX, &dpi, e) < 0)
    return -1;
  TessBaseAPI *api = find_engine(step_value_text(s, "languages", "eng"), e);
  if (!api)
    return -1;
  TessBaseAPISetPageSegMode(api, (TessPageSegMode)mode);
  TessBaseAPISetImage2(api, j->current);
  if (dpi > 0)
    TessBaseAPISetSourceResolution(api, dpi);
  int status = TessBaseAPIRecognize(api, NULL);
  json_name(&j->out, "words");
  json_open(&j->out, '[');
  if (status == 0)
    write_words(j, api);
  json_close(&j->out, ']');
  TessBaseAPIClear(api);
  return status == 0 ? 0
                     : error_set(e, REASON_INTERNAL,
                                 "Tesseract gave up on this picture");
}

int words_read_line(PIX *line, line_reading *reading, error *e) {
  TessBaseAPI *api = find_engine("eng", e);
  if (!api)
    return -1;
  TessBaseAPISetPageSegMode(api, PSM_SINGLE_LINE);
  TessBaseAPISetImage2(api, line);
  char *text = TessBaseAPIGetUTF8Text(api);
  reading->confidence = TessBaseAPIMeanTextConf(api) / 100.0;
  reading->letters = 0;
  for (const char *at = text; at && *at; at++)
    reading->letters += isalnum((unsigned char)*at) != 0;
  TessDeleteText(text);
  TessBaseAPIClear(api);
  return 0;
}

int words_write_about(job *j, error *e) {
  TessBaseAPI *api = find_engine("eng", e);
  if (!api)
    return -1;
  char **languages = TessBaseAPIGetAvailableLanguagesAsVector(api);
  json_text_member(&j->out, "tesseract", TessVersion());
  json_name(&j->out, "languages");
  json_open(&j->out, '[');
  for (char **language = languages; language && *language; language++)
    if (strcmp(*language, "osd") != 0)
      json_text(&j->out, *language, strlen(*language));
  json_close(&j->out, ']');
  TessDeleteTextArray(languages);
  return 0;
}
