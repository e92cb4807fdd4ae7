---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/search_words.c.

---@class vision.core
local core = {}

---The words of a text in small letters, a space before and after each. `vision.records.words` says
---what a word is.
---@param text string
---@return string # " flange four holes "; " " where there is none
function core.search_words(text) end

return core
