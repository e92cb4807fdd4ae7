// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SQLITE_INTERNAL_H
#define VISION_CORE_SQLITE_INTERNAL_H

// What the files of sqlite_database share.
#include "sqlite_connection.h"
#include "sqlite_database.h"

enum sqlite_action {
  SQLITE_DO_OPEN,
  SQLITE_DO_WRITE,
  SQLITE_DO_CLOSE,
  SQLITE_DO_READ,
  SQLITE_DO_BACKUP
};

struct sqlite_operation {
  sqlite_operation *next; // in the list that it stands in
  sqlite_database *database;
  completion done;
  enum sqlite_action action;
  sql_request request;
  sql_rows *rows;      // one for each statement that was begun
  size_t count;        // of them
  size_t failed_at;    // number of the statement that failed, or 0
  int64_t limit_us;    // of a READ
  atomic_bool stopped; // of READ and BACKUP
  int status;          // written by another thread until it comes back
  error failure;
  sqlite_connection *reader; // borrowed while a READ or BACKUP runs
  bool finished;
  bool deleted; // to be freed when it is finished
  char path[];  // of BACKUP, terminated by zero
};

typedef struct operation_list {
  sqlite_operation *first, *last;
  size_t count;
} operation_list;

void operation_list_add(operation_list *list, sqlite_operation *o);
sqlite_operation *operation_list_take(operation_list *list); // NULL: empty

// The thread that writes. What stands behind `lock` is behind it.
typedef struct sqlite_writer {
  uv_thread_t thread;
  uv_mutex_t lock;
  uv_cond_t news;         // lock: something waits, or the loop has turned
  operation_list waiting; // lock
  operation_list done;    // lock
  bool turned;            // lock: the loop has nothing more to do
  bool ended;             // lock: to end when nothing waits
  uv_async_t *tell;       // wakes the loop when `done` has news
  sqlite_connection *connection;
  process_owner self;
  bool full_sync;
  bool read_only;    // the file is opened to read alone
  int64_t commit_us; // that commits take of late
  sqlite_connection *readers[SQLITE_DATABASE_READERS]; // closed with CLOSE
} sqlite_writer;

// Starts the thread. 0, or -1: INTERNAL.
int sqlite_writer_start(sqlite_writer *w, error *e);
void sqlite_writer_end(sqlite_writer *w); // waits until all is carried out
void sqlite_writer_add(sqlite_writer *w, sqlite_operation *o);
void sqlite_writer_turn(sqlite_writer *w);

struct sqlite_database {
  loop *loop;
  int references;
  int open_handles; // of libuv's, that are not closed yet
  uv_async_t news;  // the writer has done something
  uv_prepare_t turn;
  sqlite_writer writer;
  size_t under_way, bytes;   // operations that are not finished, their requests
  operation_list reads;      // waiting for a connection
  sqlite_operation *closing; // waits for the others; NULL: none
  bool closed;               // nothing more may be asked
  sqlite_connection *idle[SQLITE_DATABASE_READERS];
  size_t idle_count;
  char path[]; // terminated by zero
};

void sqlite_operation_finish(sqlite_operation *o); // tells who waits for it
void sqlite_database_start_reads(sqlite_database *d);

// Closing comes when nothing else is left.
void sqlite_database_close_when_idle(sqlite_database *d);

// Carries out the statements of a request, one after the other, up to the first
// that fails. 0 or -1.
int sqlite_operation_run(sqlite_operation *o, sqlite_connection *c);
void sqlite_operation_forget_rows(sqlite_operation *o);

// Carries out transactions together, in one commit where that can be: `next`
// gives one after the other, then NULL. What each came to stands in it.
void sqlite_commit_group(sqlite_connection *c, operation_list *group,
                         sqlite_operation *(*next)(void *), void *context);

#endif
