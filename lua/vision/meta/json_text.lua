---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/json_text.c.

---@class vision.core
local core = {}

---A JSON string literal, quotes included; bytes that are not UTF-8 become U+FFFD.
---@param text string up to 256 MB
---@return string
function core.json_quote(text) end

---Where a text stops being well-formed UTF-8.
---@param text string
---@return integer? # the first bad byte, from 1; nil where all is well
function core.utf8_error(text) end

return core
