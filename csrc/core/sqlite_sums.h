// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SQLITE_SUMS_H
#define VISION_CORE_SQLITE_SUMS_H

#include <sqlite3.h>

enum { SQLITE_SUMS_GROUPS_MAX = 100000 };

// Gives a connection the aggregate `group_sums(names, value, …)`: what GROUP BY
// would say, as a JSON list of objects. For GROUP BY SQLite sorts all rows with
// all their columns, which for many rows in few groups costs more than the rest
// of the question.
//
//   SELECT group_sums('provider;requests,cached', provider, requests, cached)
//   -> [{"provider":"a","requests":3,"cached":1},…]
//
// Names before the semicolon are of the keys (whole numbers or texts, a text
// with a NUL only as the last), the others of whole numbers to add up; at most
// 32, and a value for each. Sorted by the keys, texts by their bytes. No row:
// []. Errors: other values, a sum beyond 64 bits, more than GROUPS_MAX groups.
// SQLite's code.
int sqlite_sums_register(sqlite3 *db);

#endif
