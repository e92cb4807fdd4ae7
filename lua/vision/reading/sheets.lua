-- SPDX-License-Identifier: MIT
-- Several sheets in one answer. Each page that was read is a sheet with a reading of its own: its
-- kind, title block, notes, what is missing, its sentence and its confidence. Call-outs stand in
-- one list, numbered through, each with its page. Nothing of one sheet is mixed into another: the
-- title block of the answer as a whole is that of the first sheet that has one.

local confidence = require "vision.reading.confidence"
local items = require "vision.reading.items"
local json = require "vision.base.json"
local kind = require "vision.reading.kind"
local summary = require "vision.reading.summary"
local upright = require "vision.reading.upright"

local sheets = {}

-- What the sheets list beside call-outs and notes; the answer holds the lists of all of them.
local LISTS = { "datums", "bill_of_material", "revisions", "general_tolerances", "parts" }

local function texts(lines)
  local list = json.array {}
  for _, line in ipairs(lines) do
    if items.is_text(line) then
      list[#list + 1] = line.text
    end
  end
  return list
end

-- A sheet of a part must have a title block; a sketch of another kind need not.
local function missing_of(name, one)
  return one.region and one.missing or name == "mechanical" and { "title block" } or {}
end

--- One sheet from what one page says.
---@param one table   of `page.read`
---@param found vision.reading.Witnesses
---@return table sheet
function sheets.new(one, found)
  local name = kind.of(one.text_lines, one.callouts, one.title_block)
  local seen = found.upright
  local sheet = {
    page = one.page, width = seen.width, height = seen.height,
    dpi = seen.dpi or found.layer and found.layer.dpi,
    turned = seen.turn ~= 0 and seen.turn or nil, skew = seen.skew, inverted = seen.inverted,
    photographed = seen.photographed,
    kind = name, units = one.unit, title_block = one.title_block,
    callouts = kind.callouts(name, one.callouts), notes = json.array(one.notes),
    missing = json.array(missing_of(name, one)),
    paper = one.paper,
    text = name ~= "mechanical" and texts(one.text_lines) or nil,
    items = items.read(name, one.text_lines),
  }
  for _, field in ipairs(LISTS) do
    sheet[field] = one[field]
  end
  upright.onto_page(seen, sheet.callouts)
  upright.onto_page(seen, sheet.datums)
  upright.onto_page(seen, sheet.items or {})
  sheet.summary = summary.sentence(sheet)
  sheet.confidence, sheet.confidence_reasons = confidence.of_reading(sheet.callouts, one.segments,
    sheet.items)
  sheet.segments = one.segments
  return sheet
end

-- ---- all of them ----

local function append(list, more)
  for _, item in ipairs(more or {}) do
    list[#list + 1] = item
  end
end

-- The sheet whose title block speaks for the set.
local function first_with_block(list)
  for _, sheet in ipairs(list) do
    if next(sheet.title_block) then
      return sheet
    end
  end
  return list[1]
end

-- What they agree on, else nil.
local function common(list, field)
  for _, sheet in ipairs(list) do
    if sheet[field] ~= list[1][field] then
      return nil
    end
  end
  return list[1][field]
end

-- As it stands in the answer: without what the answer holds elsewhere.
local function public(sheet)
  local copy = {}
  for key, value in pairs(sheet) do
    copy[key] = value
  end
  for _, field in ipairs(LISTS) do
    copy[field] = nil
  end
  copy.callouts, copy.segments, copy.text, copy.items = nil, nil, nil, nil
  copy.confidence_reasons = nil
  return copy
end

--- The drawing that they make.
---@param list table[]    at least one sheet
---@param count integer   pages of the file
---@return table drawing
---@return table[] segments  of all of them
function sheets.drawing(list, count)
  local first = first_with_block(list)
  local drawing = { kind = common(list, "kind") or first.kind, units = common(list, "units"),
    pages = count, dpi = list[1].dpi, title_block = first.title_block, callouts = {}, notes = {},
    missing = first.missing, sheets = {} }
  local segments, text = {}, json.array {}
  for _, field in ipairs(LISTS) do
    drawing[field] = json.array {}
  end
  for index, sheet in ipairs(list) do
    for _, field in ipairs(LISTS) do
      append(drawing[field], sheet[field])
    end
    append(drawing.callouts, sheet.callouts)
    append(drawing.notes, sheet.notes)
    append(segments, sheet.segments)
    append(text, sheet.text)
    if sheet.items then
      drawing.items = drawing.items or json.array {}
      append(drawing.items, sheet.items)
    end
    drawing.sheets[index] = public(sheet)
  end
  drawing.text = drawing.kind ~= "mechanical" and text or nil
  return drawing, segments
end

--- The answer's sentence: the sheet's own, or how many there are and what they are called.
---@param list table[]
---@param drawing table  that they make
---@return string
function sheets.summary(list, drawing)
  if #list == 1 then
    return list[1].summary
  end
  local names = {}
  for index, sheet in ipairs(list) do
    local block = sheet.title_block
    local title = block.title and ('"%s"'):format(block.title) or block.drawing_number
    names[index] = ("page %d %s"):format(sheet.page, title or "without a title")
  end
  return ("%d sheets with %d call-outs: %s."):format(#list, #drawing.callouts,
    table.concat(names, ", "))
end

return sheets
