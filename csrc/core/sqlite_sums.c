// SPDX-License-Identifier: MIT
#include "sqlite_sums.h"

#include "buffer.h"
#include "json_text.h"
#include "sqlite_guard.h"

#include <inttypes.h>
#include <search.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 32 };

// The keys of a group as bytes that sort as they do.
typedef struct group {
  size_t key_length;
  int64_t *sums; // in the same allocation, as the key
  unsigned char *key;
} group;

typedef struct sums {
  bool begun;
  const char *failure; // the first one
  // "NAME": of each column, as it stands in the JSON.
  char *labels[COLUMNS_MAX];
  int keys, columns;
  bool is_text[COLUMNS_MAX]; // of a key, as its first row has it
  buffer key;                // of the row at hand
  void *groups;              // a tree of tsearch
  size_t count;
  buffer json;
} sums;

static int compare(const void *one, const void *other) {
  const group *a = one, *b = other;
  size_t shorter =
      a->key_length < b->key_length ? a->key_length : b->key_length;
  int order = memcmp(a->key, b->key, shorter);
  if (order != 0)
    return order;
  return (a->key_length > b->key_length) - (a->key_length < b->key_length);
}

static const char no_memory[] = "out of memory";

static int fail(sums *s, const char *why) {
  if (!s->failure)
    s->failure = why;
  return -1;
}

// Of a buffer that did not take what it was given.
static int fail_full(sums *s, const error *e) {
  return fail(s, e->reason == REASON_MEMORY ? no_memory
                                            : "group_sums: it is too large");
}

// ---- the names ----

static int add_label(sums *s, const char *name, size_t length) {
  buffer label;
  error e;
  if (s->columns == COLUMNS_MAX || length == 0)
    return fail(s, "group_sums: 1 to 32 names, none of them empty");
  buffer_init(&label, 1024);
  if (json_quote(&label, name, length, &e) < 0 ||
      buffer_append(&label, ":", 2, &e) < 0) {
    buffer_free(&label);
    return fail_full(s, &e);
  }
  s->labels[s->columns++] = label.data;
  return 0;
}

static int begin(sums *s, int count, sqlite3_value *names) {
  const char *at = (const char *)sqlite3_value_text(names);
  s->begun = true;
  buffer_init(&s->key, SQLITE_GUARD_VALUE_MAX);
  buffer_init(&s->json, SQLITE_GUARD_VALUE_MAX);
  s->keys = -1;
  while (at && *at) {
    size_t length = strcspn(at, ",;");
    if (add_label(s, at, length) < 0)
      return -1;
    if (at[length] == ';' && s->keys < 0)
      s->keys = s->columns;
    at += length + (at[length] != '\0');
  }
  if (s->keys < 0 || s->columns != count)
    return fail(s, "group_sums: 'key,…;figure,…' and a value for each");
  return 0;
}

// ---- a row ----

static int append_key(sums *s, const void *bytes, size_t length) {
  error e;
  return buffer_append(&s->key, bytes, length, &e) < 0 ? fail_full(s, &e) : 0;
}

// Big-endian, the least first.
static int append_number(sums *s, int64_t number) {
  uint64_t bits = (uint64_t)number ^ (uint64_t)1 << 63;
  unsigned char bytes[8];
  for (int i = 0; i < 8; i++)
    bytes[i] = (unsigned char)(bits >> (56 - 8 * i));
  return append_key(s, bytes, sizeof bytes);
}

static int append_value(sums *s, int column, sqlite3_value *value) {
  int type = sqlite3_value_type(value);
  if (s->count == 0)
    s->is_text[column] = type == SQLITE_TEXT;
  if (s->is_text[column] ? type != SQLITE_TEXT : type != SQLITE_INTEGER)
    return fail(s,
                "group_sums: a key is no whole number or text, as the first");
  if (!s->is_text[column])
    return append_number(s, sqlite3_value_int64(value));
  const unsigned char *text = sqlite3_value_text(value);
  if (!text)
    return fail(s, no_memory);
  return append_key(s, text, (size_t)sqlite3_value_bytes(value) + 1);
}

static group *new_group(sums *s) {
  size_t figures = (size_t)(s->columns - s->keys);
  if (s->count == SQLITE_SUMS_GROUPS_MAX) {
    fail(s, "group_sums: more than 100000 groups");
    return NULL;
  }
  group *g = calloc(1, sizeof *g + figures * sizeof(int64_t) + s->key.length);
  if (!g) {
    fail(s, no_memory);
    return NULL;
  }
  g->sums = (int64_t *)(g + 1);
  g->key = (unsigned char *)(g->sums + figures);
  g->key_length = s->key.length;
  memcpy(g->key, s->key.data, s->key.length);
  if (!tsearch(g, &s->groups, compare)) {
    free(g);
    fail(s, no_memory);
    return NULL;
  }
  s->count++;
  return g;
}

