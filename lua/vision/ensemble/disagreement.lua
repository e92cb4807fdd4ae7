-- SPDX-License-Identifier: MIT
-- Where readers of one drawing differ: in call-outs, as their consensus says, and in fields of the
-- title block.

local eval = require "vision.reading.eval"

local disagreement = {}

-- Call-outs that are named; all are counted.
local NAMED_MAX = 20

---@class vision.Disagreement
---@field count integer       call-outs and fields on which they differ
---@field providers string[]  whose readings were compared
---@field callouts { text: string, sources: string[], alternatives: table[]? }[]  the first of them
---@field title_block table<string, { text: string, sources: string[] }[]> what each field is said
---  to be, and by whom

local function summary_of(callout)
  return { text = callout.text, sources = callout.sources, alternatives = callout.alternatives }
end

local function differing_callouts(drawing)
  local found = {}
  for _, callout in ipairs(drawing.callouts or {}) do
    if callout.alternatives then found[#found + 1] = summary_of(callout) end
  end
  for _, callout in ipairs(drawing.unconfirmed or {}) do found[#found + 1] = summary_of(callout) end
  return found
end

-- field -> what it is said to be, by its plain spelling, in the order of the readers
local function said_fields(inputs)
  local fields = {}
  for _, input in ipairs(inputs) do
    for name, value in pairs((input.reading.drawing or {}).title_block or {}) do
      local text = tostring(value)
      local key = eval.plain(text)
      local field = fields[name] or { by_key = {} }
      fields[name] = field
      if not field.by_key[key] then
        field.by_key[key] = { text = text, sources = {} }
        field[#field + 1] = field.by_key[key]
      end
      table.insert(field.by_key[key].sources, input.name)
    end
  end
  return fields
end

local function differing_fields(inputs)
  local found, count = {}, 0
  for name, field in pairs(said_fields(inputs)) do
    if #field > 1 then
      field.by_key = nil
      found[name], count = field, count + 1
    end
  end
  return found, count
end

--- What readers disagree on.
---@param consensus vision.VisionDescription
---@param inputs { name: string, reading: vision.VisionDescription }[]  what it was made of
---@return vision.Disagreement? # nil: on nothing
function disagreement.of(consensus, inputs)
  if #(consensus.sources or {}) < 2 then return nil end
  local callouts = differing_callouts(consensus.drawing)
  local fields, field_count = differing_fields(inputs)
  local count = #callouts + field_count
  if count == 0 then return nil end
  for i = #callouts, NAMED_MAX + 1, -1 do callouts[i] = nil end
  return { count = count, providers = consensus.sources, callouts = callouts,
    title_block = fields }
end

return disagreement
