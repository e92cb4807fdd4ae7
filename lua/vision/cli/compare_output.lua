-- SPDX-License-Identifier: MIT
-- What `vision compare` found, for people and for programs.

local output = require "vision.cli.output"
local text = require "vision.cli.text"

local compare_output = {}

-- ---- for people ----

local SAME, OTHER, NOTHING = "=", "x", "-"

local function outcome(one)
  if not one.success then return one.error.reason end
  return one.result.provider == "stub" and "fixed answer" or "read"
end

-- Providers have numbers, which stand over the columns of what they said.
local function provider_row(number, name, one)
  local drawing = one.result and one.result.drawing
  return {
    tostring(number), text.clean(name), outcome(one),
    one.success and output.percent(one.confidence) or "",
    drawing and text.count(#drawing.callouts, "call-out") or "",
    output.duration(one.time_ms),
  }
end

local function add_providers(page, result)
  local rows = {}
  for i, name in ipairs(result.endpoints) do
    rows[i] = provider_row(i, name, result.provider_results[name])
  end
  page:columns(rows, 2)
end

local function set_of(list)
  local set = {}
  for _, word in ipairs(list) do set[word] = true end
  return set
end

-- Who else said something of it.
local function others_of(said)
  local set = {}
  for _, other in ipairs(said.alternatives or {}) do
    for _, name in ipairs(other.sources) do set[name] = true end
  end
  return set
end

-- One way in which it was read, and by whom.
local function row_of(mark, what, confidence, sources, others, names)
  local row, same = { mark, what, confidence }, set_of(sources)
  for _, name in ipairs(names) do
    row[#row + 1] = same[name] and SAME or others[name] and OTHER or NOTHING
  end
  return row
end

-- "!" where somebody says something else, "?" where nobody here has seen the number.
local function mark_of(said)
  return (said.alternatives and "!" or "") .. (said.supported == false and "?" or "")
end

local function add_rows(rows, what, said, names)
  rows[#rows + 1] = row_of(mark_of(said), text.clean(what), output.percent(said.confidence),
    said.sources, others_of(said), names)
  for _, other in ipairs(said.alternatives or {}) do
    rows[#rows + 1] = row_of("", "  or: " .. text.clean(other.text), "", other.sources, {}, names)
  end
end

local function heading_row(names)
  local row = { "", "", "" }
  for number in ipairs(names) do row[#row + 1] = tostring(number) end
  return row
end

local function add_title_block(page, drawing, names)
  local fields = {}
  for name in pairs(drawing.title_block_votes) do fields[#fields + 1] = name end
  if #fields == 0 then return end
  table.sort(fields)
  local rows = { heading_row(names) }
  for _, name in ipairs(fields) do
    local choice = drawing.title_block_votes[name]
    add_rows(rows, name:gsub("_", " ") .. ": " .. choice.text, choice, names)
  end
  page:heading "Title block"
  page:columns(rows, 2)
end

local function add_callouts(page, title, callouts, names)
  if #callouts == 0 then return end
  local rows = { heading_row(names) }
  for _, callout in ipairs(callouts) do add_rows(rows, callout.text, callout, names) end
  page:heading(("%s (%d)"):format(title, #callouts))
  page:columns(rows, 2)
end

-- Who said what is a matter of votes, whatever the strategy was.
local function votes_of(result)
  local selected = result.selected_result
  if selected and selected.provider == "consensus" then return selected end
  local inputs = {}
  for _, name in ipairs(result.endpoints) do
    local reading = result.provider_results[name].result
    if reading then inputs[#inputs + 1] = { name = name, reading = reading } end
  end
  return require("vision.ensemble.consensus").of(inputs)
end

local function add_selected(page, result)
  local selected = result.selected_result
  if not selected then return page:add "Nobody could read it." end
  page:add()
  page:paragraph(selected.summary, "")
  page:paragraph(("By %s: %s, confidence %s"):format(text.clean(result.strategy_used),
    text.clean(selected.provider == "consensus" and "all of them" or result.selected_provider),
    output.percent(selected.confidence)), "")
end

local LEGEND = "= read so · x read otherwise · - not read · ! there is dissent · ? holds a number "
  .. "that was not seen on the sheet here"

--- The comparison for a person.
---@param file string
---@param result vision.ComparisonResult
---@param terminal vision.cli.Terminal
---@return string
function compare_output.text(file, result, terminal)
  local page = output.page(terminal)
  page:add(page:paint("bold", text.clean(file)) .. page:paint("dim", (" - %d of %d read it in %s")
    :format(result.success_count, result.providers_compared,
      output.duration(result.total_time_ms))))
  add_providers(page, result)
  add_selected(page, result)
  local votes = votes_of(result)
  if votes then
    add_title_block(page, votes.drawing, result.endpoints)
    add_callouts(page, "Call-outs", votes.drawing.callouts, result.endpoints)
    add_callouts(page, "Too few read", votes.drawing.unconfirmed, result.endpoints)
    page:add()
    page:paragraph(LEGEND, "")
  end
  return page:text()
end

--- The comparison for a program.
---@param file string
---@param result vision.ComparisonResult
---@return string line
function compare_output.json(file, result)
  local object = require "vision.ensemble.comparison_json"(result)
  object.file = file
  return require("vision.base.json").encode(object) .. "\n"
end

--- One JSON object of a comparison that did not come about, with the same keys and why.
---@param file string
---@param strategy string
---@param err vision.error
---@param words string  for people
---@return string line
function compare_output.json_failure(file, strategy, err, words)
  local object = require "vision.ensemble.comparison_json" {
    provider_results = {}, endpoints = {}, total_time_ms = 0, strategy_used = strategy,
    success_count = 0, providers_compared = 0, confidence_scores = {},
  }
  object.endpoints = require("vision.base.json").array {}
  object.file, object.error, object.code, object.reason = file, words, err.code, err.reason
  return require("vision.base.json").encode(object) .. "\n"
end

return compare_output
