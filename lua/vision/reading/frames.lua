-- SPDX-License-Identifier: MIT
-- Feature control frames as one OCR pass gives them: cells between bars that came out as `|`, `\`
-- or `}`. The signs are not in the engine's alphabet; what it writes for them is mapped where only
-- one sign looks like it. A sign that is not sure is left out: the frame then has a zone and
-- datums, and no characteristic.
local frame = require "vision.reading.grammar.frame"
local glyphs = require "vision.reading.glyphs"

local frames = {}

local LOOKS_LIKE = {
  ["//"] = "//", ["/ /"] = "//", ["Z"] = "∠", ["<"] = "∠", ["/_"] = "∠", ["_L"] = "⟂", ["L"] = "⟂",
  ["_|_"] = "⟂",
  ["-"] = "⏤", ["--"] = "⏤", ["/7"] = "⏥", ["[7"] = "⏥", ["£7"] = "⏥", ["L7"] = "⏥", ["27"] = "⏥",
  ["CJ"] = "⏥",
  ["©"] = "◎", ["(O)"] = "◎", ["⌖"] = "⌖", ["⟂"] = "⟂", ["⏥"] = "⏥", ["◎"] = "◎", ["∠"] = "∠",
  ["⏤"] = "⏤", ["⌭"] = "⌭",
  ["⌯"] = "⌯", ["⌒"] = "⌒", ["⌓"] = "⌓", ["○"] = "○", ["↗"] = "↗", ["⌰"] = "⌰",
}

local function split(text)
  local cells = {}
  for cell in (text .. "|"):gmatch "([^|]*)|" do
    cells[#cells + 1] = (cell:gsub("^%s+", ""):gsub("%s+$", ""))
  end
  while #cells > 0 and cells[#cells] == "" do
    cells[#cells] = nil
  end
  return cells
end

-- "M)", "(M" and a lone M behind a number or a datum are the circled modifier: no other letter may
-- stand there.
local function modifiers(text)
  text = text:gsub("%(?M%)?$", "Ⓜ")
  return (text:gsub("%(?L%)$", "Ⓛ"))
end

local function zone(cell)
  local sign, rest = cell:match "^([6oO0@9Qg&$]) +(%d*[.,]%d.*)$"
  if not sign then
    sign, rest = cell:match "^(Ø) ?(.+)$"
  end
  local number, tail = (rest or cell):match "^(%d*[.,]?%d+) ?(.*)$"
  if not number then
    return nil
  end
  tail = modifiers(tail:gsub("[%)%]>]+$", function(close)
    return close:find "%)" and ")" or ""
  end)):gsub("^%)$", "")
  if tail ~= "" and not tail:find "^C?Z?[ ⓂⓁⓅ]*$" then
    return nil
  end
  return (sign and "Ø" or "") .. number .. tail
end

local function datum(cell)
  if cell:find "^[A-Z]%-[A-Z]$" then
    return cell
  end
  local letter, rest = cell:match "^%(?([A-Z])(.*)$"
  if not letter then
    return nil
  end
  rest = modifiers((rest:gsub("^[>%]}]+", "")))
  return (rest == "" or rest == ")") and letter or rest:find "^[ⓂⓁ]+$" and letter .. rest or nil
end

local function datums_of(cells, from)
  local out = {}
  for index = from, #cells do
    local letter = datum(cells[index])
    if not letter then
      return nil
    end
    out[#out + 1] = letter
  end
  return #out <= 3 and out or nil
end

-- Where the sign itself is text, as a text layer may have it, its cells come with spaces between.
local function bars_for_spaces(text)
  local sign, rest = text:match "^(%S+) (.+)$"
  if not sign or not frame.SIGNS[sign] then
    return text
  end
  return sign .. "|" .. rest:gsub("^Ø ", "Ø"):gsub("[ |]+([A-Z])", "|%1")
end

--- The frame that a line of OCR text holds, in the spelling of the standard (`⟂|0.02|A`).
---@param text string
---@return string|nil
function frames.read(text)
  text = glyphs.plain((text:gsub("_|_", "⟂")))
  text = text:gsub("^(%W-%d*[.,]%d+)[%])]? ([A-Z])$", "%1|%2")
  text = bars_for_spaces(text)
  if not text:find "[|\\}]" then
    return nil
  end
  local barred = text:gsub("[|\\{}!%]%[]+", "|"):gsub("(%d)%) ([A-Z])", "%1|%2")
  local cells = split((barred:gsub("|[ |]*|", "|")))
  for index = 1, math.min(2, #cells) do
    local size = zone(cells[index])
    local datums = size and datums_of(cells, index + 1)
    if datums then
      local sign = index == 2 and LOOKS_LIKE[cells[1]] or nil
      if not sign and #datums == 0 then
        return nil
      end
      table.insert(datums, 1, size)
      if sign then
        table.insert(datums, 1, sign)
      end
      return table.concat(datums, "|")
    end
  end
  return nil
end

return frames
