-- SPDX-License-Identifier: MIT
-- What a picture of a page says. A reading is a list of passes over the page, all done by the
-- reader in one job; each gives words with boxes in pixels of the page. The first pass finds most:
-- sparse text (psm 12) at about 200 dpi; what the others add is measured in bench/reading.md.

local reader = require "vision.reading.reader"
local pose = require "vision.reading.upright"

local ocr = {}

-- Lettering of 2.5 to 3.5 mm is 20 to 28 pixels high here; larger is read worse, not better.
local BEST_DPI = 200
-- A picture this small on its long side is a screenshot or a thumbnail: its letters are too low.
local SMALL = 1300
-- Resolutions that programs write when they know none.
local UNKNOWN_DPI = 150

--- How a page is looked at. `words` is Tesseract, at the scale it reads best: it knows whole words,
--- notes and title blocks. `lettering` is the reader's own net: it finds call-outs at every angle
--- and knows their signs; its second look reads what lines divide or touch. `unline` takes long
--- lines out, which frees lettering that touches one.
ocr.PASSES = {
  { step = "words", psm = 12 },
  { step = "lettering", looks = 2 },
  { step = "words", psm = 11, unline = true },
}

-- The factor that brings a page near to the resolution at which it is read best.
local function scale_of(opened)
  if opened.dpi and (opened.dpi > UNKNOWN_DPI or not opened.width) then
    return opened.dpi > 1.15 * BEST_DPI and BEST_DPI / opened.dpi or 1
  end
  return math.max(opened.width, opened.height) < SMALL and 2 or 1
end

local function add_pass(steps, pass, scale, languages)
  steps[#steps + 1] = { "base" }
  if pass.step == "lettering" then
    steps[#steps + 1] = { "lettering", looks = pass.looks }
    return
  end
  if pass.unline then
    steps[#steps + 1] = { "unline" }
  end
  if scale ~= 1 then
    steps[#steps + 1] = { "scale", factor = scale }
  end
  steps[#steps + 1] = { "words", psm = pass.psm, languages = languages, dpi = BEST_DPI }
end

local function keep(words, pass)
  local kept = {}
  for _, word in ipairs(words) do
    if word.text:find "%S" and (pass.step == "lettering" or word.rotation == 0) then
      word.source = pass.step == "lettering" and "lettering" or "ocr"
      kept[#kept + 1] = word
    end
  end
  return kept
end

-- The words of a second look, and of the first where there was no second.
local function with_second_look(looks, pass, words)
  local replaced, all = {}, {}
  for _, look in ipairs(looks) do
    for _, line in ipairs(look.lines) do
      replaced[line] = true
    end
    for _, word in ipairs(keep(look.words, pass)) do
      all[#all + 1] = word
    end
  end
  for _, word in ipairs(words) do
    if not replaced[word.line] then
      all[#all + 1] = word
    end
  end
  return all
end

-- The size of a picture decides its scale, so it is opened once to look and once to read. A PDF
-- page is drawn at the resolution that is asked for.
local function look(image, open, turn)
  if image:type() == "pdf" then
    return { turn = turn }, { dpi = open.dpi }
  end
  local results, err = reader.run(image, pose.steps(open, { turn = turn }))
  if not results then
    return nil, err
  end
  return pose.of(results)
end

--- Recognises the words of one page.
---@param image userdata
---@param page integer   from 1
---@param dpi number     at which a PDF page is drawn; pictures keep their pixels
---@param passes? table  `ocr.PASSES` by default
---@param options? { turn: integer?, languages: string?, frames: boolean? }  how the page is turned,
---  where that is known; models of the engine ("eng"); false: look for no frames
---@return { width: integer, height: integer, dpi: integer?, words: table[], more: table[][],
---  again: table[]?, frames: table[], upright: vision.reading.Upright }|nil page  `words` of the
---  first pass, `more` of the others, `again` of the net's second look (lines that go on in one
---  another read as one, lines that a rule touches read without it), `frames` as the reader's step
---  of that name gives them; on the upright sheet, `upright.onto_page` brings them back
---@return vision.error? err
function ocr.read(image, page, dpi, passes, options)
  passes, options = passes or ocr.PASSES, options or {}
  local open = { "open", page = page, dpi = dpi, gray = true }
  local known, size = look(image, open, options.turn)
  if not known then
    return nil, size
  end
  local steps = pose.steps(open, known)
  if options.frames ~= false then
    steps[#steps + 1] = { "frames" }
  end
  for _, pass in ipairs(passes) do
    add_pass(steps, pass, scale_of(size), options.languages or "eng")
  end
  local results, err = reader.run(image, steps)
  if not results then
    return nil, err
  end
  local lists, again, frames = {}, nil, nil
  for _, result in ipairs(results) do
    if result.words then
      local pass = passes[#lists + 1]
      lists[#lists + 1] = keep(result.words, pass)
      again = again
        or result.again and with_second_look(result.again, pass, lists[#lists])
    end
    frames = frames or result.frames
  end
  local seen, sheet = pose.of(results)
  return { width = sheet.width, height = sheet.height, dpi = sheet.dpi,
    words = table.remove(lists, 1), more = lists, again = again, frames = frames, upright = seen }
end

return ocr
