-- SPDX-License-Identifier: MIT
-- Answers for people: one block a file, readable in a terminal of any width. Answers for programs
-- are JSON, exact and never touched here.

local text = require "vision.cli.text"

local output = {}

-- Name in the answer -> what a person calls it, in the order of a title block.
local TITLE_FIELDS = {
  { "title", "Title" }, { "subtitle", "Subtitle" }, { "drawing_number", "Drawing number" },
  { "revision", "Revision" }, { "material", "Material" }, { "scale", "Scale" },
  { "units", "Units" },
  { "general_tolerance", "General tolerance" }, { "general_surface_finish", "Surface finish" },
  { "surface_treatment", "Treatment" }, { "weight", "Weight" }, { "projection", "Projection" },
  { "date", "Date" }, { "owner", "Owner" }, { "department", "Department" },
  { "sheet", "Sheet" }, { "sheet_size", "Sheet size" },
}

local COLOURS = { bold = "1", dim = "2", red = "31", green = "32", yellow = "33" }

---@class vision.cli.Page a growing list of lines, and the terminal they are for
local Page = {}
Page.__index = Page

--- @param terminal vision.cli.Terminal
function output.page(terminal)
  return setmetatable({ lines = {}, terminal = terminal }, Page)
end

function Page:paint(colour, line)
  if not self.terminal.colour or line == "" then return line end
  return ("\27[%sm%s\27[0m"):format(COLOURS[colour], line)
end

