// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SQLITE_DATABASE_H
#define VISION_CORE_SQLITE_DATABASE_H

#include "loop.h"
#include "sql_request.h"

// An SQLite file (WAL) used from the loop, by several processes at a time.
//
// One thread writes: transactions that wait together are committed together, so
// that one wait for the disk serves them all, and each of them fails alone.
// What was reported done is on the disk. Reads run on the thread pool, each in
// a connection of its own. Operations report as completions.

enum {
  SQLITE_DATABASE_QUEUE = 10000, // operations under way
  SQLITE_DATABASE_READERS = 3    // reads at a time
};

typedef struct sqlite_database sqlite_database;
typedef struct sqlite_operation sqlite_operation;

// Nothing is opened yet. `full_sync`: a commit waits until it is on the disk;
// without, power that fails may take the last ones. NULL: MEMORY, INTERNAL (no
// thread; or this process was forked from one that had a database open, and
// with it SQLite's locks).
sqlite_database *sqlite_database_new(loop *l, const char *path, bool full_sync,
                                     error *e);
sqlite_database *sqlite_database_ref(sqlite_database *d);
void sqlite_database_unref(sqlite_database *d); // the last one closes the file

// Each starts an operation. NULL: MEMORY, INTERNAL (a forked child must open a
// database of its own), STORE_UNAVAILABLE (it was closed), QUEUE_FULL (10000
// under way, or 64 MiB). A request becomes the operation's, and is left empty.

// The first one, before all others. Ends as sqlite_connection_open. To read
// only: no write succeeds, and nothing is laid beside the file on a full disk.
sqlite_operation *sqlite_database_open(sqlite_database *d, bool read_only,
                                       error *e);

// One transaction, all of it or nothing.
sqlite_operation *sqlite_database_write(sqlite_database *d, sql_request *r,
                                        error *e);

// One statement that changes nothing, for at most `limit_us`.
sqlite_operation *sqlite_database_read(sqlite_database *d, sql_request *r,
                                       int64_t limit_us, error *e);

// The whole of it into a new file.
sqlite_operation *sqlite_database_backup(sqlite_database *d, const char *path,
                                         error *e);

// Ends when all others have ended and the file is closed in order.
sqlite_operation *sqlite_database_close(sqlite_database *d, error *e);

completion *sqlite_operation_completion(sqlite_operation *o);
bool sqlite_operation_is_done(const sqlite_operation *o);

// When done: 0 and the rows of each statement (the operation's), or -1 as of
// sqlite_connection.h, or UNMET; `*count` then is the number of the statement
// that failed, from 1, or 0.
int sqlite_operation_result(const sqlite_operation *o, const sql_rows **rows,
                            size_t *count, error *e);

// Before it is done, too: a write is carried out all the same, a read or a
// backup is given up.
void sqlite_operation_delete(sqlite_operation *o);

#endif
