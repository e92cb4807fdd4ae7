// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SQLITE_FILE_H
#define VISION_CORE_SQLITE_FILE_H

#include "blob.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>

// Blobs by key with a lifetime, in an SQLite file (WAL) that several processes
// may use at a time and that survives them. Everything here waits for the disk:
// it is for the thread pool (see sqlite_store.h), one thread at a time.
//
// A file that is damaged, of another version, or with other tables, triggers or
// views than ours is renamed to PATH.old and begun anew, whenever that shows;
// `notice` then says so. Another program's database is refused and left alone.
// Each row has a digest: one that is not as it was put is dropped. (That finds
// damage. Who may write the file may write answers, too.)
//
// Times are in seconds of the wall clock.

typedef struct sqlite_file sqlite_file;

// A file that is not opened yet, and that keeps about `max_bytes` on disk: what
// was put first goes first. NULL: MEMORY.
sqlite_file *sqlite_file_new(const char *path, double max_bytes, error *e);
void sqlite_file_delete(sqlite_file *f); // closes it; NULL is allowed

// Opens it, as every other function does where it is not open. 0, or -1:
// UNREADABLE (no ordinary file, too), NOT_FOUND (its folder), INVALID_OPTION
// (another program's), TIMEOUT (another process has kept it locked for 2 s),
// MEMORY, INTERNAL.
int sqlite_file_open(sqlite_file *f, error *e);

// 1 and a blob, one reference, with the end of its lifetime; 0: there is none;
// -1 as of sqlite_file_open.
int sqlite_file_get(sqlite_file *f, const void *key, size_t length, double now,
                    blob **value, double *expires, error *e);

// Keeps a value until `expires`; one of that key before is gone. 0 or -1.
int sqlite_file_put(sqlite_file *f, const void *key, size_t length,
                    const blob *value, double expires, double now, error *e);

// Drops what is over, and what is too much. 0 or -1. (Every hundredth put does
// it, too.)
int sqlite_file_prune(sqlite_file *f, double now, error *e);

int sqlite_file_clear(sqlite_file *f, error *e); // drops everything; 0 or -1

// What was set aside since it was last asked, and why; "" as a rule.
void sqlite_file_take_notice(sqlite_file *f, char notice[ERROR_MESSAGE_MAX]);

#endif
