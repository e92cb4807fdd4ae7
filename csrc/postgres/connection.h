// SPDX-License-Identifier: MIT
#ifndef VISION_POSTGRES_CONNECTION_H
#define VISION_POSTGRES_CONNECTION_H

#include "prepared.h"
#include "target.h"
#include "transaction.h"

// One connection to a PostgreSQL server, on the loop, in libpq's pipeline mode:
// transactions are sent without waiting for the answers of those before.
//
// Transactions of one turn of the loop, and those that come while a commit is
// under way, share the next commit, up to GROUP_MAX of them. Where one of such
// a group fails, none of it has happened, and each is carried out again by
// itself.

enum { GROUP_MAX = 64, GROUP_BYTES_MAX = 1 << 20, QUEUE_MAX = 4096 };

typedef struct connection connection;

typedef struct connection_options {
  const char *url;
  const char *settings;     // of the session, "-c name=value …"
  double statement_timeout; // seconds, on the server; for a transaction that
                            // waits its turn, too
  int depth;                // commits that may be under way at a time
} connection_options;

enum connection_state {
  CONNECTION_LOOKING_UP,
  CONNECTION_CONNECTING,
  CONNECTION_OPEN,
  CONNECTION_LOST, // for good: a new one takes its place
};

// Begins to connect. NULL: INVALID_OPTION, MEMORY, INTERNAL.
connection *connection_new(loop *l, const connection_options *o, error *e);

// There are news when it is open, and when it is lost.
completion *connection_completion(connection *c);
// In a forked child one of its parent is lost, and its socket left alone.
enum connection_state connection_state_of(const connection *c);

// Why it is lost: STORE_UNAVAILABLE or MEMORY; never with a password.
const error *connection_error(const connection *c);

// The server, or the configuration, says no: the next try would end the same.
bool connection_is_refused(const connection *c);

// Takes a transaction that is not queued anywhere; its completion tells when it
// is done. -1: QUEUE_FULL, STORE_UNAVAILABLE (lost, or not open yet).
int connection_run(connection *c, transaction *t, error *e);

// Drops a transaction that waits in its queue.
void connection_forget(connection *c, transaction *t);

// Closes it at any time; transactions end as where it is lost. NULL is fine.
void connection_delete(connection *c);

#endif
