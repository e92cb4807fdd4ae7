// SPDX-License-Identifier: MIT
#include "sqlite_database.h"

#include "sqlite_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BYTES_MAX = 64 << 20 }; // of requests under way

static size_t open_databases; // of the process `opener`
static pid_t opener;

// ---- operations come back ----

static void release(sqlite_operation *o) {
  sql_request_free(&o->request);
  sqlite_operation_forget_rows(o);
  sqlite_database_unref(o->database);
  free(o);
}

void sqlite_operation_finish(sqlite_operation *o) {
  sqlite_database *d = o->database;
  d->under_way--;
  d->bytes -= sql_request_size(&o->request);
  sql_request_free(&o->request);
  o->finished = true;
  if (d->under_way == 0)
    uv_unref((uv_handle_t *)&d->news);
  if (o->deleted)
    release(o);
  else
    loop_complete(d->loop, &o->done);
}

void sqlite_database_close_when_idle(sqlite_database *d) {
  if (!d->closing || d->under_way > 1)
    return;
  sqlite_writer_add(&d->writer, d->closing);
  d->closing = NULL;
}

// While the loop is about to go on at once, somebody may ask for more; when it
// is about to sleep, all have.
static void on_turn(uv_prepare_t *handle) {
  sqlite_database *d = handle->data;
  if (uv_backend_timeout(loop_uv(d->loop)) == 0)
    return;
  uv_prepare_stop(handle);
  sqlite_writer_turn(&d->writer);
}

static void on_news(uv_async_t *handle) {
  sqlite_database *d = sqlite_database_ref(handle->data);
  operation_list done;
  sqlite_operation *o;
  uv_mutex_lock(&d->writer.lock);
  done = d->writer.done;
  d->writer.done = (operation_list){0};
  uv_mutex_unlock(&d->writer.lock);
  while ((o = operation_list_take(&done)) != NULL)
    sqlite_operation_finish(o);
  uv_prepare_start(&d->turn, on_turn);
  sqlite_database_close_when_idle(d);
  sqlite_database_unref(d);
}

// ---- the database ----

static int refuse_forked(error *e) {
  if (open_databases == 0)
    opener = getpid();
  if (opener == getpid())
    return 0;
  return error_set(e, REASON_INTERNAL,
                   "this process was forked from one that had a database open, "
                   "and SQLite's locks with it: fork before a database is "
                   "opened, or start a program of its own");
}

static void free_connections(sqlite_database *d) {
  for (int i = 0; i < SQLITE_DATABASE_READERS; i++)
    sqlite_connection_delete(d->writer.readers[i]);
  sqlite_connection_delete(d->writer.connection);
}

static int make_connections(sqlite_database *d, error *e) {
  d->writer.connection = sqlite_connection_new(d->path, e);
  if (!d->writer.connection)
    return -1;
  for (int i = 0; i < SQLITE_DATABASE_READERS; i++) {
    d->writer.readers[i] = sqlite_connection_new(d->path, e);
    if (!d->writer.readers[i])
      return -1;
    d->idle[d->idle_count++] = d->writer.readers[i];
  }
  return 0;
}

static void on_closed(uv_handle_t *handle) {
  sqlite_database *d = handle->data;
  if (--d->open_handles > 0)
    return;
  loop_unref(d->loop);
  free(d);
}

static void close_handles(sqlite_database *d) {
  uv_close((uv_handle_t *)&d->news, on_closed);
  uv_close((uv_handle_t *)&d->turn, on_closed);
}

// Neither keeps the loop alive by itself: operations do (see add).
static int start_handles(sqlite_database *d, error *e) {
  int status = uv_async_init(loop_uv(d->loop), &d->news, on_news);
  if (status < 0)
    return error_set(e, REASON_INTERNAL, "cannot watch a database: %s",
                     uv_strerror(status));
  uv_prepare_init(loop_uv(d->loop), &d->turn);
  uv_unref((uv_handle_t *)&d->news);
  uv_unref((uv_handle_t *)&d->turn);
  d->news.data = d->turn.data = d;
  d->open_handles = 2;
  return 0;
}

static int start(sqlite_database *d, bool full_sync, error *e) {
  d->writer.full_sync = full_sync;
  d->writer.self = process_owner_self();
  d->writer.tell = &d->news;
  if (make_connections(d, e) < 0 || start_handles(d, e) < 0)
    return -1;
  return sqlite_writer_start(&d->writer, e);
}

sqlite_database *sqlite_database_new(loop *l, const char *path, bool full_sync,
                                     error *e) {
  size_t size = strlen(path) + 1;
  if (refuse_forked(e) < 0)
    return NULL;
  sqlite_database *d = calloc(1, sizeof *d + size);
  if (!d) {
    error_memory(e);
    return NULL;
  }
  memcpy(d->path, path, size);
  d->references = 1;
  d->loop = loop_ref(l);
  if (start(d, full_sync, e) == 0) {
    open_databases++;
    return d;
  }
  free_connections(d);
  if (d->open_handles > 0)
    close_handles(d);
  else {
    loop_unref(l);
    free(d);
  }
  return NULL;
}

