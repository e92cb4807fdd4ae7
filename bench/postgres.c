// SPDX-License-Identifier: MIT
// A bare libpq pipeline: sends the transactions of a file, 64 to a commit and
// two commits under way, and prints the seconds that it took.
//
//   postgres URL FILE      the file: see bench/postgres.lua, which writes it

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEXTS_MAX = 16, VALUES_MAX = 16, GROUP = 64, DEPTH = 2 };

static FILE *file;
static PGconn *pg;
static int syncs, texts;

static void check(int ok, const char *what) {
  if (ok)
    return;
  fprintf(stderr, "%s: %s", what, PQerrorMessage(pg));
  exit(1);
}

// "LENGTH\nBYTES\n"; NULL for a length below 0. To be freed.
static char *read_value(void) {
  int length;
  check(fscanf(file, "%d", &length) == 1 && fgetc(file) == '\n', "bad file");
  if (length < 0)
    return NULL;
  char *bytes = malloc((size_t)length + 1);
  check(bytes && fread(bytes, 1, (size_t)length, file) == (size_t)length &&
            fgetc(file) == '\n',
        "bad file");
  bytes[length] = '\0';
  return bytes;
}

static void name_of(char *name, size_t size, int text) {
  snprintf(name, size, "text%d", text);
}

static void prepare(void) {
  char name[16], *sql = read_value();
  name_of(name, sizeof name, ++texts);
  PGresult *r = PQprepare(pg, name, sql, 0, NULL);
  check(PQresultStatus(r) == PGRES_COMMAND_OK, "prepare");
  PQclear(r);
  free(sql);
}

static void send_statement(void) {
  char name[16];
  int text, count;
  char *values[VALUES_MAX];
  check(fscanf(file, "%d %d", &text, &count) == 2 && count <= VALUES_MAX,
        "bad file");
  name_of(name, sizeof name, text);
  for (int i = 0; i < count; i++)
    values[i] = read_value();
  check(PQsendQueryPrepared(pg, name, count, (const char *const *)values, NULL,
                            NULL, 0),
        "send");
  for (int i = 0; i < count; i++)
    free(values[i]);
}

// Takes what has come; waits until fewer than `most` commits are under way.
static void receive(int most) {
  while (syncs >= most) {
    struct pollfd socket = {.fd = PQsocket(pg), .events = POLLIN};
    if (PQflush(pg) > 0)
      socket.events |= POLLOUT;
    poll(&socket, 1, -1);
    check(PQconsumeInput(pg), "receive");
    while (syncs > 0 && !PQisBusy(pg)) {
      PGresult *r = PQgetResult(pg);
      check(!r || PQresultStatus(r) != PGRES_FATAL_ERROR, "statement");
      syncs -= r && PQresultStatus(r) == PGRES_PIPELINE_SYNC;
      PQclear(r);
    }
  }
}

static void commit(void) {
  check(PQpipelineSync(pg), "commit");
  syncs++;
  receive(DEPTH);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run(void) {
  int kind, transactions = 0;
  PQsetnonblocking(pg, 1);
  check(PQenterPipelineMode(pg), "pipeline");
  while ((kind = fgetc(file)) != EOF)
    if (kind == 'Q')
      send_statement();
    else if (kind == 'T' && ++transactions % GROUP == 0)
      commit();
  commit();
  receive(1);
}

int main(int count, char **arguments) {
  if (count != 3)
    return 2;
  file = fopen(arguments[2], "rb");
  pg = PQconnectdb(arguments[1]);
  check(file && PQstatus(pg) == CONNECTION_OK, "open");
  int kind;
  while ((kind = fgetc(file)) == 'S')
    prepare();
  ungetc(kind, file);
  double began = now();
  run();
  printf("%.6f\n", now() - began);
  PQfinish(pg);
  return 0;
}
