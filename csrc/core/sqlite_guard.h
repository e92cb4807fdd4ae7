// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SQLITE_GUARD_H
#define VISION_CORE_SQLITE_GUARD_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

// For a database file that somebody else may have made: what its schema says
// must not run, and its pages, which may form a maze, must not keep us.

enum { SQLITE_GUARD_VALUE_MAX = 64 * 1024 * 1024 }; // bytes of a text or blob

// Steps of SQLite's machine that are left for what is done now.
typedef struct sqlite_guard {
  long steps;
} sqlite_guard;

// Turns off triggers, views, whatever a schema may call, and changes of the
// schema by writing to it. SQLite's code.
int sqlite_guard_disarm(sqlite3 *db);

// The same, and bounds the values; from here on a statement that goes over the
// steps left ends with SQLITE_INTERRUPT. SQLite's code.
int sqlite_guard_init(sqlite_guard *g, sqlite3 *db);

// Steps for the next operation: some 100 million, a few seconds.
void sqlite_guard_refill(sqlite_guard *g);

// Whether the schema is made of these statements, word for word, and of the
// indexes that SQLite makes by itself (names in `automatic`). Both lists end
// with NULL and have 32 entries at most. SQLite's code.
int sqlite_guard_compare(sqlite3 *db, const char *const statements[],
                         const char *const automatic[], bool *same);

#endif