sqlite_database *sqlite_database_ref(sqlite_database *d) {
  d->references++;
  return d;
}

// Where it was not closed before, the thread is waited for here: after the end
// of a program's loop nobody else would.
void sqlite_database_unref(sqlite_database *d) {
  if (!d || --d->references > 0 || loop_is_inherited(d->loop))
    return;
  sqlite_writer_end(&d->writer);
  free_connections(d);
  open_databases--;
  close_handles(d);
}

// ---- operations start ----

static int check(const sqlite_database *d, const sql_request *r, error *e) {
  if (loop_is_inherited(d->loop))
    return error_set(e, REASON_INTERNAL,
                     "this database belongs to the parent process: open it "
                     "anew after a fork");
  if (d->closed)
    return error_set(e, REASON_STORE_UNAVAILABLE, "the database %s is closed",
                     d->path);
  size_t bytes = r ? sql_request_size(r) : 0;
  if (d->under_way >= SQLITE_DATABASE_QUEUE || d->bytes + bytes > BYTES_MAX)
    return error_set(e, REASON_QUEUE_FULL,
                     "too much waits for the database %s: at most %d "
                     "operations, or %d MiB",
                     d->path, SQLITE_DATABASE_QUEUE, BYTES_MAX >> 20);
  return 0;
}

static sqlite_operation *add(sqlite_database *d, enum sqlite_action action,
                             sql_request *r, const char *path, error *e) {
  if (check(d, r, e) < 0)
    return NULL;
  size_t size = strlen(path) + 1;
  sqlite_operation *o = calloc(1, sizeof *o + size);
  if (!o) {
    error_memory(e);
    return NULL;
  }
  completion_init(&o->done);
  memcpy(o->path, path, size);
  o->database = sqlite_database_ref(d);
  o->action = action;
  sql_request_init(&o->request);
  if (r) {
    o->request = *r;
    sql_request_init(r);
  }
  d->bytes += sql_request_size(&o->request);
  if (d->under_way++ == 0)
    uv_ref((uv_handle_t *)&d->news);
  return o;
}

static sqlite_operation *add_to_writer(sqlite_database *d,
                                       enum sqlite_action action,
                                       sql_request *r, error *e) {
  sqlite_operation *o = add(d, action, r, "", e);
  if (!o)
    return NULL;
  sqlite_writer_add(&d->writer, o);
  uv_prepare_start(&d->turn, on_turn);
  return o;
}

static sqlite_operation *add_to_reads(sqlite_database *d, sqlite_operation *o) {
  if (!o)
    return NULL;
  operation_list_add(&d->reads, o);
  sqlite_database_start_reads(d);
  return o;
}

sqlite_operation *sqlite_database_open(sqlite_database *d, bool read_only,
                                       error *e) {
  d->writer.read_only = read_only; // nothing runs yet that looks at it
  return add_to_writer(d, SQLITE_DO_OPEN, NULL, e);
}

sqlite_operation *sqlite_database_write(sqlite_database *d, sql_request *r,
                                        error *e) {
  return add_to_writer(d, SQLITE_DO_WRITE, r, e);
}

sqlite_operation *sqlite_database_read(sqlite_database *d, sql_request *r,
                                       int64_t limit_us, error *e) {
  sqlite_operation *o = add(d, SQLITE_DO_READ, r, "", e);
  if (o)
    o->limit_us = limit_us;
  return add_to_reads(d, o);
}

sqlite_operation *sqlite_database_backup(sqlite_database *d, const char *path,
                                         error *e) {
  return add_to_reads(d, add(d, SQLITE_DO_BACKUP, NULL, path, e));
}

sqlite_operation *sqlite_database_close(sqlite_database *d, error *e) {
  sqlite_operation *o = add(d, SQLITE_DO_CLOSE, NULL, "", e);
  if (!o)
    return NULL;
  d->closed = true;
  d->closing = o;
  sqlite_database_close_when_idle(d);
  return o;
}

completion *sqlite_operation_completion(sqlite_operation *o) {
  return &o->done;
}

bool sqlite_operation_is_done(const sqlite_operation *o) { return o->finished; }

int sqlite_operation_result(const sqlite_operation *o, const sql_rows **rows,
                            size_t *count, error *e) {
  *rows = o->rows;
  *count = o->status < 0 ? o->failed_at : o->count;
  if (o->status < 0)
    *e = o->failure;
  return o->status < 0 ? -1 : 0;
}

void sqlite_operation_delete(sqlite_operation *o) {
  if (!o || loop_is_inherited(o->database->loop))
    return;
  loop_forget(o->database->loop, &o->done);
  atomic_store(&o->stopped, true);
  o->deleted = true;
  if (o->finished)
    release(o);
}
