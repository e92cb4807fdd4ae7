---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/process.c.

---@class vision.core
local core = {}

---A name of this process, which others of this machine can ask about.
---@return string
function core.process_name() end

---Whether the process of a name has ended. Of one of another machine nobody knows: false.
---@param name string of `process_name`, with whatever behind it
---@return boolean
function core.process_has_ended(name) end

return core
