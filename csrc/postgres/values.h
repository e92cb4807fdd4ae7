// SPDX-License-Identifier: MIT
#ifndef VISION_POSTGRES_VALUES_H
#define VISION_POSTGRES_VALUES_H

#include "transaction.h"

// Lua's values as PostgreSQL reads them, and the other way.

// Adds the values of the list on top to the last statement: nil, booleans,
// numbers, texts, images as bytes; another type throws. Where it holds nil, its
// field `n` counts. -1: INPUT (a text with a zero byte), TOO_LARGE, MEMORY.
int values_add(lua_State *L, transaction *t, error *e);

// Pushes the rows, a table each by the names of the columns. NULL is nil; what
// has no type in Lua (numeric, dates …) is text.
void values_push_rows(lua_State *L, const PGresult *r);

#endif
