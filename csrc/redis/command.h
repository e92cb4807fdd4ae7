// SPDX-License-Identifier: MIT
#ifndef VISION_REDIS_COMMAND_H
#define VISION_REDIS_COMMAND_H

#include "../lua/compat.h"

#include <hiredis/hiredis.h>

// ---- commands and replies as Lua has them ----

// Checks the list of commands at `index`, each a list of texts, numbers and
// images (their bytes); it throws where something else stands in it. Gives how
// many commands there are.
size_t command_check(lua_State *L, int index);

// Encodes the same list as the protocol wants it; whole numbers without a
// point. *text is the caller's to free (sdsfree), also where Lua throws for
// lack of memory. NULL: no memory.
void command_encode(lua_State *L, int index, sds *text);

// Pushes a reply: a text, a number, a list; false for nil, and { err = text }
// for an error of the server's.
void command_push_reply(lua_State *L, const redisReply *reply);

#endif
