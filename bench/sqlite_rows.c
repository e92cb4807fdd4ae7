// SPDX-License-Identifier: MIT
// The bare peer of the storage of records in SQLite: carries out the statements
// of a file, written by records.lua, in the transactions in which they stand,
// on one thread with nothing around it. Prints the seconds that it took.
//
//   sqlite_rows DATABASE STATEMENTS
//
// Of STATEMENTS: "S length\nSQL\n" names the next statement; "B\n" and "C\n"
// begin and commit; "R number\n" runs a statement with what was bound: "N\n",
// "I integer\n", "F number\n", "T length\nTEXT\n".

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STATEMENTS = 64, VALUES = 1024 };

static sqlite3 *db;
static sqlite3_stmt *statements[STATEMENTS];
static char *texts[STATEMENTS];
static int known;

static void check(int code) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
    return;
  fprintf(stderr, "%s\n", sqlite3_errmsg(db));
  exit(1);
}

static void run(const char *sql) {
  check(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static char *read_whole(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0)
    exit(2);
  size_t size = (size_t)ftell(file);
  char *text = calloc(1, size + 1);
  rewind(file);
  if (!text || fread(text, 1, size, file) != size)
    exit(2);
  fclose(file);
  return text;
}

// What is bound next, until a statement runs.
typedef struct value {
  char kind;
  const char *text;
  long long integer;
  double number;
} value;

static value values[VALUES];
static int count;

static void bind(sqlite3_stmt *s, int i, const value *v) {
  if (v->kind == 'I')
    check(sqlite3_bind_int64(s, i, v->integer));
  else if (v->kind == 'F')
    check(sqlite3_bind_double(s, i, v->number));
  else if (v->kind == 'T')
    check(sqlite3_bind_text(s, i, v->text, (int)v->integer, SQLITE_STATIC));
  else
    check(sqlite3_bind_null(s, i));
}

static void run_statement(int number) {
  sqlite3_stmt **s = &statements[number];
  if (!*s)
    check(sqlite3_prepare_v3(db, texts[number], -1, SQLITE_PREPARE_PERSISTENT,
                             s, NULL));
  for (int i = 0; i < count; i++)
    bind(*s, i + 1, &values[i]);
  int code = sqlite3_step(*s);
  check(code);
  sqlite3_reset(*s);
  count = 0;
}

static char *take_text(char *at, long long length, char **text) {
  *text = at;
  at[length] = '\0';
  return at + length + 1;
}

// One line, and the text that it announces.
static char *step(char *line) {
  char *end = strchr(line, '\n'), *text = NULL;
  char kind = *line;
  long long integer = strtoll(line + 1, NULL, 10);
  double number = strtod(line + 1, NULL);
  char *next = end + 1;
  if (kind == 'S' || kind == 'T')
    next = take_text(next, integer, &text);
  if (kind == 'S')
    texts[known++] = text;
  else if (kind == 'B')
    run("BEGIN IMMEDIATE");
  else if (kind == 'C')
    run("COMMIT");
  else if (kind == 'R')
    run_statement((int)integer);
  else
    values[count++] = (value){kind, text, integer, number};
  return next;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  char *at = read_whole(argv[2]);
  check(sqlite3_open(argv[1], &db));
  run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "PRAGMA cache_size = -16000");
  double start = seconds();
  while (*at)
    at = step(at);
  printf("%.6f\n", seconds() - start);
  return 0;
}
