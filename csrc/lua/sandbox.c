// SPDX-License-Identifier: MIT
#include "sandbox.h"

#include "value.h"

#include "../core/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
  HOOK_STEPS = 100,       // between two looks at what is used up
  BYTES_PER_STEP = 64,    // of memory allocated
  CALL_BLOCK_SHARE = 256, // a block may take this part of the memory
  LOAD_BLOCK_SHARE = 4,   // while the script is read: it may be a long table
  LOAD_BLOCK_MAX = 1 << 20,
  VALUES_SHARE = 16,    // values that go in or out
  CPU_LEAST_US = 50000, // CPU time of a call, however few its steps
  STEPS_PER_US = 10,    // that it may take beyond; ten times what it needs
  PIECE = 1024,         // bytes compiled between two looks at the time
};

enum limit { LIMIT_NONE, LIMIT_STEPS, LIMIT_TIME, LIMIT_MEMORY };

struct sandbox {
  lua_State *state; // NULL: it was thrown away
  size_t memory, memory_limit, block_limit;
  uint64_t steps, steps_limit;
  int64_t cpu_end_us;  // of this call; 0: the clock was not read yet
  int64_t mono_end_us; // it cannot be over earlier
  enum limit passed;   // the last limit that was met
  int passed_line;     // of the script, where that is known; else 0
  int compiled_line;   // the line that is being compiled; else 0
  int functions;       // reference of name -> function
  int environment;     // reference of what the script sees
  buffer values;
};

// What one protected call does and how it ended.
typedef struct job {
  sandbox *box;
  const char *text; // of a load, else NULL
  size_t length;
  const char *name; // of the chunk or of the function
  int status;       // of the script's own compilation or run
  error *e;         // set: it failed
} job;

// ---- limits ----

static uint64_t lesser(uint64_t a, uint64_t b) { return a < b ? a : b; }

// The line of the script that runs; 0: none. Allocates nothing.
static int running_line(lua_State *S) {
  lua_Debug frame;
  if (S && sandbox_of(S)->compiled_line > 0)
    return sandbox_of(S)->compiled_line;
  for (int level = 0; S && lua_getstack(S, level, &frame); level++)
    if (lua_getinfo(S, "l", &frame) && frame.currentline > 0)
      return frame.currentline;
  return 0;
}

static void note_limit(sandbox *box, enum limit limit) {
  box->passed = limit;
  box->passed_line = running_line(box->state);
}

// The clock of the thread is a system call; that of the machine is not, and
// never behind it.
static bool is_out_of_time(sandbox *box) {
  int64_t now_us = clock_mono_us();
  if (box->cpu_end_us == 0) {
    int64_t most_us =
        CPU_LEAST_US +
        (int64_t)lesser(box->steps_limit / STEPS_PER_US, INT32_MAX);
    box->mono_end_us = now_us + most_us;
    box->cpu_end_us = clock_thread_us() + most_us;
  }
  return now_us > box->mono_end_us && clock_thread_us() > box->cpu_end_us;
}

// Lua collects all garbage when it is refused memory, and asks again: at the
// edge of its memory a script would do nothing else.
static bool may_grow(sandbox *box, size_t size, size_t growth) {
  if (box->passed == LIMIT_TIME)
    return false;
  if (size > box->block_limit || growth > box->memory_limit - box->memory) {
    note_limit(box, is_out_of_time(box) ? LIMIT_TIME : LIMIT_MEMORY);
    return false;
  }
  box->steps += growth / BYTES_PER_STEP;
  if (box->steps <= box->steps_limit)
    return true;
  note_limit(box, LIMIT_STEPS);
  return false;
}

// Of a new block Lua 5.4 gives its type as the old size.
static void *allocate(void *context, void *block, size_t old, size_t size) {
  sandbox *box = context;
  if (!block)
    old = 0;
  if (size == 0) {
    free(block);
    box->memory -= old;
    return NULL;
  }
  if (size > old && !may_grow(box, size, size - old))
    return NULL;
  void *fresh = realloc(block, size);
  if (!fresh && size > old) {
    note_limit(box, LIMIT_MEMORY);
    return NULL;
  }
  box->memory = box->memory - old + size;
  return fresh ? fresh : block; // making it smaller must not fail
}

// What it throws does not matter: what was noted is told.
static int stop(lua_State *S, enum limit limit) {
  note_limit(sandbox_of(S), limit);
  lua_pushliteral(S, "stopped");
  return lua_error(S);
}

static void look_at_time(lua_State *S) {
  if (is_out_of_time(sandbox_of(S)))
    stop(S, LIMIT_TIME);
}

static void on_count(lua_State *S, lua_Debug *frame) {
  (void)frame;
  sandbox_charge(S, HOOK_STEPS);
  look_at_time(S);
}

sandbox *sandbox_of(lua_State *S) {
  void *box;
  lua_getallocf(S, &box);
  return box;
}

