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

---Makes of what lua-cjson decoded what the program works with, in place: nulls are taken out (in a
---list those after them move up), and under Lua 5.4 whole numbers become integers.
---@param value table
---@return boolean # false: it holds a number that is not finite
function core.json_tidy(value) end

return core
