-- SPDX-License-Identifier: MIT
-- Text of a drawing without any reading of it: words with boxes and confidences, from the text
-- layer of a PDF or recognised in the picture.

local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local lines = require "vision.reading.lines"
local pages = require "vision.drawing.pages"
local upright = require "vision.reading.upright"

local transcript = {}

--- What `ocr_provider` may be.
transcript.PROVIDERS = { "auto", "text_layer", "tesseract" }

local DEFAULT_DPI = 200

-- Its boxes lie on the page as people see it, however that lies.
local function on_page(found)
  upright.onto_page(found.upright, found.words)
  found.width, found.height = found.upright.width, found.upright.height
  return found
end

--- What looks into images; a spec gives its own.
---   info(image) -> { pages =, encrypted = }
---   text_layer(image, page, dpi) -> { words = … } | nil (there is none)
---   recognise(image, page, dpi) -> { words = … }
transcript.READER = {
  info = function(image) return require("vision.reading.reader").info(image) end,
  available = function() return require("vision.reading.reader").available() end,
  text_layer = function(image, page, dpi)
    return require("vision.reading.text_layer").read(image, page, dpi)
  end,
  -- The first pass is the upright one; the others only serve the reading of call-outs.
  recognise = function(image, page, dpi)
    local recogniser = require "vision.reading.ocr"
    local found, err = recogniser.read(image, page, dpi, { recogniser.PASSES[1] })
    return found and on_page(found), err
  end,
}

---@class vision.OcrWord
---@field text string
---@field box integer[]        x, y, width, height in pixels of the page at `dpi`
---@field confidence number?   0..1
---@field page integer

---@class vision.OcrResult
---@field text string
---@field words vision.OcrWord[]
---@field pages { page: integer, width: integer, height: integer, dpi: number, provider: string }[]
---@field provider string      "text_layer", "tesseract", or "mixed" where pages differ
---@field warnings string[]
---@field processing_time_ms number

local function pages_to_read(reader, image, options)
  local info, err = reader.info(image)
  if not info then
    return nil, errors.from(err)
  elseif info.encrypted and not info.pages then
    return nil, errors.new("encrypted", "the PDF is encrypted: save it without a password")
  end
  return pages.choose(options, info.pages or 1)
end

local function picture_page(reader, image, page, dpi)
  local found, err = reader.recognise(image, page, dpi)
  if not found then return nil, errors.from(err) end
  return found, "tesseract"
end

-- "auto" prefers what the file says to what its picture looks like, where it says anything.
local function read_page(reader, image, page, options)
  local dpi = options.dpi or DEFAULT_DPI
  if options.ocr_provider == "tesseract" or image:type() ~= "pdf" then
    return picture_page(reader, image, page, dpi)
  end
  local found, err = reader.text_layer(image, page, dpi)
  if found then return found, "text_layer" end
  if err then return nil, errors.from(err) end
  if options.ocr_provider == "text_layer" then return { words = {}, dpi = dpi }, "text_layer" end
  return picture_page(reader, image, page, dpi)
end

local function page_text(words)
  local texts = {}
  for i, segment in ipairs(lines.segments(words)) do
    texts[i] = segment.text
  end
  return table.concat(texts, "\n")
end

local function add_page(result, found, page, provider)
  for _, word in ipairs(found.words) do
    result.words[#result.words + 1] = {
      text = word.text, box = word.box, confidence = word.confidence, page = page,
    }
  end
  result.pages[#result.pages + 1] = {
    page = page, width = found.width, height = found.height, dpi = found.dpi, provider = provider,
  }
  if result.provider and result.provider ~= provider then provider = "mixed" end
  result.provider = provider
end

-- The name of who reads, where it may be asked.
local function check(image, name)
  local known = false
  for _, one in ipairs(transcript.PROVIDERS) do
    known = known or name == one
  end
  if not known then
    return nil, errors.new("invalid_option", ("the OCR provider is '%s'; it must be one of: %s")
      :format(tostring(name), table.concat(transcript.PROVIDERS, ", ")))
  end
  if name == "text_layer" and image:type() ~= "pdf" then
    return nil, errors.new("invalid_option",
      ("a %s has no text layer, only a PDF may have one: use tesseract or auto")
        :format(image:type()))
  end
  return true
end

local function read_pages(reader, image, wanted, options)
  local result = { words = json.array(), pages = json.array() }
  local texts = {}
  for _, page in ipairs(wanted) do
    local found, provider = read_page(reader, image, page, options)
    if not found then return nil, provider end
    add_page(result, found, page, provider)
    texts[#texts + 1] = page_text(found.words)
  end
  result.text = table.concat(texts, "\n\n")
  return result
end

--- Reads the text of an image's pages. Waits, as everything here does.
---@param image vision.Image
---@param options? { ocr_provider: string?, pages: integer[]?, page: integer?, dpi: number? } auto;
---  the first page; 200
---@param reader table? `transcript.READER` by default
---@return vision.OcrResult|nil
---@return vision.error? err
function transcript.read(image, options, reader)
  local started = clock.mono()
  options, reader = options or {}, reader or transcript.READER
  local ok, err = check(image, options.ocr_provider or "auto")
  if not ok then return nil, err end
  local wanted, warning
  wanted, err, warning = pages_to_read(reader, image, options)
  if not wanted then return nil, err end
  local result
  result, err = read_pages(reader, image, wanted, options)
  if not result then return nil, err end
  result.warnings = json.array { warning }
  result.processing_time_ms = math.floor((clock.mono() - started) * 1e6 + 0.5) / 1000
  return result
end

return transcript
