---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/sandbox_binding.c. `vision.policy.sandbox` is what the rest of Lua uses.

---@class vision.core
local core = {}

---A Lua state of its own for a script. It sees `assert error ipairs next pairs select tonumber
---tostring type` and the harmless part of `string`, `table` and `math`. Values are copied in and
---out: booleans, numbers, texts and tables of them, at most 16 deep; a 16th of the memory in all.
---
---Steps: about one for an instruction, for a comparison of a pattern, for 64 bytes allocated and
---for 16 bytes or an entry that a library function goes over. One table or text may take a 256th of
---the memory (while the script is read, a 4th). One that a limit stopped cannot be used again.
---@class vision.core.Sandbox
local Sandbox = {}

---Runs a text that returns a table. Its functions stay, to be called by name.
---@param text string
---@param chunk_name string as Lua's load takes it
---@param steps number 1000 .. 1e12
---@return table? data      the rest of the table
---@return table<string, integer>|{ reason: string, message: string } lines  of each function
function Sandbox:load(text, chunk_name, steps) end

---@param name string
---@param steps number 1000 .. 1e12
---@param ... any plain values
---@return any result       the first one
---@return { reason: string, message: string }? err  script (the message begins with ":LINE: " where
---  a line is known); input or too_large ("#1 path: what": an argument)
function Sandbox:call(name, steps, ...) end

---Begins a call on the thread pool; `task.wait` waits for it. The sandbox is the run's from now on,
---and its handle closed. Where it cannot begin, all is as before.
---@param name string
---@param steps number 1000 .. 1e12
---@param ... any plain values
---@return vision.core.SandboxRun?
---@return { reason: string, message: string }? err input, too_large: an argument, as of `call`
function Sandbox:start(name, steps, ...) end

---@class vision.core.SandboxRun
local SandboxRun = {}

---@return number
function SandboxRun:id() end

---@return boolean
function SandboxRun:done() end

---Nothing while it is not done.
---@return any result
---@return { reason: string, message: string }? err reason "script", as of `call`
function SandboxRun:result() end

---Any number of times. One that runs is left to its end, and what it gives dropped.
function SandboxRun:close() end

---@return boolean # false: a limit has stopped it, nothing more can be called
function Sandbox:usable() end

---@return number # bytes that it holds
function Sandbox:memory() end

---Frees it. Any number of times.
function Sandbox:close() end

---@param memory number bytes that it may hold, 131072 .. 268435456
---@return vision.core.Sandbox?
---@return { reason: string, message: string }? err
function core.sandbox(memory) end

return core
