// SPDX-License-Identifier: MIT
#include "sqlite_store.h"

#include "sqlite_file.h"

#include <stdlib.h>
#include <string.h>

struct sqlite_store {
  loop *loop;
  sqlite_file *file; // while an operation runs, its own
  int references;
  store_operation *first, *last; // waiting; the first one runs
  int waiting;
};

struct store_operation {
  store_operation *next;
  sqlite_store *store;
  completion done;
  enum store_action action;
  blob *value; // of PUT; or what GET has found
  double expires, now;
  int status; // written on the pool until `finished`
  error failure;
  char notice[ERROR_MESSAGE_MAX];
  bool finished;
  bool deleted; // to be freed when it is finished
  size_t key_length;
  uint8_t key[];
};

// ---- the store ----

sqlite_store *sqlite_store_new(loop *l, const char *path, double max_bytes,
                               error *e) {
  sqlite_store *s = calloc(1, sizeof *s);
  if (!s) {
    error_memory(e);
    return NULL;
  }
  s->file = sqlite_file_new(path, max_bytes, e);
  if (!s->file) {
    free(s);
    return NULL;
  }
  s->references = 1;
  s->loop = loop_ref(l);
  return s;
}

sqlite_store *sqlite_store_ref(sqlite_store *s) {
  s->references++;
  return s;
}

// Closing may write the last of the log into the file. It is done here, since
// after the end of a program's loop nobody would wait for the pool.
void sqlite_store_unref(sqlite_store *s) {
  if (!s || --s->references > 0 || loop_is_inherited(s->loop))
    return;
  sqlite_file_delete(s->file);
  loop_unref(s->loop);
  free(s);
}

// ---- operations ----

static void run(void *argument) {
  store_operation *o = argument;
  sqlite_file *f = o->store->file;
  error *e = &o->failure;
  switch (o->action) {
  case STORE_OPEN:
    o->status = sqlite_file_open(f, e);
    break;
  case STORE_GET:
    o->status = sqlite_file_get(f, o->key, o->key_length, o->now, &o->value,
                                &o->expires, e);
    break;
  case STORE_PUT:
    o->status = sqlite_file_put(f, o->key, o->key_length, o->value, o->expires,
                                o->now, e);
    break;
  case STORE_CLEAR:
    o->status = sqlite_file_clear(f, e);
    break;
  }
  sqlite_file_take_notice(f, o->notice);
}

static void release(store_operation *o) {
  blob_unref(o->value);
  sqlite_store_unref(o->store);
  free(o);
}

static void finish(store_operation *o) {
  o->finished = true;
  if (o->deleted)
    release(o);
  else
    loop_complete(o->store->loop, &o->done);
}

static store_operation *take_first(sqlite_store *s) {
  store_operation *o = s->first;
  s->first = o->next;
  if (!s->first)
    s->last = NULL;
  s->waiting--;
  return o;
}

static void on_finished(void *argument);

static int submit(store_operation *o, error *e) {
  return loop_submit(o->store->loop, run, on_finished, o, e);
}

// Those that cannot be carried out fail.
static void on_finished(void *argument) {
  store_operation *o = argument;
  take_first(o->store);
  while (o->store->first &&
         submit(o->store->first, &o->store->first->failure) < 0) {
    o->store->first->status = -1;
    finish(take_first(o->store));
  }
  finish(o); // last: the store may go with it
}

static int check(const sqlite_store *s, error *e) {
  if (loop_is_inherited(s->loop))
    return error_set(e, REASON_INTERNAL,
                     "this database was opened by the parent process: open it "
                     "again after a fork");
  if (s->waiting >= SQLITE_STORE_QUEUE)
    return error_set(e, REASON_QUEUE_FULL,
                     "%d operations wait for the database already", s->waiting);
  return 0;
}

store_operation *store_operation_new(sqlite_store *s, const store_request *r,
                                     error *e) {
  if (check(s, e) < 0)
    return NULL;
  store_operation *o = calloc(1, sizeof *o + r->key_length);
  if (!o) {
    error_memory(e);
    return NULL;
  }
  completion_init(&o->done);
  o->store = sqlite_store_ref(s);
  o->action = r->action;
  o->value = r->value ? blob_ref(r->value) : NULL;
  o->expires = r->expires;
  o->now = r->now;
  o->key_length = r->key_length;
  if (r->key_length > 0)
    memcpy(o->key, r->key, r->key_length);
  if (!s->first && submit(o, e) < 0) {
    release(o);
    return NULL;
  }
  if (s->last)
    s->last->next = o;
  else
    s->first = o;
  s->last = o;
  s->waiting++;
  return o;
}

completion *store_operation_completion(store_operation *o) { return &o->done; }

bool store_operation_is_done(const store_operation *o) { return o->finished; }

int store_operation_result(store_operation *o, blob **value, double *expires,
                           error *e) {
  *value = o->action == STORE_GET ? o->value : NULL;
  *expires = o->expires;
  if (o->status < 0)
    *e = o->failure;
  return o->status < 0 ? -1 : 0;
}

const char *store_operation_notice(const store_operation *o) {
  return o->notice;
}

void store_operation_delete(store_operation *o) {
  if (!o || loop_is_inherited(o->store->loop))
    return;
  loop_forget(o->store->loop, &o->done);
  o->deleted = true;
  if (o->finished)
    release(o);
}
