---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/frozen.c.

---@class vision.core
local core = {}

---A value as one string: nil, booleans, numbers, strings, and tables of them without another
---metatable than that of lists.
---@param value any
---@param lists table the metatable of lists
---@return string?
---@return { reason: string, message: string }? err input: what it holds that cannot be frozen
function core.freeze(value, lists) end

---The value again, each time a fresh one.
---@param text string of `freeze`, on this machine
---@param lists table the metatable that lists get
---@return any value
---@return { reason: string, message: string }? err input: the text is damaged
function core.thaw(text, lists) end

return core
