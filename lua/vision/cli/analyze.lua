-- SPDX-License-Identifier: MIT
-- vision analyze: reads drawings.

local file = require "vision.base.file"
local files = require "vision.cli.files"
local options = require "vision.cli.options"
local tower = require "vision.cli.tower"

local analyze = {}

analyze.summary = "Read drawings"
analyze.description = [[
Reads each drawing and shows its title block, call-outs (dimensions, threads, frames, roughness)
and notes.

Without a key the drawing is read on this machine. With a key in the environment the picture is
sent to that provider; --local-only forbids it.]]

analyze.examples = {
  { "vision analyze flange.pdf", "read a drawing, for a person" },
  { "vision analyze --json *.pdf >readings.jsonl", "one JSON object a line, failures too" },
  { "vision analyze --csv shaft.png >callouts.csv", "the call-outs as a table" },
  { "vision analyze --overlay seen.png --csv shaft.pdf >inspection.csv",
    "the ballooned drawing and its inspection list" },
  { "vision analyze --provider anthropic --pages 1,3 set.pdf", "ask a model about two pages" },
  { "vision analyze --store records.db --tag urgent shaft.pdf",
    "keep a record, for 'vision records'" },
  { "curl -s https://example.org/part.png | vision analyze -", "read standard input" },
}

function analyze.configure(command, words)
  options.files(command)
  options.provider(command)
  options.prompt(command, words.prompts)
  options.tile(command)
  options.pages_and_dpi(command)
  options.text_layer(command)
  command:flag "--ocr"
    :description "Add the recognised text, with boxes, to the answer."
  local json = command:flag "--json"
    :description "Print the answer as JSON, one object a line, with the same keys on failure."
  local csv = command:flag "--csv"
    :description "Print the call-outs as CSV."
  command:mutex(json, csv)
  command:option "--overlay" :argname "FILE"
    :description("Write a picture of the sheet, SVG or PNG by the name's end, with every call-out "
      .. "outlined and numbered as in the list. Takes one drawing; further pages get names with "
      .. "their number: FILE-2.png.")
  command:flag "--stream"
    :description "Show on standard error what a model says while it says it."
  options.timeout(command)
  tower.fallback(command)
  tower.records(command)
  tower.options(command)
end

-- The text of a model as it arrives. It goes to stderr, so that stdout keeps the one whole answer.
local function show_events(context, progress)
  local text = require "vision.cli.text"
  return function(event)
    if event.event_type == "partial" and event.data.text then
      progress:clear()
      context.err:write((event.data.text:gsub("[^\n]+", text.clean)))
      context.err:flush()
    elseif event.event_type == "complete" then
      context.err:write "\n"
    end
  end
end

local function request_of(given, context, path, progress)
  return {
    file = files.name(path),
    tags = given.tags[1] and given.tags,
    include_ocr = given.ocr or false,
    prompt = given.prompt,
    variables = options.variables(given.variables),
    pages = given.pages,
    dpi = given.dpi,
    no_text_layer = given.no_text_layer,
    local_only = given.local_only,
    on_event = given.stream and show_events(context, progress) or nil,
    on_progress = progress:reporter(),
  }
end

-- "seen.png" for the first page that was read, "seen-3.png" for page 3 after it.
local function overlay_name(path, index, page)
  if index == 1 then return path end
  return (path:gsub("%.%w+$", ("-%d%%0"):format(page)))
end

local function write_overlay(path, answer, image)
  local overlay = require "vision.reading.overlay"
  local draw = overlay[path:lower():match "%.(%w+)$"]
  local drawing = answer.description.drawing
  for index, sheet in ipairs(drawing and drawing.sheets or { {} }) do
    local picture, err = draw(image, drawing, { page = sheet.page })
    local ok
    if picture then
      ok, err = files.write(overlay_name(path, index, sheet.page), picture)
    end
    if not ok then return nil, err end
  end
  return true
end

local function show_with(given)
  if not given.csv then return require("vision.cli.output").block end
  local csv = require "vision.reading.csv"
  local first = true
  return function(path, answer)
    local drawing = answer.description.drawing or {}
    local rows = csv.rows(drawing.callouts or {}, {
      header = first,
      file = #given.files > 1 and path or nil,
    })
    first = false
    return rows
  end
end

-- What is wrong with an overlay, before anybody is asked and paid.
local function overlay_fault(path, file_count)
  local kind = path:lower():match "%.(%w+)$"
  if file_count > 1 then return "--overlay takes one drawing at a time" end
  if kind ~= "svg" and kind ~= "png" then
    return ("--overlay writes FILE.svg or FILE.png, not '%s'"):format(path)
  elseif not file.exists((path:match "^.*/" or "") .. ".") then
    return ("--overlay: cannot write %s: there is no such folder"):format(path)
  end
end

function analyze.run(given, context)
  local fault = given.overlay and overlay_fault(given.overlay, #given.files)
  if fault then return 2, fault end
  local make, close = tower.maker(given, context)
  local manager = options.manager(given, context, nil, make)
  local code = files.each({
    files = given.files,
    json = given.json,
    plain = given.csv,
    show = show_with(given),
    analyze = function(path, progress)
      return files.analyze(manager, path, request_of(given, context, path, progress),
        given.timeout)
    end,
    done = given.overlay and function(_, answer, image)
      return write_overlay(given.overlay, answer, image)
    end,
  }, context)
  close()
  return code
end

return analyze