function Page:add(line)
  self.lines[#self.lines + 1] = line or ""
end

function Page:heading(title)
  self:add()
  self:add(self:paint("bold", title))
end

-- A paragraph; lines after the first start under the text, not under its mark.
function Page:paragraph(value, first, indent)
  indent = indent or (" "):rep(#first)
  for i, line in ipairs(text.wrap(text.clean(value), self.terminal.width - #indent)) do
    self:add((i == 1 and first or indent) .. line)
  end
end

-- What goes into a file or a pipe is not cut.
function Page:columns(rows, cut)
  local width = self.terminal.is_terminal and self.terminal.width - 2 or math.huge
  for _, line in ipairs(text.columns(rows, width, cut)) do
    self:add("  " .. line)
  end
end

function Page:text()
  return table.concat(self.lines, "\n") .. "\n"
end

--- 0.924 -> "92 %"; nothing -> "n/a", for a confidence is never invented.
function output.percent(number)
  return number and ("%.0f %%"):format(number * 100) or "n/a"
end

--- An amount for people, to a hundredth of a cent; what is less, and not nothing, to the
--- micro-dollar.
---@param usd number
---@param is_bound boolean? it is the most something may cost: rounded up
---@return string
function output.dollars(usd, is_bound)
  if usd == 0 then return "$0.0000" end
  local places = usd < 0.0001 and 6 or 4
  local units = usd * 10 ^ places
  local whole = math.max(1, is_bound and math.ceil(units - 1e-6) or math.floor(units + 0.5))
  return ("$%." .. places .. "f"):format(whole / 10 ^ places)
end

--- 1234.5 ms -> "1.2 s"
function output.duration(milliseconds)
  if milliseconds < 1000 then return ("%.0f ms"):format(milliseconds) end
  return ("%.1f s"):format(milliseconds / 1000)
end

-- ---- the parts of a reading ----

local function add_title_block(page, title_block)
  local rows, known = {}, {}
  for _, field in ipairs(TITLE_FIELDS) do
    known[field[1]] = true
    local value = title_block[field[1]]
    if value then rows[#rows + 1] = { field[2], text.clean(value) } end
  end
  local others = {}
  for name in pairs(title_block) do
    if not known[name] then others[#others + 1] = name end
  end
  table.sort(others)
  for _, name in ipairs(others) do
    rows[#rows + 1] = { text.clean(name), text.clean(title_block[name]) }
  end
  if #rows == 0 then return end
  page:heading "Title block"
  page:columns(rows)
end

-- Numbered as in the overlay and in the CSV.
local function callout_row(number, callout, many_pages)
  return {
    tostring(number),
    text.clean(callout.text),
    text.clean((callout.type or ""):gsub("_", " ")),
    callout.confidence and output.percent(callout.confidence) or "",
    many_pages and callout.page and ("page %d"):format(callout.page) or "",
  }
end

local function add_callouts(page, drawing)
  if #drawing.callouts == 0 then return end
  local rows = {}
  for i, callout in ipairs(drawing.callouts) do
    rows[i] = callout_row(i, callout, (drawing.pages or 1) > 1)
  end
  page:heading(("Call-outs (%d)"):format(#rows))
  page:columns(rows, 2)
end

local function add_doubts(page, callouts)
  local doubts = require("vision.reading.summary.part").doubts(callouts)
  if #doubts == 0 then return end
  page:heading "To be checked"
  for _, doubt in ipairs(doubts) do
    local text_of = callouts[doubt.at].text or ""
    page:paragraph(("%d: %s: %s"):format(doubt.at, text_of, doubt.why), "  ", "     ")
  end
end

local function add_list(page, title, items)
  if not items or #items == 0 then return end
  page:heading(title)
  for _, item in ipairs(items) do
    page:paragraph(item, "  - ")
  end
end

local function add_missing(page, missing)
  if missing and #missing > 0 then
    page:add()
    page:paragraph("Not found on the sheet: " .. table.concat(missing, ", "), "", "  ")
  end
end

-- Of several sheets each has its own; the call-outs of all are one list.
local function add_sheets(page, sheets)
  for _, sheet in ipairs(sheets) do
    page:heading(("Page %d"):format(sheet.page))
    page:paragraph(sheet.summary, "  ")
    add_title_block(page, sheet.title_block)
    add_list(page, "Notes", sheet.notes)
    add_missing(page, sheet.missing)
  end
end

local function add_drawing(page, drawing)
  local several = drawing.sheets and #drawing.sheets > 1
  if several then
    add_sheets(page, drawing.sheets)
  else
    add_title_block(page, drawing.title_block or {})
  end
  add_callouts(page, { callouts = drawing.callouts or {}, pages = drawing.pages })
  add_doubts(page, drawing.callouts or {})
  if not several then
    add_list(page, "Notes", drawing.notes)
    add_missing(page, drawing.missing)
  end
end

-- What a drawing's own parts have said: its notes, and "Material: 1.4301" of its title block.
local function said_already(drawing)
  local said = {}
  for _, note in ipairs(drawing.notes or {}) do
    said[note], said["Note: " .. note] = true, true
  end
  for _, field in ipairs(TITLE_FIELDS) do
    local value = (drawing.title_block or {})[field[1]]
    if value then said[field[2] .. ": " .. tostring(value)] = true end
  end
  return said
end

-- With the call-outs of a part listed, details only say them again.
local function new_details(description)
  local drawing = description.drawing or {}
  if drawing.callouts and #drawing.callouts > 0 and not drawing.items then return nil end
  local said, details = said_already(drawing), {}
  for _, detail in ipairs(description.details or {}) do
    if not said[detail] then details[#details + 1] = detail end
  end
  return details
end

local function add_description(page, description)
  if description.summary ~= "" then page:paragraph(description.summary, "") end
  if description.drawing then
    add_drawing(page, description.drawing)
  end
  add_list(page, "Details", new_details(description))
end

local function confidence_text(answer)
  local figure = output.percent(answer.description.confidence)
  local reasons = table.concat(answer.confidence_reasons or {}, "; ")
  return reasons == "" and figure or ("%s (%s)"):format(figure, reasons)
end

local function add_text(page, ocr)
  page:heading(("Text (%s, %d words)"):format(ocr.provider, #ocr.words))
  for line in (ocr.text .. "\n"):gmatch "([^\n]*)\n" do
    page:add("  " .. text.clean(line))
  end
end

--- Who read, with the model where there is one.
function output.who(answer)
  local name = answer.provider or "nobody"
  return text.clean(answer.model and ("%s (%s)"):format(name, answer.model) or name)
end

-- "openai/m: overloaded, retry; anthropic/n: timeout, failover"
local function failures_of(trail)
  local said = {}
  for _, step in ipairs(trail or {}) do
    if step.reason then
      said[#said + 1] = ("%s: %s"):format(step.endpoint, step.reason)
        .. (step.action and ", " .. step.action or "")
    end
  end
  return #said > 0 and table.concat(said, "; ") or nil
end

local function add_warnings(page, answer)
  local failures = failures_of(answer.trail)
  if answer.fallback_from then
    local from = text.clean(answer.fallback_from)
    page:add(page:paint("yellow", ("Fallback: %s could not be used"):format(from)))
  end
  if failures then page:paragraph(failures, "Tried: ", "  ") end
  for _, warning in ipairs(answer.warnings or {}) do
    page:paragraph(warning, "Note: ", "  ")
  end
end

-- What was paid; nothing where that is nothing, or not known.
local function cost_text(answer)
  local usd = answer.cost_usd or 0
  return usd > 0 and " for " .. output.dollars(usd) or ""
end

--- An answer for a person.
---@param file string what was read
---@param answer vision.Response one of success
---@param terminal vision.cli.Terminal
---@return string
function output.block(file, answer, terminal)
  local page = output.page(terminal)
  local time = output.duration(answer.processing_time_ms)
  page:add(page:paint("bold", text.clean(file))
    .. page:paint("dim", (" - read by %s in %s%s"):format(output.who(answer), time,
      cost_text(answer))))
  add_warnings(page, answer)
  if answer.description then
    add_description(page, answer.description)
    page:add()
    page:paragraph("Confidence: " .. confidence_text(answer), "", "  ")
    if answer.record_id then page:add("Record: " .. answer.record_id) end
  end
  if answer.ocr then add_text(page, answer.ocr) end
  return page:text()
end

--- An answer for a program: one JSON object on one line, with the file it is about.
---@param file string
---@param answer vision.Response
---@return string
function output.json_line(file, answer)
  local object = require("vision.response").to_json(answer)
  object.file = file
  return require("vision.base.json").encode(object) .. "\n"
end

return output
