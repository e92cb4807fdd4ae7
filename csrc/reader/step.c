// SPDX-License-Identifier: MIT
#include "step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool kind_has_key(const step_kind *kind, const char *key) {
  size_t length = strlen(key);
  for (const char *at = kind->keys; (at = strstr(at, key)); at += length) {
    bool starts = at == kind->keys || at[-1] == ' ';
    if (length && starts && (at[length] == ' ' || at[length] == '\0'))
      return true;
  }
  return false;
}

static int parse_value(step *s, char *word, error *e) {
  char *equals = strchr(word, '=');
  if (!equals || s->value_count == STEP_KEYS_MAX)
    return error_set(e, REASON_INVALID_OPTION, "step %s: key=value expected",
                     s->kind->name);
  *equals = '\0';
  if (!kind_has_key(s->kind, word))
    return error_set(e, REASON_INVALID_OPTION,
                     "step %s has no option '%s'; it takes: %s", s->kind->name,
                     word, *s->kind->keys ? s->kind->keys : "none");
  s->values[s->value_count++] = (step_value){word, equals + 1};
  return 0;
}

static int parse_step(step *s, char *line, error *e) {
  char *rest;
  char *name = strtok_r(line, " ", &rest);
  *s = (step){.kind = name ? step_kind_find(name) : NULL};
  if (!s->kind)
    return error_set(e, REASON_INVALID_OPTION, "no such step: '%s'",
                     name ? name : "");
  char *word;
  while ((word = strtok_r(NULL, " ", &rest)))
    if (parse_value(s, word, e) < 0)
      return -1;
  return 0;
}

int steps_parse(char *text, step steps[STEPS_MAX], error *e) {
  int count = 0;
  char *rest;
  for (char *line = strtok_r(text, "\n", &rest); line;
       line = strtok_r(NULL, "\n", &rest)) {
    if (count == STEPS_MAX)
      return error_set(e, REASON_INVALID_OPTION, "more than %d steps",
                       (int)STEPS_MAX);
    if (parse_step(&steps[count++], line, e) < 0)
      return -1;
  }
  return count;
}

const char *step_value_text(const step *s, const char *key,
                            const char *absent) {
  for (int i = 0; i < s->value_count; i++)
    if (strcmp(s->values[i].key, key) == 0)
      return s->values[i].value;
  return absent;
}

int step_number(const step *s, const char *key, double minimum, double maximum,
                double *out, error *e) {
  const char *text = step_value_text(s, key, NULL);
  if (!text)
    return 0;
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end || !(value >= minimum && value <= maximum))
    return error_set(e, REASON_INVALID_OPTION,
                     "step %s: %s must be a number from %g to %g, not '%s'",
                     s->kind->name, key, minimum, maximum, text);
  *out = value;
  return 0;
}

int step_integer(const step *s, const char *key, int64_t minimum,
                 int64_t maximum, int *out, error *e) {
  double value = *out;
  if (step_number(s, key, (double)minimum, (double)maximum, &value, e) < 0)
    return -1;
  if (value != floor(value))
    return error_set(e, REASON_INVALID_OPTION,
                     "step %s: %s must be a whole number, not %g",
                     s->kind->name, key, value);
  *out = (int)value;
  return 0;
}
