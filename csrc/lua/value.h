// SPDX-License-Identifier: MIT
#ifndef VISION_LUA_VALUE_H
#define VISION_LUA_VALUE_H

#include "compat.h"

#include "../core/buffer.h"

#include <stdbool.h>

// Plain values (booleans, numbers, texts, tables of them) as bytes, on their
// way from one Lua state to another. Bytes lie between the two, so that an
// error of one state never jumps over the other.

enum { VALUE_DEPTH_MAX = 16 }; // tables in tables

// Asked at each table, since going over large ones that are empty costs much
// and gives little: it throws in L when it has been enough.
typedef void value_look(lua_State *L);

// Appends the value at `index`. Metatables are not looked at. `look` may be
// NULL. -1: INPUT (a function, a userdata, a cycle …, named by its path) or
// TOO_LARGE or MEMORY.
int value_write(lua_State *L, int index, buffer *out, value_look *look,
                error *e);

// The same of a table without the functions that lie directly in it.
int value_write_data(lua_State *L, int index, buffer *out, value_look *look,
                     error *e);

// Pushes the values in the buffer, all of them; the count. May throw (no
// memory in L).
int value_read(lua_State *L, const buffer *in);

#endif
