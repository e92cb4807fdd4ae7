---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/child.c.

---@class vision.core
local core = {}

---A process that was started. Has news when it is ready, and when it has ended.
---@class vision.core.Child : vision.core.Operation
local Child = {}

---@return integer
function Child:pid() end

---Whether it has written a byte to its descriptor 4.
---@return boolean
function Child:is_ready() end

---How it ended; nothing while it runs.
---@return integer? status what it ended with
---@return integer? signal that ended it; 0: none did
function Child:ended() end

---Sends it a signal; nothing where it has ended.
---@param name "int"|"term"|"hup"|"kill"
function Child:signal(name) end

---Gives it back; one that still runs is killed. Any number of times.
function Child:close() end

---Starts a program in a session of its own, with our standard descriptors and our environment.
---@param arguments string[]   the program, looked for in PATH, and its arguments; at most 1024
---@param environment string[] NAME=VALUE, in the place of what we have under that name
---@param inherited integer    the descriptor that it has as its 3
---@return vision.core.Child?
---@return { reason: string, message: string }? err not_found, internal, out_of_memory
function core.child(arguments, environment, inherited) end

---The number of this process.
---@return integer
function core.pid() end
