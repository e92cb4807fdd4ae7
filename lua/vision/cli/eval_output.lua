-- SPDX-License-Identifier: MIT
-- What `vision eval` found, for people and for programs.

local output = require "vision.cli.output"
local text = require "vision.cli.text"

local eval_output = {}

-- Name of a figure -> head of its column.
local HEADS = {
  number_recall = "recall", number_precision = "prec.", number_f1 = "F1", callouts = "calls",
  diameters = "diam.", frames = "frames", title_block = "title", invented = "inv.",
}

-- Name of a finding -> what it is called where it counts, and where it is gone.
local FINDINGS = {
  callouts = { "call-outs", "call-outs" }, diameters = { "diameters", "diameters" },
  frames = { "frames", "frames" }, title_block = { "title block", "title block" },
  misread = { "misread", "no longer misread" }, invented = { "invented", "no longer invented" },
}

local MISSED, GONE = 1, 2

local function scores()
  return require "vision.reading.eval"
end

-- ---- for people ----

local function share(figure)
  return ("%.3f"):format(figure)
end

local function movement(figure)
  return figure == 0 and "=" or ("%+.3f"):format(figure)
end

local function table_rows(names, result, cell)
  local order = scores().FIGURES
  local rows = { { "drawing" } }
  local function add(name, figures)
    local row = { text.clean(name) }
    for i, figure in ipairs(order) do
      row[i + 1] = figures[figure] and cell(figures[figure]) or "-"
    end
    rows[#rows + 1] = row
  end
  for i, figure in ipairs(order) do
    rows[1][i + 1] = HEADS[figure]
  end
  for _, name in ipairs(names) do
    add(name, result.each[name])
  end
  add("ALL", result.total)
  return rows
end

-- One paragraph for each sheet and kind of finding; nothing where there is none.
local function add_findings(page, title, names, lists_of, word)
  local lines = {}
  for _, name in ipairs(names) do
    for _, finding in ipairs(scores().FINDINGS) do
      local list = lists_of(name)[finding]
      if #list > 0 then
        lines[#lines + 1] = ("%s, %s: %s"):format(name, FINDINGS[finding][word],
          table.concat(list, " · "))
      end
    end
  end
  if #lines > 0 then page:heading(title) end
  for _, line in ipairs(lines) do
    page:paragraph(line, "  ", "      ")
  end
end

local function add_absent(page, names, what)
  if #names > 0 then page:paragraph(what .. ": " .. table.concat(names, ", "), "  ", "      ") end
end

local function add_comparison(page, names, compared, file)
  local both = {}
  for _, name in ipairs(names) do
    if compared.each[name] then both[#both + 1] = name end
  end
  page:heading(("Against %s"):format(text.clean(file)))
  page:columns(table_rows(both, compared, movement))
  add_absent(page, compared.only_before, "no longer among the sheets")
  add_absent(page, compared.only_now, "new among the sheets")
  add_findings(page, "Gained", both, function(name) return compared.each[name].gained end, GONE)
  add_findings(page, "Lost", both, function(name) return compared.each[name].lost end, MISSED)
end

--- The result for a person.
---@param result table      of `vision eval`: names, each, total
---@param compared table?   of `vision.reading.comparison`
---@param file string?      what it was compared with
---@param terminal vision.cli.Terminal
---@return string
function eval_output.text(result, compared, file, terminal)
  local page = output.page(terminal)
  page:columns(table_rows(result.names, result, share))
  add_findings(page, "Missed or wrong", result.names,
    function(name) return result.each[name].findings end, MISSED)
  if compared then add_comparison(page, result.names, compared, file) end
  return page:text()
end

-- ---- for programs ----

local function lists_json(lists)
  local json = require "vision.base.json"
  local copy = {}
  for name, list in pairs(lists) do
    copy[name] = json.array(list)
  end
  return copy
end

-- Sheets with every figure, null where there is none, and their lists.
local function sheets_json(each, fields)
  local json = require "vision.base.json"
  local sheets = {}
  for name, sheet in pairs(each) do
    sheets[name] = json.with_nulls(sheet, scores().FIGURES)
    for _, field in ipairs(fields) do
      sheets[name][field] = lists_json(sheet[field])
    end
  end
  return sheets
end

local function compared_json(compared)
  local json = require "vision.base.json"
  return {
    total = json.with_nulls(compared.total, scores().FIGURES),
    each = sheets_json(compared.each, { "gained", "lost" }),
    only_before = compared.only_before, only_now = compared.only_now,
  }
end

local function calibration_json(found)
  local json = require "vision.base.json"
  return {
    drawings = found.drawings, readers = found.readers, distance = found.distance,
    bins = json.array(found.bins), risk = json.array(found.risk),
  }
end

--- The result for a program; what --save writes, too.
---@param result table
---@param compared table?
---@return string line
function eval_output.json(result, compared)
  local json = require "vision.base.json"
  return json.encode {
    drawings = #result.names,
    unread = json.array(result.unread),
    total = json.with_nulls(result.total, scores().FIGURES),
    each = sheets_json(result.each, { "findings" }),
    compared = compared and compared_json(compared),
    calibration = result.calibration and calibration_json(result.calibration),
  } .. "\n"
end

return eval_output
