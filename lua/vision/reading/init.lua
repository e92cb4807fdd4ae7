-- SPDX-License-Identifier: MIT
-- The local reading: what a drawing says, read on this machine with no key. PDF text layer where
-- there is one, OCR, and the grammar of call-outs. Each page is a sheet with a reading of its own.
local clock = require "vision.base.clock"
local confidence = require "vision.reading.confidence"
local errors = require "vision.base.error"
local page_reading = require "vision.reading.page"
local pages = require "vision.drawing.pages"
local reader = require "vision.reading.reader"
local sheets = require "vision.reading.sheets"
local summary = require "vision.reading.summary"
local task = require "vision.base.task"
local witnesses = require "vision.reading.witnesses"

local reading = {}

reading.DPI = 200

local function progress(options, done, total)
  if options.on_progress then
    options.on_progress(done, total)
  end
end

local function describe(image)
  local info, err = reader.info(image)
  if not info then
    return nil, err
  end
  if info.encrypted and not info.pages then
    return nil, errors.new("encrypted", "the PDF is encrypted: save it without a password")
  end
  info.pages = info.pages or 1
  info.pdf = info.type == "pdf"
  return info
end

local function pixels(points, dpi)
  return points and math.ceil(points * dpi / 72)
end

local function read_page(image, number, info, options)
  local dpi = options.dpi or reading.DPI
  local found, err = witnesses.ask(image, { number = number, dpi = dpi, pdf = info.pdf,
    width = info.width or pixels(info.width_points, dpi),
    height = info.height or pixels(info.height_points, dpi) }, options)
  if not found then
    return nil, err
  end
  return sheets.new(page_reading.read(found.layer, found.seen, number), found), found.warnings
end

-- All pages at once: the pool has a process a core and lets the others wait.
local function read_pages(image, wanted, info, options)
  local jobs, done = {}, 0
  progress(options, 0, #wanted)
  for index, number in ipairs(wanted) do
    jobs[index] = function()
      local sheet, more = read_page(image, number, info, options)
      done = done + 1
      progress(options, done, #wanted)
      return sheet, more
    end
  end
  return task.gather(jobs)
end

local function append(list, more)
  for _, item in ipairs(more) do
    list[#list + 1] = item
  end
end

-- The sheets that could be read. One bad page does not take the others with it; it is told.
local function collect(image, options)
  local info, err = describe(image)
  if not info then
    return nil, err
  end
  local wanted, results, warning
  wanted, err, warning = pages.choose(options, info.pages)
  if wanted then
    results, err = read_pages(image, wanted, info, options)
  end
  if not results then
    return nil, err
  end
  local list, warnings = {}, { warning }
  for index, result in ipairs(results) do
    local sheet, more = result[1], result[2]
    if sheet then
      list[#list + 1] = sheet
      append(warnings, more)
    else
      err = err or more
      warnings[#warnings + 1] = ("page %d could not be read: %s"):format(wanted[index],
        more.message)
    end
  end
  if #list == 0 then
    return nil, err
  end
  return list, warnings, info
end

--- Reads a drawing.
---@param image userdata  An image handle.
---@param options? table pages|page (numbers from 1; default the first), dpi (200), ocr_provider
---  ("auto", "tesseract",
---  "text_layer"), no_text_layer (true: pictures only), on_progress(done, total).
---@return table|nil reading  The reading (see DESIGN "The reading").
---@return table|nil err
function reading.read(image, options)
  options = options or {}
  local started = clock.mono()
  local list, warnings, info = collect(image, options)
  if not list then
    return nil, warnings
  end
  local drawing, segments = sheets.drawing(list, info.pages)
  local figure, reasons = confidence.of_reading(drawing.callouts, segments, drawing.items)
  return {
    schema = 1, provider = "local", parsed = true, grounding = "image",
    summary = sheets.summary(list, drawing), details = summary.details(drawing),
    confidence = figure, confidence_reasons = reasons, drawing = drawing,
    warnings = warnings, processing_time_ms = (clock.mono() - started) * 1000,
  }
end

return reading
