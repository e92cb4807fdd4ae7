-- SPDX-License-Identifier: MIT
-- What was read, in plain sentences. Each says only what a field, a call-out or an item holds.
local chart = require "vision.reading.summary.chart"
local circuit = require "vision.reading.summary.circuit"
local part = require "vision.reading.summary.part"
local plan = require "vision.reading.summary.plan"

local summary = {}

local KIND = { mechanical = "Mechanical drawing", architectural = "Architectural drawing",
  circuit = "Circuit diagram", flowchart = "Flow chart" }
local TELLERS = { architectural = plan, circuit = circuit, flowchart = chart }

-- A chart has its name over it and no title block.
local function title_of(drawing)
  for _, item in ipairs(drawing.title_block.title and {} or drawing.items or {}) do
    if item.kind == "title" then
      return item.text
    end
  end
  return drawing.title_block.title
end

local function head(drawing)
  local block, title = drawing.title_block, title_of(drawing)
  local text = KIND[drawing.kind] or "Drawing"
  if title then
    text = text .. (' "%s"'):format(title)
  end
  local facts = {}
  if block.drawing_number then
    facts[#facts + 1] = "number " .. block.drawing_number
  end
  if block.material then
    facts[#facts + 1] = block.material
  end
  if block.scale then
    facts[#facts + 1] = "scale " .. block.scale
  end
  return text .. (#facts > 0 and " (" .. table.concat(facts, ", ") .. ")" or "")
end

-- What there is when nothing of the kind was found.
local function only_text(drawing)
  local lines = #(drawing.text or {})
  if lines == 0 then
    return " on which no text was found."
  end
  return (" with %d line%s of text and no call-outs."):format(lines, lines == 1 and "" or "s")
end

--- One paragraph about the sheet.
---@param drawing table  The reading's `drawing`.
---@return string
function summary.sentence(drawing)
  local teller = TELLERS[drawing.kind]
  local text = teller and teller.sentence(drawing) or ""
  if text == "" then
    text = part.sentence(drawing)
  end
  return head(drawing) .. (text ~= "" and text or only_text(drawing))
end

--- Facts one by one: what was seen. Notes stand in the drawing itself.
---@param drawing table
---@return string[]
function summary.details(drawing)
  local teller = TELLERS[drawing.kind]
  local details = teller and teller.details(drawing) or {}
  for _, fact in ipairs(part.details(drawing)) do
    details[#details + 1] = fact
  end
  return details
end

return summary
