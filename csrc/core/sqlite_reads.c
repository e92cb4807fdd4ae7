// SPDX-License-Identifier: MIT
// Reading and backups: on the thread pool, each in a connection of its own.
#include "sqlite_internal.h"

#include "clock.h"

static void read_on_pool(void *argument) {
  sqlite_operation *o = argument;
  sqlite_connection *c = o->reader;
  o->status = sqlite_connection_open_reader(c, &o->failure);
  if (o->status < 0)
    return;
  c->stopped = &o->stopped;
  c->deadline_us = o->limit_us ? clock_mono_us() + o->limit_us : 0;
  if (o->action == SQLITE_DO_READ)
    sqlite_operation_run(o, c);
  else
    o->status = sqlite_connection_backup(c, o->path, &o->failure);
  c->stopped = NULL;
  c->deadline_us = 0;
}

static void after_reading(void *argument) {
  sqlite_operation *o = argument;
  sqlite_database *d = sqlite_database_ref(o->database);
  d->idle[d->idle_count++] = o->reader;
  sqlite_operation_finish(o);
  sqlite_database_start_reads(d);
  sqlite_database_close_when_idle(d);
  sqlite_database_unref(d);
}

void sqlite_database_start_reads(sqlite_database *d) {
  while (d->idle_count > 0 && d->reads.first) {
    sqlite_operation *o = operation_list_take(&d->reads);
    o->reader = d->idle[--d->idle_count];
    if (loop_submit(d->loop, read_on_pool, after_reading, o, &o->failure) < 0) {
      o->status = -1;
      after_reading(o);
    }
  }
}