int64_t sandbox_steps_left(const sandbox *box) {
  return box->steps < box->steps_limit
             ? (int64_t)lesser(box->steps_limit - box->steps, INT64_MAX)
             : 0;
}

void sandbox_charge(lua_State *S, uint64_t steps) {
  sandbox *box = sandbox_of(S);
  box->steps += steps;
  if (box->steps > box->steps_limit)
    stop(S, LIMIT_STEPS);
}

static void begin(sandbox *box, uint64_t steps, size_t block_limit) {
  box->steps = 0;
  box->steps_limit = steps;
  box->block_limit = block_limit;
  box->cpu_end_us = 0;
  box->passed = LIMIT_NONE;
}

// ---- the state ----

static int run_open(lua_State *S) {
  job *j = lua_touserdata(S, 1);
  lua_newtable(S);
  j->box->functions = luaL_ref(S, LUA_REGISTRYINDEX);
  sandbox_push_library(S);
  j->box->environment = luaL_ref(S, LUA_REGISTRYINDEX);
  return 0;
}

static void throw_away(sandbox *box) {
  lua_State *state = box->state;
  box->state = NULL; // while it is closed, no line is looked for
  if (state)
    lua_close(state);
}

static void say_limit(const sandbox *box, error *e) {
  char place[32] = "";
  if (box->passed_line > 0)
    snprintf(place, sizeof place, ":%d: ", box->passed_line);
  if (box->passed == LIMIT_STEPS || box->passed == LIMIT_TIME)
    error_set(e, REASON_SCRIPT, "%sit does not come to an end", place);
  else
    error_set(e, REASON_SCRIPT,
              "%sit takes more memory than it may: %zu MiB in all, %zu KiB in "
              "one piece",
              place, box->memory_limit >> 20, box->block_limit >> 10);
}

// What the script threw is on top of the stack. Lua and its library say where
// in most messages; here the others get a place, too.
static int say_thrown(lua_State *S) {
  job *j = lua_touserdata(S, lua_upvalueindex(1));
  int line = running_line(S);
  char place[32] = "";
  if (lua_type(S, 1) != LUA_TSTRING) {
    snprintf(place, sizeof place, ":%d: ", line);
    if (line <= 0)
      place[0] = '\0';
    if (lua_isnil(S, 1))
      error_set(j->e, REASON_SCRIPT, "%sit called error() without a message",
                place);
    else
      error_set(j->e, REASON_SCRIPT, "%sit threw a %s in place of a text",
                place, luaL_typename(S, 1));
    return 0;
  }
  const char *text = lua_tostring(S, 1);
  snprintf(place, sizeof place, ":%d: ", line);
  error_set(j->e, REASON_SCRIPT, "%s%s",
            line > 0 && !strstr(text, place) ? place : "", text);
  return 0;
}

// Calls the function below its `count` arguments; what it throws is told.
static bool call(lua_State *S, job *j, int count) {
  int base = lua_gettop(S) - count;
  lua_pushlightuserdata(S, j);
  lua_pushcclosure(S, say_thrown, 1);
  lua_insert(S, base);
  j->status = lua_pcall(S, count, 1, base);
  lua_remove(S, base);
  return j->status == 0;
}

static bool is_stopped(const sandbox *box, int status) {
  return status == LUA_ERRMEM || (status != 0 && (box->passed == LIMIT_STEPS ||
                                                  box->passed == LIMIT_TIME));
}

// Runs `body` protected. A state that a limit has stopped is closed.
static int run(sandbox *box, lua_CFunction body, job *j, error *e) {
  *e = (error){0};
  j->box = box;
  j->e = e;
  if (!box->state)
    return error_set(e, REASON_SCRIPT, "it was stopped before");
  int status = vision_cpcall(box->state, body, j);
  if (is_stopped(box, status) || is_stopped(box, j->status)) {
    throw_away(box);
    say_limit(box, e);
    return -1;
  }
  lua_settop(box->state, 0);
  if ((status != 0 || j->status != 0) && e->reason == REASON_NONE)
    error_set(e, REASON_SCRIPT, "it failed, and not even the error was left");
  if (e->reason == REASON_NONE)
    return 0;
  e->reason = REASON_SCRIPT; // a result that is no plain value, too
  return -1;
}

sandbox *sandbox_new(size_t memory, error *e) {
  sandbox *box = calloc(1, sizeof *box);
  if (!box) {
    error_memory(e);
    return NULL;
  }
  box->memory_limit = memory;
  begin(box, UINT64_MAX, memory);
  buffer_init(&box->values, memory / VALUES_SHARE);
  box->state = lua_newstate(allocate, box);
  job opening = {0};
  if (!box->state) {
    error_memory(e);
  } else if (run(box, run_open, &opening, e) == 0) {
    vision_stop_compiling(box->state);
    lua_sethook(box->state, on_count, LUA_MASKCOUNT, HOOK_STEPS);
    return box;
  }
  sandbox_delete(box);
  return NULL;
}

