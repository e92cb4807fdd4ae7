// SPDX-License-Identifier: MIT
// Bare hiredis on libuv: sends the commands of a file, 64 under way at a time,
// and prints the seconds that it took.
//
//   redis PORT FILE      the file: each command "LENGTH\nBYTES\n", as the
//                        protocol has it; bench/redis.lua writes it

#include <hiredis/adapters/libuv.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { UNDER_WAY = 64 };

typedef struct command {
  size_t length;
  char *bytes;
} command;

static command *commands;
static size_t count, sent, answered;
static redisAsyncContext *redis;

static void check(int ok, const char *what) {
  if (ok)
    return;
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

static void read_commands(const char *path) {
  FILE *file = fopen(path, "rb");
  size_t length;
  check(file != NULL, "open");
  while (fscanf(file, "%zu", &length) == 1) {
    check(fgetc(file) == '\n', "read");
    commands = realloc(commands, (count + 1) * sizeof *commands);
    char *bytes = malloc(length);
    check(commands && bytes && fread(bytes, 1, length, file) == length, "read");
    commands[count++] = (command){length, bytes};
  }
  fclose(file);
}

static void send_next(void);

static void on_reply(redisAsyncContext *c, void *reply, void *data) {
  (void)data;
  const redisReply *r = reply;
  check(r && r->type != REDIS_REPLY_ERROR, r ? r->str : "connection");
  answered++;
  send_next();
  if (answered == count)
    redisAsyncDisconnect(c);
}

static void send_next(void) {
  if (sent == count)
    return;
  const command *next = &commands[sent++];
  check(redisAsyncFormattedCommand(redis, on_reply, NULL, next->bytes,
                                   next->length) == REDIS_OK,
        "send");
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int words, char **arguments) {
  if (words != 3)
    return 2;
  read_commands(arguments[2]);
  redis = redisAsyncConnect("127.0.0.1", (int)strtol(arguments[1], NULL, 10));
  check(redis && !redis->err, "connect");
  check(redisLibuvAttach(redis, uv_default_loop()) == REDIS_OK, "attach");
  double began = now();
  for (int i = 0; i < UNDER_WAY; i++)
    send_next();
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  check(answered == count, "answers");
  printf("%.6f\n", now() - began);
  return 0;
}
