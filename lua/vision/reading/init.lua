-- SPDX-License-Identifier: MIT
-- The local reading: what a drawing says, read on this machine with no key. PDF text layer where
-- there is one, OCR, and the grammar of call-outs.
local confidence = require "vision.reading.confidence"
local errors = require "vision.base.error"
local items = require "vision.reading.items"
local json = require "vision.base.json"
local kind = require "vision.reading.kind"
local ocr = require "vision.reading.ocr"
local page_reading = require "vision.reading.page"
local pages = require "vision.drawing.pages"
local reader = require "vision.reading.reader"
local summary = require "vision.reading.summary"
local text_layer = require "vision.reading.text_layer"

local reading = {}

reading.DPI = 200

local function now()
  return require("vision.core").mono()
end

local function layer_of(image, info, number, dpi, options)
  if not info.pdf or options.no_text_layer or options.ocr_provider == "tesseract" then
    return nil
  end
  return text_layer.read(image, number, dpi)
end

local function words_of(image, info, number, dpi, options)
  local layer, err = layer_of(image, info, number, dpi, options)
  if err then
    return nil, nil, err
  end
  if options.ocr_provider == "text_layer" then
    return layer or { width = info.width, height = info.height, dpi = dpi, words = {} }
  end
  local seen
  -- Beside a text layer the picture only has to show signs: one pass does.
  seen, err = ocr.read(image, number, dpi, layer and { ocr.PASSES[1] } or nil)
  if not seen and not layer then
    return nil, nil, err
  end
  return layer, seen, nil, err
end

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

-- Reads each page that is asked for and hands its parts to `take`.
local function each_page(image, options, take)
  local info, err = describe(image)
  if not info then
    return nil, err
  end
  local wanted
  wanted, err, info.warning = pages.choose(options, info.pages)
  if not wanted then
    return nil, err
  end
  local dpi = options.dpi or reading.DPI
  for index, number in ipairs(wanted) do
    progress(options, index - 1, #wanted)
    local layer, seen, failed, warning = words_of(image, info, number, dpi, options)
    if failed then
      return nil, failed
    end
    take(layer, seen, number, warning)
  end
  progress(options, #wanted, #wanted)
  return info
end

local function append(list, more)
  for _, item in ipairs(more) do
    list[#list + 1] = item
  end
end

-- Adds what one page says to what the others said; the first page that names a field has it.
local function add_page(all, one, dpi)
  append(all.callouts, one.callouts)
  append(all.datums, one.datums)
  append(all.notes, one.notes)
  append(all.segments, one.segments)
  append(all.bill_of_material, one.bill_of_material)
  append(all.revisions, one.revisions)
  append(all.parts, one.parts)
  append(all.general_tolerances, one.general_tolerances)
  append(all.text_lines, one.text_lines)
  for field, value in pairs(one.title_block) do
    all.title_block[field] = all.title_block[field] or value
  end
  all.missing, all.unit = all.missing or one.region and one.missing, all.unit or one.unit
  table.insert(all.sheets, { page = one.page, width = one.width, height = one.height, dpi = dpi,
    paper = one.paper })
end

local function warn(all, text, ...)
  table.insert(all.warnings, text:format(...))
end

local function collect(image, options)
  local all = { callouts = {}, datums = {}, notes = {}, segments = {}, text_lines = {},
    title_block = {}, warnings = {}, sheets = {}, bill_of_material = {}, revisions = {}, parts = {},
    general_tolerances = {} }
  local info, err = each_page(image, options, function(layer, seen, number, failed)
    add_page(all, page_reading.read(layer, seen, number), (seen or layer).dpi)
    if failed then
      warn(all, "page %d: only the text layer was read, OCR failed: %s", number, tostring(failed))
    end
  end)
  if not info then
    return nil, err
  end
  table.insert(all.warnings, info.warning)
  return all, info
end

local function texts(segments)
  local list = json.array {}
  for _, segment in ipairs(segments) do
    if items.is_text(segment) then
      list[#list + 1] = segment.text
    end
  end
  return list
end

-- A sheet of a part must have a title block; a sketch of another kind need not.
local function no_block(name)
  return name == "mechanical" and { "title block" } or {}
end

local function drawing_of(all, info)
  local name = kind.of(all.text_lines, all.callouts, all.title_block)
  return {
    kind = name, units = all.unit, pages = info.pages, dpi = all.sheets[1].dpi,
    title_block = all.title_block, callouts = kind.callouts(name, all.callouts),
    datums = json.array(all.datums),
    notes = all.notes, missing = all.missing or no_block(name), sheets = all.sheets,
    bill_of_material = json.array(all.bill_of_material), revisions = json.array(all.revisions),
    general_tolerances = json.array(all.general_tolerances), parts = json.array(all.parts),
    text = name ~= "mechanical" and texts(all.text_lines) or nil,
    items = items.read(name, all.text_lines),
  }
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
  local started = now()
  local all, info = collect(image, options)
  if not all then
    return nil, info
  end
  local drawing = drawing_of(all, info)
  local figure, reasons = confidence.of_reading(drawing.callouts, all.segments)
  return {
    schema = 1, provider = "local", parsed = true, grounding = "image",
    summary = summary.sentence(drawing), details = summary.details(drawing),
    confidence = figure, confidence_reasons = reasons, drawing = drawing,
    warnings = all.warnings, processing_time_ms = (now() - started) * 1000,
  }
end

return reading