void sandbox_delete(sandbox *box) {
  if (!box)
    return;
  throw_away(box);
  buffer_free(&box->values);
  free(box);
}

buffer *sandbox_values(sandbox *box) { return &box->values; }

bool sandbox_is_usable(const sandbox *box) { return box->state != NULL; }

size_t sandbox_memory(const sandbox *box) { return box->memory; }

// ---- loading ----

// Keeps the functions of the table at 2, and gives name -> line of them.
static void keep_functions(lua_State *S, const sandbox *box) {
  lua_rawgeti(S, LUA_REGISTRYINDEX, box->functions);
  lua_newtable(S);
  int kept = lua_gettop(S) - 1;
  for (lua_pushnil(S); lua_next(S, 2); lua_pop(S, 1)) {
    if (!lua_isfunction(S, -1) || lua_type(S, -2) != LUA_TSTRING)
      continue;
    lua_pushvalue(S, -2);
    lua_pushvalue(S, -2);
    lua_rawset(S, kept); // kept[name] = function
    lua_Debug about;
    lua_pushvalue(S, -1);
    lua_getinfo(S, ">S", &about);
    lua_pushvalue(S, -2);
    lua_pushinteger(S, about.linedefined > 0 ? about.linedefined : 0);
    lua_rawset(S, kept + 1); // lines[name] = line
  }
}

// Lua's compilers do not count what they do, and take for some texts the square
// of their length: so the text is handed over in pieces.
static const char *next_piece(lua_State *S, void *context, size_t *size) {
  job *j = context;
  look_at_time(S);
  const char *piece = j->text;
  *size = j->length < PIECE ? j->length : PIECE;
  j->text += *size;
  j->length -= *size;
  for (size_t i = 0; i < *size; i++)
    j->box->compiled_line += piece[i] == '\n';
  return piece;
}

static bool compile(lua_State *S, job *j) {
  sandbox *box = j->box;
  box->compiled_line = 1;
  j->status = vision_load(S, next_piece, j, j->name);
  int line = box->compiled_line;
  box->compiled_line = 0;
  if (j->status == 0)
    return true;
  const char *text = lua_tostring(S, -1);
  if (*text == ':')
    error_set(j->e, REASON_SCRIPT, "%s", text);
  else // a limit of the compiler: it stands in what was read last
    error_set(j->e, REASON_SCRIPT, ":%d: %s", line, text);
  return false;
}

// Reads the chunk and runs it: what it returns is on top of the stack.
static bool read_chunk(lua_State *S, job *j) {
  if (!compile(S, j))
    return false;
  lua_rawgeti(S, LUA_REGISTRYINDEX, j->box->environment);
  vision_setenvironment(S, -2);
  return call(S, j, 0);
}

static int run_load(lua_State *S) {
  job *j = lua_touserdata(S, 1);
  sandbox *box = j->box;
  if (!read_chunk(S, j))
    return 0;
  if (!lua_istable(S, 2)) {
    error_set(j->e, REASON_SCRIPT, "it must return a table, not %s%s",
              lua_isnil(S, 2) ? "" : "a ",
              lua_isnil(S, 2) ? "nothing" : luaL_typename(S, 2));
    return 0;
  }
  if (value_write_data(S, 2, &box->values, look_at_time, j->e) != 0)
    return 0;
  keep_functions(S, box);
  value_write(S, -1, &box->values, look_at_time, j->e);
  return 0;
}

int sandbox_load(sandbox *box, const char *text, size_t length,
                 const char *chunk_name, uint64_t steps, error *e) {
  static const char mark[] = "\xEF\xBB\xBF"; // that some editors begin with
  size_t skipped = length >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
  text += skipped;
  length -= skipped;
  if (length > 0 && text[0] == LUA_SIGNATURE[0])
    return error_set(e, REASON_SCRIPT, "it is bytecode, not text");
  begin(box, steps,
        lesser(box->memory_limit / LOAD_BLOCK_SHARE, LOAD_BLOCK_MAX));
  box->values.length = 0;
  job loading = {.text = text, .length = length, .name = chunk_name};
  return run(box, run_load, &loading, e);
}

// ---- calling ----

static int run_call(lua_State *S) {
  job *j = lua_touserdata(S, 1);
  sandbox *box = j->box;
  lua_rawgeti(S, LUA_REGISTRYINDEX, box->functions);
  lua_getfield(S, -1, j->name);
  int count = value_read(S, &box->values);
  box->values.length = 0;
  if (call(S, j, count))
    value_write(S, -1, &box->values, look_at_time, j->e);
  return 0;
}

int sandbox_call(sandbox *box, const char *function, uint64_t steps, error *e) {
  begin(box, steps, box->memory_limit / CALL_BLOCK_SHARE);
  job calling = {.name = function};
  return run(box, run_call, &calling, e);
}