static group *find_group(sums *s) {
  group wanted = {.key_length = s->key.length,
                  .key = (unsigned char *)s->key.data};
  group **found = tfind(&wanted, &s->groups, compare);
  return found ? *found : new_group(s);
}

static int add_row(sums *s, sqlite3_value **values) {
  s->key.length = 0;
  for (int i = 0; i < s->keys; i++)
    if (append_value(s, i, values[i]) < 0)
      return -1;
  group *g = find_group(s);
  if (!g)
    return -1;
  for (int i = s->keys; i < s->columns; i++) {
    int64_t *sum = &g->sums[i - s->keys];
    if (sqlite3_value_type(values[i]) != SQLITE_INTEGER)
      return fail(s, "group_sums: a figure is no whole number");
    if (__builtin_add_overflow(*sum, sqlite3_value_int64(values[i]), sum))
      return fail(s, "group_sums: integer overflow");
  }
  return 0;
}

// Of no more rows is anything made after the first fault.
static void step(sqlite3_context *context, int count, sqlite3_value **values) {
  sums *s = sqlite3_aggregate_context(context, sizeof *s);
  if (!s || s->failure)
    return;
  if (!s->begun && begin(s, count - 1, values[0]) < 0)
    return;
  add_row(s, values + 1);
}

// ---- the answer ----

static int write_bytes(sums *s, const char *bytes, size_t length) {
  error e;
  return buffer_append(&s->json, bytes, length, &e) < 0 ? fail_full(s, &e) : 0;
}

static int write_number(sums *s, int64_t number) {
  char text[24];
  int length = snprintf(text, sizeof text, "%" PRId64, number);
  return write_bytes(s, text, (size_t)length);
}

// A key's column; returns where the next one begins, NULL after a fault.
static const unsigned char *write_key(sums *s, int column, bool is_last,
                                      const unsigned char *at,
                                      const unsigned char *end) {
  error e;
  if (s->is_text[column]) {
    size_t length = is_last ? (size_t)(end - at) - 1 : strlen((const char *)at);
    if (json_quote(&s->json, (const char *)at, length, &e) < 0) {
      fail_full(s, &e);
      return NULL;
    }
    return at + length + 1;
  }
  uint64_t bits = 0;
  for (int i = 0; i < 8; i++)
    bits = bits << 8 | at[i];
  return write_number(s, (int64_t)(bits ^ (uint64_t)1 << 63)) < 0 ? NULL
                                                                  : at + 8;
}

static void write_group(const void *node, VISIT visit, void *argument) {
  sums *s = argument;
  if (s->failure || (visit != postorder && visit != leaf))
    return;
  const group *g = *(group *const *)node;
  const unsigned char *at = g->key, *end = g->key + g->key_length;
  for (int i = 0; i < s->columns; i++) {
    const char *before = i > 0 ? "," : s->json.length > 1 ? ",{" : "{";
    if (write_bytes(s, before, strlen(before)) < 0 ||
        write_bytes(s, s->labels[i], strlen(s->labels[i])) < 0)
      return;
    if (i < s->keys && !(at = write_key(s, i, i == s->keys - 1, at, end)))
      return;
    if (i >= s->keys && write_number(s, g->sums[i - s->keys]) < 0)
      return;
  }
  write_bytes(s, "}", 1);
}

// Also called for what was interrupted: here everything is freed.
static void finish(sqlite3_context *context) {
  sums *s = sqlite3_aggregate_context(context, 0);
  if (!s) {
    sqlite3_result_text(context, "[]", 2, SQLITE_STATIC);
    return;
  }
  if (!s->failure && write_bytes(s, "[", 1) == 0)
    twalk_r(s->groups, write_group, s);
  if (!s->failure)
    write_bytes(s, "]", 1);
  if (s->failure == no_memory)
    sqlite3_result_error_nomem(context);
  else if (s->failure)
    sqlite3_result_error(context, s->failure, -1);
  else
    sqlite3_result_text(context, s->json.data, (int)s->json.length,
                        SQLITE_TRANSIENT);
  tdestroy(s->groups, free);
  for (int i = 0; i < s->columns; i++)
    free(s->labels[i]);
  buffer_free(&s->key);
  buffer_free(&s->json);
}

int sqlite_sums_register(sqlite3 *db) {
  return sqlite3_create_function_v2(db, "group_sums", -1,
                                    SQLITE_UTF8 | SQLITE_DETERMINISTIC |
                                        SQLITE_DIRECTONLY,
                                    NULL, NULL, step, finish, NULL);
}
