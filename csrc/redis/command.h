// SPDX-License-Identifier: MIT
#ifndef VISION_REDIS_COMMAND_H
#define VISION_REDIS_COMMAND_H

#include "../lua/compat.h"

#include <hiredis/hiredis.h>

// ---- commands and replies as Lua has them ----
//
// A command is texts, numbers (whole ones are sent without a point) and images
// (their bytes).

// Checks the list of commands at `index`, each a list; throws where something
// else stands in it. Gives how many commands there are.
size_t command_check_lists(lua_State *L, int index);

// The same of one command: the arguments from `first` on.
void command_check_arguments(lua_State *L, int first);

// Encode what was checked as the protocol wants it. What *text held is
// overwritten; it is the caller's to free (sdsfree), also where Lua throws for
// lack of memory. NULL: no memory.
void command_encode_lists(lua_State *L, int index, sds *text);
void command_encode_arguments(lua_State *L, int first, sds *text);

// Pushes a reply: a text, a number, a list; false for nil, and { err = text }
// for an error of the server's.
void command_push_reply(lua_State *L, const redisReply *reply);

#endif
