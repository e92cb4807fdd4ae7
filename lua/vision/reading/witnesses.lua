-- SPDX-License-Identifier: MIT
-- The two witnesses of a page: what the file says (its text layer) and what its picture shows
-- (OCR). Both are brought onto one upright sheet, and each is only believed as far as it can be.

local hidden_text = require "vision.reading.hidden_text"
local ocr = require "vision.reading.ocr"
local reader = require "vision.reading.reader"
local script = require "vision.reading.script"
local task = require "vision.base.task"
local text_layer = require "vision.reading.text_layer"
local upright = require "vision.reading.upright"

local witnesses = {}

---@class vision.reading.Witnesses
---@field layer table?   words of the text layer: { width, height, dpi, words }
---@field seen table?    words of OCR, on the same sheet; see `ocr.read`
---@field upright vision.reading.Upright  how the page lay
---@field warnings string[]

local function warn(found, text, ...)
  found.warnings[#found.warnings + 1] = text:format(...)
end

-- ---- OCR ----

-- Words of one more look, with all models that the machine has; nil where there is only the English
-- one, or where they do not help either.
local function words_of_all_models(image, page, turn)
  local about = reader.available()
  local models = about and script.further_models(about.languages)
  local seen = models and ocr.read(image, page.number, page.dpi, { ocr.PASSES[1] },
    { turn = turn, languages = models })
  return seen and script.is_known(seen.words) and seen.words or nil
end

local function check_script(image, page, found)
  local seen = found.seen
  if script.is_known(seen.words) then
    return
  end
  local words = words_of_all_models(image, page, seen.upright.turn)
  seen.words = script.join(seen.words, words or {})
  for index, more in ipairs(seen.more) do
    seen.more[index] = script.numbers_only(more)
  end
  seen.again = seen.again and script.numbers_only(seen.again)
  if not words then
    warn(found, "page %d: its words cannot be read and are left out, only numbers are kept: they "
      .. "are in a script that no installed model of Tesseract knows (for Russian: apt-get install "
      .. "tesseract-ocr-rus), or too small or blurred", page.number)
  end
end

local function read_picture(image, page, found)
  local seen, err = ocr.read(image, page.number, page.dpi)
  if not seen then
    return nil, err
  end
  found.seen, found.upright = seen, seen.upright
  check_script(image, page, found)
  return found
end

-- ---- the text layer ----

local function layer_alone(page, found)
  local layer = found.layer or
    { width = page.width, height = page.height, dpi = page.dpi, words = {} }
  local turned, size = upright.quarters(layer.width, layer.height,
    upright.turn_of(layer.words) or 0)
  upright.onto_sheet(turned, layer, size)
  found.layer, found.upright = layer, turned
  return found
end

-- Beside a text layer the picture only has to show signs, and what was drawn as lines. The engine
-- and the net look side by side.
local function see_beside_layer(image, page, turn)
  local function look(pass, frames)
    return function()
      return ocr.read(image, page.number, page.dpi, { pass }, { turn = turn, frames = frames })
    end
  end
  local looks, stopped = task.gather {
    look(ocr.PASSES[1], false), look({ step = "lettering" }, true),
  }
  if not looks then
    return nil, stopped
  end
  local engine, net = looks[1], looks[2]
  if not (engine[1] and net[1]) then
    return nil, engine[2] or net[2]
  end
  local seen = engine[1]
  seen.more, seen.frames = { net[1].words }, net[1].frames
  return seen
end

local function read_both(image, page, found)
  local seen, err = see_beside_layer(image, page, upright.turn_of(found.layer.words))
  if not seen and (err.reason == "cancelled" or err.reason == "timeout") then
    return nil, err
  elseif not seen then
    warn(found, "page %d: only the text layer was read, OCR failed: %s", page.number, tostring(err))
    return layer_alone(page, found)
  end
  found.seen, found.upright = seen, seen.upright
  if seen.upright.dpi ~= page.dpi then -- a page too large to be drawn as finely as asked for
    found.layer, err = text_layer.read(image, page.number, seen.upright.dpi)
    if not found.layer then
      return nil, err
    end
  end
  upright.onto_sheet(found.upright, found.layer, found.seen)
  if not hidden_text.is_foreign(found.layer.words, found.seen.words) then
    return found
  end
  found.layer = nil
  warn(found, "page %d: its text layer is set aside: it holds other words than the page shows",
    page.number)
  return read_picture(image, page, found)
end

--- Asks them about one page.
---@param image userdata
---@param page { number: integer, dpi: number, pdf: boolean?, width: number?, height: number? }
---@param options { no_text_layer: boolean?, ocr_provider: string? }
---@return vision.reading.Witnesses|nil
---@return vision.error? err
function witnesses.ask(image, page, options)
  local found = { warnings = {} }
  if page.pdf and not options.no_text_layer and options.ocr_provider ~= "tesseract" then
    local err
    found.layer, err = text_layer.read(image, page.number, page.dpi)
    if err then
      return nil, err
    end
  end
  if options.ocr_provider == "text_layer" then
    return layer_alone(page, found)
  elseif found.layer then
    return read_both(image, page, found)
  end
  return read_picture(image, page, found)
end

return witnesses
