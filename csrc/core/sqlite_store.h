// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SQLITE_STORE_H
#define VISION_CORE_SQLITE_STORE_H

#include "blob.h"
#include "loop.h"

// A sqlite_file used from the loop: operations run on the thread pool, one
// after the other in the order they were asked for, and report as completions.

enum { SQLITE_STORE_QUEUE = 10000 }; // operations that may wait

typedef struct sqlite_store sqlite_store;
typedef struct store_operation store_operation;

// Nothing is opened yet. NULL: MEMORY.
sqlite_store *sqlite_store_new(loop *l, const char *path, double max_bytes,
                               error *e);
sqlite_store *sqlite_store_ref(sqlite_store *s);
void sqlite_store_unref(sqlite_store *s); // the last one closes the file

enum store_action { STORE_OPEN, STORE_GET, STORE_PUT, STORE_CLEAR };

// What an operation is about; times are wall seconds.
typedef struct store_request {
  enum store_action action;
  const void *key; // of GET and PUT: 1 byte or more; copied
  size_t key_length;
  blob *value;    // of PUT; shared
  double expires; // of PUT
  double now;     // of GET and PUT
} store_request;

// Starts an operation. NULL: MEMORY, QUEUE_FULL, INTERNAL (a forked child must
// open a store of its own).
store_operation *store_operation_new(sqlite_store *s, const store_request *r,
                                     error *e);
completion *store_operation_completion(store_operation *o);
bool store_operation_is_done(const store_operation *o);

// When done: 0, or -1 as of sqlite_file.h. Of a GET that found something
// `value` is it (the operation's), with the end of its lifetime.
int store_operation_result(store_operation *o, blob **value, double *expires,
                           error *e);

// What was set aside on this occasion; "" as a rule.
const char *store_operation_notice(const store_operation *o);

// Before it is done, too: it is carried out all the same.
void store_operation_delete(store_operation *o);

#endif
