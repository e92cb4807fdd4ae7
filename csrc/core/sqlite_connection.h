// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SQLITE_CONNECTION_H
#define VISION_CORE_SQLITE_CONNECTION_H

#include "process_owner.h"
#include "sql_request.h"

#include <sqlite3.h>
#include <stdatomic.h>

// A connection to one of our SQLite files. Everything here waits for the disk:
// one thread at a time, never the loop's.
//
// A failure is one of: STORE_UNAVAILABLE (another process kept it locked for
// 5 s), STORE_FULL (the disk, a quota or a limit), STORE_DAMAGED, UNREADABLE
// (cannot be read or written), TIMEOUT (a deadline passed), CANCELLED,
// TOO_LARGE (what a statement brings), MEMORY, INTERNAL (SQL that is wrong).

enum { SQLITE_CONNECTION_STATEMENTS = 64 }; // kept compiled

typedef struct kept_statement {
  sqlite3_stmt *statement;
  uint32_t length; // of its text
  uint32_t used;   // when it was last, in uses of the connection
} kept_statement;

typedef struct sqlite_connection {
  sqlite3 *db;          // NULL: not open
  int64_t mark;         // the row that says who has it open; 0: none
  int64_t busy_since;   // microseconds
  int64_t commit_us;    // that the last commit took
  int64_t deadline_us;  // of the statement that runs; 0: none
  atomic_bool *stopped; // ends the statement that runs; NULL: nothing does
  uint32_t uses;
  int guarded_groups; // to come, whose transactions have savepoints
  bool immutable; // nobody can write the file, nor what SQLite lays beside it
  kept_statement kept[SQLITE_CONNECTION_STATEMENTS];
  char path[]; // terminated by zero
} sqlite_connection;

// Not open yet. NULL: MEMORY.
sqlite_connection *sqlite_connection_new(const char *path, error *e);
void sqlite_connection_delete(sqlite_connection *c); // closes; NULL is allowed

// Opens the file to write, or makes it (readable by its owner alone). One that
// was not closed in order is checked first. 0, or -1 as above, or: NOT_FOUND
// (its folder), INVALID_OPTION (another program's database, no file),
// STORE_NEWER.
int sqlite_connection_open(sqlite_connection *c, process_owner self,
                           bool full_sync, error *e);

// Opens it to read what another connection of this process writes. 0 or -1.
int sqlite_connection_open_reader(sqlite_connection *c, error *e);

// Opens a file that is there to read it alone, also on a disk that is full or
// takes no writes (then it is `immutable`). 0, or -1 as of
// sqlite_connection_open.
int sqlite_connection_open_to_read(sqlite_connection *c, error *e);

// Closes it in order.
void sqlite_connection_close(sqlite_connection *c);

// Carries out one statement. 0 with its rows, which are to be freed in any
// case, or -1.
int sqlite_connection_run(sqlite_connection *c, const sql_statement *s,
                          sql_rows *rows, error *e);

// Carries out SQL without parameters and rows. 0 or -1.
int sqlite_connection_do(sqlite_connection *c, const char *sql, error *e);

// Writes the whole into a file that is not there yet, as it is now; others go
// on. 0, or -1 as above, or: INVALID_OPTION (there is such a file), NOT_FOUND.
int sqlite_connection_backup(sqlite_connection *c, const char *path, error *e);

// ---- for the files of this mechanism ----

// Fills `e` with what SQLite said. Returns -1.
int sqlite_connection_fail(sqlite_connection *c, int code, error *e);

// Says that the file is damaged, and what to do. Returns -1.
int sqlite_connection_damaged(const sqlite_connection *c, const char *found,
                              error *e);

// Opens it with flags of SQLite's, and no more. 0 or -1.
int sqlite_connection_connect(sqlite_connection *c, int flags, error *e);

// The first number that a query brings. 0 or -1.
int sqlite_connection_number(sqlite_connection *c, const char *sql,
                             int64_t *out, error *e);

// Reads the whole file. 0, or -1: STORE_DAMAGED …
int sqlite_connection_check(sqlite_connection *c, error *e);

#endif
