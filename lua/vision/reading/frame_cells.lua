-- SPDX-License-Identifier: MIT
-- What may stand in the cells of a feature control frame, in the spelling of the standard.
local frame = require "vision.reading.grammar.frame"
local glyphs = require "vision.reading.glyphs"

local cells = {}

local MOST_DATUMS = 3
local unpack = table.unpack or unpack -- luacheck: ignore 143 (one of both)

-- "M)", "(M" and a lone M behind a number or a datum are the circled modifier: no other letter may
-- stand there.
local function modifiers(text)
  text = text:gsub("%(?M%)?$", "Ⓜ")
  return (text:gsub("%(?L%)$", "Ⓛ"))
end

-- What behind the number of a zone is spelled in letters: common and separate zones.
local ZONE_WORDS = { "CZ", "SZ", "UF" }

local function is_tail(text)
  for _, word in ipairs(ZONE_WORDS) do
    text = text:gsub(word, "")
  end
  for _, sign in ipairs(frame.MODIFIERS) do
    text = text:gsub(sign, "")
  end
  return not text:find "%S"
end

--- A tolerance zone: `Ø0.3CZⓂ`, `0,1/100`. nil: the text is none.
---@param text string
---@return string|nil
function cells.zone(text)
  local sign, rest = text:match "^([6oO0@9Qg&$®]) +(%d*[.,]%d.*)$"
  if not sign then
    sign, rest = text:match "^(S?Ø) ?(.+)$"
  end
  local number, tail = (rest or text):match "^(%d*[.,]?%d+) ?(.*)$"
  if not number then
    return nil
  end
  local length = tail:match "^/ ?%d+"
  tail = tail:sub(#(length or "") + 1):gsub("[%)%]>]+$", function(close)
    return close:find "%)" and ")" or ""
  end)
  tail = modifiers(tail):gsub("^%)$", "")
  if not is_tail(tail) then
    return nil
  end
  return (sign and (sign:find "^S" and "SØ" or "Ø") or "") .. number .. (length or "")
    .. tail:gsub(" ", "")
end

--- A datum or a common one: `A`, `AⓂ`, `A-B`. nil: the text is none.
---@param text string
---@return string|nil
function cells.datum(text)
  local first, second = text:match "^([A-Z]) ?%- ?([A-Z])$"
  if first then
    return first .. "-" .. second
  end
  local letter, rest = text:match "^%(?([A-Z])(.*)$"
  if not letter then
    return nil
  end
  -- The engine reads a letter whose small form looks alike as both.
  rest = modifiers((rest:gsub("^" .. letter:lower(), ""):gsub("^[>%]}]+", "")))
  if rest == "" or rest == ")" then
    return letter
  end
  return is_tail(rest) and rest:find "^[\226]" and letter .. rest or nil
end

local function datums_of(texts, from)
  local out = {}
  for index = from, #texts do
    local letter = cells.datum(texts[index])
    if not letter then
      return nil
    end
    out[#out + 1] = letter
  end
  return #out <= MOST_DATUMS and out or nil
end

--- The characteristic that a text is, in its one spelling.
---@param text string
---@return string|nil
function cells.sign(text)
  local plain = glyphs.plain(text)
  return frame.SIGNS[plain] and plain or nil
end

--- The frame that a row of cells is: `⌖|Ø0.3CZⓂ|AⓂ`. A first cell whose sign nobody knows is left
--- out; there must then be a datum, and a zone with decimals. nil: the cells are no frame.
---@param texts string[]
---@return string|nil
function cells.frame(texts)
  for index = 1, math.min(2, #texts) do
    local zone = cells.zone(texts[index])
    local datums = zone and datums_of(texts, index + 1)
    if datums then
      local sign = index == 2 and cells.sign(texts[1])
      if not sign and (#datums == 0 or not zone:find "[.,]") then
        return nil
      end
      return (sign and sign .. "|" or "") .. table.concat({ zone, unpack(datums) }, "|")
    end
  end
end

return cells
