-- SPDX-License-Identifier: MIT
-- One spelling for each sign. Drawings, fonts and engines write the same sign in many ways;
-- everything behind this file knows one of each.
local glyphs = {}

-- Pairs in order: what is written, what it means. Keys are plain text, never patterns.
local SAME = {
  { "⌀", "Ø" }, { "∅", "Ø" }, { "ø", "Ø" }, { "⦰", "Ø" }, { "\226\140\128", "Ø" },
  { "×", "x" }, { "✕", "x" }, { "º", "°" }, { "˚", "°" }, { "′", "'" }, { "’", "'" }, { "‘", "'" },
  { "″", '"' }, { "”", '"' }, { "“", '"' }, { "–", "-" }, { "—", "-" }, { "−", "-" }, { "‐", "-" },
  {
    "⁄", "/",
  }, { "μ", "µ" }, { "⊥", "⟂" }, { "⊕", "⌖" }, { "∥", "//" }, { "(M)", "Ⓜ" }, { "(L)", "Ⓛ" },
  { "￬", "↧" }, { "⤓", "↧" }, { "\194\160", " " }, { "\226\128\137", " " }, { "\226\128\175", " " },
}

local function replace(text, from, to)
  local at = text:find(from, 1, true)
  while at do
    text = text:sub(1, at - 1) .. to .. text:sub(at + #from)
    at = text:find(from, at + #to, true)
  end
  return text
end

--- The text with one spelling for each sign, single spaces and no spaces at its ends.
---@param text string
---@return string
function glyphs.plain(text)
  for _, pair in ipairs(SAME) do
    text = replace(text, pair[1], pair[2])
  end
  return (text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

--- How many digits a text has.
---@param text string
---@return integer
function glyphs.digits(text)
  local _, count = text:gsub("%d", "")
  return count
end

return glyphs
