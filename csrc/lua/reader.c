// SPDX-License-Identifier: MIT
#include "image.h"

#include "../core/reader_pool.h"

#include <stddef.h>

#define POOL_CLASS "vision.reader_pool"
#define JOB_CLASS "vision.reader_job"

typedef struct pool_handle {
  reader_pool *pool; // NULL once closed
} pool_handle;

typedef struct job_handle {
  reader_job *job; // NULL once closed
} job_handle;

// ---- pools ----

static const option_spec pool_specs[] = {
    {"program", OPTION_STRING, offsetof(reader_pool_options, program), 0, 0},
    {"workers", OPTION_INTEGER, offsetof(reader_pool_options, workers), 1,
     READER_WORKERS_MAX},
    {"queue", OPTION_INTEGER, offsetof(reader_pool_options, queue), 1, 100000},
    {"idle", OPTION_SECONDS, offsetof(reader_pool_options, idle_us), 0, 86400},
    {"memory", OPTION_INTEGER, offsetof(reader_pool_options, memory_mib), 64,
     1048576},
    {"seconds", OPTION_INTEGER, offsetof(reader_pool_options, seconds), 1,
     86400},
    {"pixels", OPTION_INTEGER, offsetof(reader_pool_options, pixels), 1, 2e9},
    {"output", OPTION_INTEGER, offsetof(reader_pool_options, output_bytes), 1,
     4294967295.0},
    {NULL, OPTION_STRING, 0, 0, 0}};

static int core_reader_pool(lua_State *L) {
  reader_pool_options options = {
      .queue = 1000,
      .idle_us = 10 * 1000000,
      .memory_mib = 4096,
      .seconds = 300,
      .pixels = 300000000,
      .output_bytes = 256 << 20,
  };
  error e = {0};
  binding_options(L, 1, pool_specs, &options);
  luaL_argcheck(L, options.program, 1, "option 'program' expected");
  loop *l = binding_loop(L, &e);
  if (!l)
    return binding_fail(L, &e);
  pool_handle *handle = binding_new(L, sizeof *handle, POOL_CLASS);
  handle->pool = reader_pool_new(l, &options, &e);
  return handle->pool ? 1 : binding_fail(L, &e);
}

static reader_pool *check_pool(lua_State *L) {
  pool_handle *handle = luaL_checkudata(L, 1, POOL_CLASS);
  luaL_argcheck(L, handle->pool, 1, "an open pool of readers expected");
  return handle->pool;
}

static int pool_close(lua_State *L) {
  pool_handle *handle = luaL_checkudata(L, 1, POOL_CLASS);
  if (handle->pool) {
    reader_pool_close(handle->pool);
    reader_pool_unref(handle->pool);
  }
  handle->pool = NULL;
  return 0;
}

// A pool that is forgotten goes on with the jobs it has: they pin it.
static int pool_gc(lua_State *L) {
  pool_handle *handle = luaL_checkudata(L, 1, POOL_CLASS);
  if (handle->pool)
    reader_pool_unref(handle->pool);
  handle->pool = NULL;
  return 0;
}

static int pool_usable(lua_State *L) {
  const pool_handle *handle = luaL_checkudata(L, 1, POOL_CLASS);
  lua_pushboolean(L, handle->pool && !reader_pool_is_inherited(handle->pool));
  return 1;
}

static int pool_counts(lua_State *L) {
  reader_counts counts = reader_pool_counts(check_pool(L));
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, counts.workers);
  lua_setfield(L, -2, "workers");
  lua_pushinteger(L, counts.busy);
  lua_setfield(L, -2, "busy");
  lua_pushinteger(L, counts.waiting);
  lua_setfield(L, -2, "waiting");
  return 1;
}

// ---- jobs ----

typedef struct job_options {
  int64_t timeout_us;
} job_options;

static const option_spec job_specs[] = {{"timeout", OPTION_SECONDS,
                                         offsetof(job_options, timeout_us),
                                         0.001, 86400},
                                        {NULL, OPTION_STRING, 0, 0, 0}};

// pool:job(steps, image | nil, options | nil)
static int pool_job(lua_State *L) {
  reader_pool *pool = check_pool(L);
  size_t length;
  const char *steps = luaL_checklstring(L, 2, &length);
  blob *bytes = lua_isnoneornil(L, 3) ? NULL : binding_check_image(L, 3)->bytes;
  job_options options = {.timeout_us = 120 * 1000000};
  error e = {0};
  if (!lua_isnoneornil(L, 4))
    binding_options(L, 4, job_specs, &options);
  luaL_argcheck(L, !reader_pool_is_inherited(pool), 1,
                "this pool belongs to the parent process: make a new one");
  job_handle *handle = binding_new(L, sizeof *handle, JOB_CLASS);
  handle->job =
      reader_job_new(pool, steps, length, bytes, options.timeout_us, &e);
  return handle->job ? 1 : binding_fail(L, &e);
}

static reader_job *check_job(lua_State *L) {
  job_handle *handle = luaL_checkudata(L, 1, JOB_CLASS);
  luaL_argcheck(L, handle->job, 1, "an open job expected");
  return handle->job;
}

static int job_id(lua_State *L) {
  const job_handle *handle = luaL_checkudata(L, 1, JOB_CLASS);
  return binding_push_id(L, handle->job ? reader_job_completion(handle->job)
                                        : NULL);
}

static int job_cancel(lua_State *L) {
  reader_job_cancel(check_job(L));
  return 0;
}

static int job_close(lua_State *L) {
  job_handle *handle = luaL_checkudata(L, 1, JOB_CLASS);
  reader_job_delete(handle->job);
  handle->job = NULL;
  return 0;
}

static image *make_image(void *bytes, error *e) {
  return image_from_blob(bytes, e);
}

static int push_answer(lua_State *L, const message *answer) {
  lua_pushlstring(L, (const char *)answer->result->data, answer->result->size);
  lua_createtable(L, answer->picture_count, 0);
  for (int i = 0; i < answer->picture_count; i++) {
    int pushed = binding_push_image(L, make_image, answer->pictures[i]);
    if (pushed != 1)
      return pushed; // nil and why
    lua_rawseti(L, -2, i + 1);
  }
  return 2;
}

static int job_result(lua_State *L) {
  const message *answer;
  error e = {0};
  int status = reader_job_result(check_job(L), &answer, &e);
  if (status < 0)
    return binding_fail(L, &e);
  return status ? push_answer(L, answer) : 0;
}

void open_reader(lua_State *L) {
  static const luaL_Reg pool_methods[] = {{"job", pool_job},
                                          {"counts", pool_counts},
                                          {"usable", pool_usable},
                                          {"close", pool_close},
                                          {NULL, NULL}};
  static const luaL_Reg job_methods[] = {{"id", job_id},
                                         {"result", job_result},
                                         {"cancel", job_cancel},
                                         {"close", job_close},
                                         {NULL, NULL}};
  static const luaL_Reg functions[] = {{"reader_pool", core_reader_pool},
                                       {NULL, NULL}};
  binding_class(L, POOL_CLASS, pool_methods, pool_gc);
  binding_class(L, JOB_CLASS, job_methods, job_close);
  luaL_setfuncs(L, functions, 0);
}
