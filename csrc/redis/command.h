// SPDX-License-Identifier: MIT
#ifndef VISION_REDIS_COMMAND_H
#define VISION_REDIS_COMMAND_H

#include "../lua/compat.h"

#include <hiredis/hiredis.h>

// ---- commands and replies as Lua has them ----

// Checks the list of commands at `index`, each a list of texts and numbers; it
// throws where something else stands in it. Gives how many commands there are.
size_t command_check(lua_State *L, int index);

// The same list as the protocol wants it; whole numbers without a point. Never
// throws. NULL: no memory; else the caller frees it (sdsfree).
sds command_encode(lua_State *L, int index);

// Pushes a reply: a text, a number, a list; false for nil, and { err = text }
// for an error of the server's.
void command_push_reply(lua_State *L, const redisReply *reply);

#endif
