// SPDX-License-Identifier: MIT
#include "sqlite_internal.h"

#include "clock.h"

#include <signal.h>

enum {
  GROUP = 1000,          // transactions in a commit
  GROUP_BYTES = 8 << 20, // about, of their requests
  SLOW_US = 2000,        // a commit that it pays to wait with
  PATIENCE_MIN_US = 100,
  PATIENCE_MAX_US = 5000
};

void operation_list_add(operation_list *list, sqlite_operation *o) {
  o->next = NULL;
  if (list->last)
    list->last->next = o;
  else
    list->first = o;
  list->last = o;
  list->count++;
}

sqlite_operation *operation_list_take(operation_list *list) {
  sqlite_operation *o = list->first;
  if (!o)
    return NULL;
  list->first = o->next;
  if (!list->first)
    list->last = NULL;
  list->count--;
  return o;
}

// ---- the thread ----

typedef struct gathering {
  sqlite_writer *writer;
  size_t count, bytes;
  int64_t patience_us; // left for those who might still come
} gathering;

static void wait_for_news(gathering *g) {
  int64_t since = clock_mono_us();
  uv_cond_timedwait(&g->writer->news, &g->writer->lock,
                    (uint64_t)g->patience_us * 1000);
  g->patience_us -= clock_mono_us() - since;
}

// How long a commit waits in all for those who are about to ask. A quick disk
// is waited for while the loop prepares the next group; a slow one had better
// be waited for once, by all.
static int64_t patience(const sqlite_writer *w) {
  if (w->commit_us < SLOW_US)
    return PATIENCE_MIN_US;
  return w->commit_us < PATIENCE_MAX_US ? w->commit_us : PATIENCE_MAX_US;
}

static sqlite_operation *next_of_group(void *context) {
  gathering *g = context;
  sqlite_writer *w = g->writer;
  sqlite_operation *o = NULL;
  if (g->count >= GROUP || g->bytes >= GROUP_BYTES)
    return NULL;
  uv_mutex_lock(&w->lock);
  while (!w->waiting.first && !w->turned && !w->ended && g->patience_us > 0)
    wait_for_news(g);
  if (w->waiting.first && w->waiting.first->action == SQLITE_DO_WRITE)
    o = operation_list_take(&w->waiting);
  uv_mutex_unlock(&w->lock);
  if (o) {
    g->count++;
    g->bytes += sql_request_size(&o->request);
  }
  return o;
}

static void give_back(sqlite_writer *w, operation_list *group) {
  sqlite_operation *o;
  uv_mutex_lock(&w->lock);
  while ((o = operation_list_take(group)) != NULL)
    operation_list_add(&w->done, o);
  w->turned = false; // who hears of it may ask for more
  uv_async_send(w->tell);
  uv_mutex_unlock(&w->lock);
}

static int not_open(const sqlite_writer *w, error *e) {
  return error_set(e, REASON_STORE_UNAVAILABLE, "the database %s is not open",
                   w->connection->path);
}

// The one that writes comes last: it lays the log into the file.
static void close_all(sqlite_writer *w) {
  for (int i = 0; i < SQLITE_DATABASE_READERS; i++)
    sqlite_connection_close(w->readers[i]);
  sqlite_connection_close(w->connection);
}

static int open_all(sqlite_writer *w, error *e) {
  sqlite_connection *c = w->connection;
  int status = w->read_only
                   ? sqlite_connection_open_to_read(c, e)
                   : sqlite_connection_open(c, w->self, w->full_sync, e);
  for (int i = 0; i < SQLITE_DATABASE_READERS; i++)
    w->readers[i]->immutable = c->immutable;
  return status;
}

static void run_one(sqlite_writer *w, sqlite_operation *o) {
  operation_list one = {0};
  operation_list_add(&one, o);
  if (o->action == SQLITE_DO_OPEN)
    o->status = open_all(w, &o->failure);
  else if (o->action == SQLITE_DO_WRITE)
    o->status = not_open(w, &o->failure);
  else
    close_all(w);
  give_back(w, &one);
}

static void run_group(sqlite_writer *w) {
  gathering g = {.writer = w, .patience_us = patience(w)};
  operation_list group = {0};
  sqlite_commit_group(w->connection, &group, next_of_group, &g);
  w->commit_us += (w->connection->commit_us - w->commit_us) / 4;
  give_back(w, &group);
}

// Signals are for the threads of the program; a write beyond a limit of the
// process fails instead of ending it (SIGXFSZ).
static void block_signals(void) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
}

// True while there is something to do; waits for it.
static bool await_work(sqlite_writer *w, sqlite_operation **alone) {
  uv_mutex_lock(&w->lock);
  while (!w->waiting.first && !w->ended)
    uv_cond_wait(&w->news, &w->lock);
  sqlite_operation *first = w->waiting.first;
  bool in_group =
      first && first->action == SQLITE_DO_WRITE && w->connection->db;
  *alone = first && !in_group ? operation_list_take(&w->waiting) : NULL;
  uv_mutex_unlock(&w->lock);
  return first != NULL;
}

static void write_on(void *argument) {
  sqlite_writer *w = argument;
  sqlite_operation *alone;
  bool closed = false;
  block_signals();
  while (!closed && await_work(w, &alone)) {
    closed = alone && alone->action == SQLITE_DO_CLOSE;
    if (alone)
      run_one(w, alone);
    else
      run_group(w);
  }
  close_all(w);
}

// ---- from the loop ----

int sqlite_writer_start(sqlite_writer *w, error *e) {
  uv_mutex_init(&w->lock);
  uv_cond_init(&w->news);
  int status = uv_thread_create(&w->thread, write_on, w);
  if (status == 0)
    return 0;
  uv_cond_destroy(&w->news);
  uv_mutex_destroy(&w->lock);
  return error_set(e, REASON_INTERNAL, "cannot start a thread: %s",
                   uv_strerror(status));
}

void sqlite_writer_add(sqlite_writer *w, sqlite_operation *o) {
  uv_mutex_lock(&w->lock);
  operation_list_add(&w->waiting, o);
  w->turned = false;
  uv_cond_signal(&w->news);
  uv_mutex_unlock(&w->lock);
}

void sqlite_writer_turn(sqlite_writer *w) {
  uv_mutex_lock(&w->lock);
  w->turned = true;
  uv_cond_signal(&w->news);
  uv_mutex_unlock(&w->lock);
}

void sqlite_writer_end(sqlite_writer *w) {
  uv_mutex_lock(&w->lock);
  w->ended = true;
  uv_cond_signal(&w->news);
  uv_mutex_unlock(&w->lock);
  uv_thread_join(&w->thread);
  uv_cond_destroy(&w->news);
  uv_mutex_destroy(&w->lock);
}
