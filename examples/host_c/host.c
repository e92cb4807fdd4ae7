// SPDX-License-Identifier: MIT
// A C program with a loop of its own, sixty times a second, which has a drawing
// read while its frames go on: host FILE. Lua 5.4 is embedded; host.lua says
// what is asked. It prints the reading and a histogram of the frames' times.
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FRAME_US = 1000000 / 60, FRAMES_MAX = 60 * 120 };

// ---- time ----

static int64_t time_us(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void sleep_until(int64_t when_us) {
  struct timespec t = {.tv_sec = when_us / 1000000,
                       .tv_nsec = when_us % 1000000 * 1000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
    ;
}

// ---- the histograms ----

static const int64_t bounds_us[] = {250, 500, 1000, 2000, 4000, 8000, FRAME_US};
enum { BUCKETS = sizeof bounds_us / sizeof *bounds_us + 1 };

enum { FRAME, STEP, STEP_CPU, MEASURES };

typedef struct histogram {
  int counts[BUCKETS];
  int64_t longest_us;
} histogram;

static void count(histogram *h, int64_t spent_us) {
  int i = 0;
  while (i < BUCKETS - 1 && spent_us >= bounds_us[i])
    i++;
  h->counts[i]++;
  if (spent_us > h->longest_us)
    h->longest_us = spent_us;
}

static void print_row(const char *name, const histogram h[MEASURES], int i) {
  printf("%-15s %9d %9d %9d\n", name, h[FRAME].counts[i], h[STEP].counts[i],
         h[STEP_CPU].counts[i]);
}

static void print_histograms(const histogram h[MEASURES]) {
  printf("%-15s %9s %9s %9s\n", "frames with", "work", "step", "step CPU");
  for (int i = 0; i < BUCKETS - 1; i++) {
    char name[32];
    snprintf(name, sizeof name, "below %6.2f ms", (double)bounds_us[i] / 1000);
    print_row(name, h, i);
  }
  print_row("longer: late", h, BUCKETS - 1);
  printf("%-15s %6.2f ms %6.2f ms %6.2f ms\n", "the longest",
         (double)h[FRAME].longest_us / 1000, (double)h[STEP].longest_us / 1000,
         (double)h[STEP_CPU].longest_us / 1000);
}

// ---- the program's own work, of which every program has some ----

static double draw(int frame) {
  double sum = 0;
  for (int i = 0; i < 20000; i++)
    sum += (double)(i ^ frame) * 1e-9;
  return sum;
}

// ---- Lua ----

static void fail(lua_State *L, const char *what) {
  fprintf(stderr, "host: %s: %s\n", what, lua_tostring(L, -1));
  lua_close(L);
  exit(1);
}

// Leaves the function of a frame on the stack.
static lua_State *open_lua(const char *script, const char *drawing) {
  lua_State *L = luaL_newstate();
  if (!L) {
    fputs("host: no memory\n", stderr);
    exit(1);
  }
  luaL_openlibs(L);
  if (luaL_loadfile(L, script) != LUA_OK)
    fail(L, script);
  lua_pushstring(L, drawing);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK)
    fail(L, script);
  return L;
}

// One step of the library. True once the reading has come and is printed.
static bool step(lua_State *L) {
  lua_pushvalue(L, -1);
  if (lua_pcall(L, 0, 1, 0) != LUA_OK)
    fail(L, "frame");
  bool is_over = lua_isstring(L, -1);
  if (is_over)
    puts(lua_tostring(L, -1));
  lua_pop(L, 1);
  return is_over;
}

// A frame: the program's own work, then the step.
static bool frame(lua_State *L, int number, double *drawn, histogram *spent) {
  int64_t begin_us = time_us(CLOCK_MONOTONIC);
  *drawn += draw(number);
  int64_t step_us = time_us(CLOCK_MONOTONIC);
  int64_t cpu_us = time_us(CLOCK_THREAD_CPUTIME_ID);
  bool is_over = step(L);
  count(&spent[STEP_CPU], time_us(CLOCK_THREAD_CPUTIME_ID) - cpu_us);
  int64_t end_us = time_us(CLOCK_MONOTONIC);
  count(&spent[STEP], end_us - step_us);
  count(&spent[FRAME], end_us - begin_us);
  return is_over;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fputs("usage: host SCRIPT DRAWING\n", stderr);
    return 2;
  }
  lua_State *L = open_lua(argv[1], argv[2]);
  histogram spent[MEASURES] = {0};
  int frames = 0;
  double drawn = 0;
  int64_t next_us = time_us(CLOCK_MONOTONIC);
  bool is_over = false;
  while (!is_over && frames < FRAMES_MAX) {
    is_over = frame(L, frames++, &drawn, spent);
    next_us += FRAME_US;
    sleep_until(next_us);
  }
  printf("%d frames, drawn %.0f\n", frames, drawn);
  print_histograms(spent);
  lua_close(L);
  return is_over ? 0 : 1;
}
