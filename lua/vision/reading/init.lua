-- SPDX-License-Identifier: MIT
-- The local reading: what a drawing says, read on this machine with no key. PDF text layer where there is one, OCR, and the
-- grammar of call-outs.
local confidence = require "vision.reading.confidence"
local errors = require "vision.base.error"
local kind = require "vision.reading.kind"
local ocr = require "vision.reading.ocr"
local page_reading = require "vision.reading.page"
local reader = require "vision.reading.reader"
local summary = require "vision.reading.summary"
local text_layer = require "vision.reading.text_layer"

local reading = {}

reading.DPI = 200
reading.MAXIMUM_PAGES = 50

local function now()
  return require("vision.core").mono()
end

local function pages_of(options, info)
  local wanted = options.pages or { options.page or 1 }
  if #wanted == 0 then
    return nil, errors.new("invalid_option", "`pages` is empty: name at least one page")
  elseif #wanted > reading.MAXIMUM_PAGES then
    return nil, errors.new("too_many_pages",
      ("%d pages asked for; one reading takes at most %d. Name fewer with `pages`."):format(#wanted, reading.MAXIMUM_PAGES))
  end
  for _, number in ipairs(wanted) do
    if number < 1 or number > info.pages then
      return nil, errors.new("invalid_option",
        ("page %d was asked for; the drawing has %d. Pages count from 1."):format(number, info.pages))
    end
  end
  return wanted
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
  wanted, err = pages_of(options, info)
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

local function collect(image, options)
  local all = { callouts = {}, notes = {}, segments = {}, title_block = {}, warnings = {}, sizes = {} }
  local info, err = each_page(image, options, function(layer, seen, number, warning)
    local one = page_reading.read(layer, seen, number)
    append(all.callouts, one.callouts)
    append(all.notes, one.notes)
    append(all.segments, one.segments)
    for field, value in pairs(one.title_block) do
      all.title_block[field] = all.title_block[field] or value
    end
    all.missing, all.unit = all.missing or one.missing, all.unit or one.unit
    all.sizes[#all.sizes + 1] = { page = number, width = one.width, height = one.height,
      dpi = (seen or layer).dpi }
    if warning then
      all.warnings[#all.warnings + 1] = ("page %d: only the text layer was read, OCR failed: %s"):format(number,
        warning.message or tostring(warning))
    end
  end)
  if not info then
    return nil, err
  end
  if info.pages > 1 and not (options.pages or options.page) then
    all.warnings[#all.warnings + 1] = ("the drawing has %d pages and only the first is read: "
      .. "choose with `pages`"):format(info.pages)
  end
  return all, info
end

local function texts(segments)
  local list = {}
  for _, segment in ipairs(segments) do
    if (segment.confidence or 1) >= 0.4 and segment.text:find "%w" then
      list[#list + 1] = segment.text
    end
  end
  return list
end

--- Reads a drawing.
---@param image userdata  An image handle.
---@param options? table  pages|page (numbers from 1; default the first), dpi (200), ocr_provider ("auto", "tesseract",
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
  local drawing = {
    kind = kind.of(all.segments, all.callouts, all.title_block), units = all.unit, pages = info.pages,
    title_block = all.title_block, callouts = all.callouts, notes = all.notes, missing = all.missing,
    dpi = all.sizes[1].dpi, sheets = all.sizes,
  }
  if drawing.kind ~= "mechanical" then
    drawing.text = texts(all.segments)
    drawing.callouts = kind.callouts(drawing.kind, all.callouts)
  end
  local figure, reasons = confidence.of_reading(drawing.callouts, all.segments)
  return {
    schema = 1, summary = summary.sentence(drawing), details = summary.details(drawing), confidence = figure,
    confidence_reasons = reasons, drawing = drawing, provider = "local", parsed = true, grounding = "image",
    warnings = all.warnings, processing_time_ms = (now() - started) * 1000,
  }
end

local function add_words(words, source)
  for _, word in ipairs(source) do
    words[#words + 1] = { text = word.text, box = word.box, confidence = word.confidence, page = word.page,
      rotation = word.rotation }
  end
end

local function transcript_words(layer, seen, number, into)
  local source = layer or seen
  for _, word in ipairs(source.words) do
    word.page = number
  end
  add_words(into.words, source.words)
  local segments = require("vision.reading.lines").segments(source.words)
  for _, segment in ipairs(segments) do
    into.lines[#into.lines + 1] = segment.text
  end
  into.provider = layer and "text_layer" or into.provider
end

--- The text of a drawing, with the box and the confidence of each word.
---@param image userdata
---@param options? table  As for `read`; ocr_provider "auto" takes the text layer where there is one.
---@return { text: string, words: table[], provider: string, processing_time_ms: number }|nil result
---@return table|nil err
function reading.transcript(image, options)
  options = options or {}
  local started = now()
  local into = { words = {}, lines = {}, provider = "tesseract" }
  local info, err = each_page(image, options, function(layer, seen, number)
    transcript_words(layer, seen, number, into)
  end)
  if not info then
    return nil, err
  end
  return { text = table.concat(into.lines, "\n"), words = into.words, provider = into.provider,
    processing_time_ms = (now() - started) * 1000 }
end

return reading
