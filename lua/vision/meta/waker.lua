---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/waker.c.

---@class vision.core
local core = {}

---For a host that can wait for a unix socket, but not for the loop's descriptor: a thread waits
---there and writes a byte into the socket.
---@class vision.core.Waker
local Waker = {}

---Takes the connection that this process has made to the path, and the path away.
---@return true?
---@return { reason: string, message: string }? err connect (this process has made none), internal
function Waker:accept() end

---A byte is written as soon as a step of the loop has something to do. Asked for again before that,
---it is still one.
function Waker:arm() end

---Ends the thread and the connection. Any number of times.
function Waker:close() end

---@param path string of the socket to listen at, 1 .. 107 bytes
---@return vision.core.Waker?
---@return { reason: string, message: string }? err input, unreadable, internal
function core.waker(path) end

return core
