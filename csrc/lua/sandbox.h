// SPDX-License-Identifier: MIT
#ifndef VISION_LUA_SANDBOX_H
#define VISION_LUA_SANDBOX_H

#include "compat.h"

#include "../core/buffer.h"

#include <stdbool.h>
#include <stdint.h>

// A Lua state of its own for a script that nobody has read: it sees pure
// functions only, and what it may hold and do is counted.
//
// A step is one instruction of Lua, one comparison of a pattern, 64 bytes
// allocated or 16 bytes gone over by a library function. What a single
// instruction can do (compare two texts, walk over an emptied table, copy
// arguments) is bounded by the size of one block of memory; and should all of
// that be slow, the CPU time that the thread has spent ends it.

typedef struct sandbox sandbox;

// 0 .. 256 MiB; a state alone takes about 20 KB.
sandbox *sandbox_new(size_t memory, error *e);
void sandbox_delete(sandbox *box); // NULL is fine

// Values on their way in and out. A call takes its arguments from here and
// leaves what it gives here.
buffer *sandbox_values(sandbox *box);

// Runs `text`, which must give a table, and keeps its functions under their
// names. In the buffer: the rest of the table, then name -> line of the
// functions. -1: SCRIPT; the message begins with the place, if there is one.
int sandbox_load(sandbox *box, const char *text, size_t length,
                 const char *chunk_name, uint64_t steps, error *e);

// Calls a function with the values in the buffer; then its first result is
// there. -1: SCRIPT, as above.
int sandbox_call(sandbox *box, const char *function, uint64_t steps, error *e);

// False once a limit has ended it: a state that was stopped anywhere at all is
// thrown away.
bool sandbox_is_usable(const sandbox *box);

size_t sandbox_memory(const sandbox *box); // bytes it holds

// ---- for the library of the state ----

// The sandbox of a state.
sandbox *sandbox_of(lua_State *S);

// Steps that are left; never below 0.
int64_t sandbox_steps_left(const sandbox *box);

// Takes `steps`; throws in S when they are used up.
void sandbox_charge(lua_State *S, uint64_t steps);

// Pushes the table of all that a script sees. Called once, protected.
void sandbox_push_library(lua_State *S);

int sandbox_find(lua_State *S);
int sandbox_gmatch(lua_State *S);
int sandbox_gsub(lua_State *S);
int sandbox_match(lua_State *S);

#endif
