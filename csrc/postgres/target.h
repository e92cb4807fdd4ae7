// SPDX-License-Identifier: MIT
#ifndef VISION_POSTGRES_TARGET_H
#define VISION_POSTGRES_TARGET_H

#include "core.h"

#include <libpq-fe.h>

// Where a URL leads, and how: what PQconnectStartParams takes. Names of hosts
// are looked up before, on the loop, since libpq would block; the certificate
// is still compared with the name.

enum { TARGET_LIST_MAX = 4096 }; // bytes of a comma-separated list

typedef struct target_list {
  char text[TARGET_LIST_MAX];
  size_t length;
  size_t count;
} target_list;

typedef struct target {
  PQconninfoOption *options; // of the URL; what it leaves out has no value
  PQconninfoOption *usual;   // of the environment, and libpq's own
  char settings[512];        // of the session, `options` of the URL added
  char patience[16];         // milliseconds for bytes that nobody confirms
  double connect_timeout;    // seconds
  size_t next_host;          // in the list of the URL, the next to look up
  target_list hosts, addresses, ports; // side by side, one entry an address
} target;

// Reads "postgres://user:password@host:port/database?sslmode=…", or another
// text that libpq takes. `settings` of the session come before those of the
// URL; statement_timeout is in seconds. -1: INVALID_OPTION (the text is not
// shown, it may hold a password) or MEMORY.
int target_init(target *t, const char *url, const char *settings,
                double statement_timeout, error *e);
void target_free(target *t); // also of one that is all zero

// Host, port and database, for people: no user and no password.
void target_name(const target *t, char *out, size_t size);

// The next name to look up, in `name` of `size` bytes: true. False: all hosts
// have their addresses. -1 in *status: a list is too long (INVALID_OPTION).
bool target_next_name(target *t, char *name, size_t size, int *status,
                      error *e);

// Adds an address (as text) of the name that target_next_name gave last.
// -1: INVALID_OPTION.
int target_add_address(target *t, const char *address, error *e);

// Starts to connect. NULL: no memory.
PGconn *target_connect(const target *t);

#endif
