// SPDX-License-Identifier: MIT
#ifndef VISION_LUA_SQL_REQUEST_H
#define VISION_LUA_SQL_REQUEST_H

#include "binding.h"

#include "../core/sql_request.h"

// Values of Lua as parameters of SQL, and rows as tables. What is no parameter
// is misuse and throws: so the request belongs to a userdata.

// Adds the statement whose text is at `sql`, and its parameters (a table or
// nil) at `parameters`. 0 or -1.
int binding_add_statement(lua_State *L, int sql, int parameters,
                          bool must_change, sql_request *r, error *e);

// Adds the statement { sql, parameters, must_change = … } on top of the stack.
// 0 or -1.
int binding_add_listed(lua_State *L, sql_request *r, error *e);

void binding_push_integer(lua_State *L, int64_t value);
void binding_push_rows(lua_State *L, const sql_rows *rows); // a list of tables

#endif
