// SPDX-License-Identifier: MIT
#ifndef VISION_POSTGRES_PREPARED_H
#define VISION_POSTGRES_PREPARED_H

#include "core.h"

// The statements that a connection has prepared, by their text. A text beyond
// the first PREPARED_MAX is not kept: it is parsed again each time.

enum { PREPARED_MAX = 256, PREPARED_NAME_MAX = 16 };

enum prepared_state { PREPARED_NOT, PREPARED_ASKED, PREPARED_READY };

typedef struct prepared {
  enum prepared_state state;
  uint64_t hash;
  char *sql;   // as it was given, with ? for values
  char *query; // as PostgreSQL takes it, with $1 …
  char name[PREPARED_NAME_MAX];
} prepared;

typedef struct prepared_list {
  prepared entries[PREPARED_MAX];
  size_t count;
} prepared_list;

// The entry of a text. NULL: the list is full (e is not set), or MEMORY.
prepared *prepared_find(prepared_list *list, const char *sql, error *e);
void prepared_free(prepared_list *list);

// `sql` with $1, $2 … in the place of each ? outside of quotes ('…' and "…").
// To be freed. NULL: no memory.
char *placeholders_number(const char *sql);

#endif
