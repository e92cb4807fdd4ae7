-- SPDX-License-Identifier: MIT
-- Pictures and PDF files, decoded and read by vision-reader in processes of their own.
--
-- A job is a list of steps that one sending of the file serves: open a page, turn it, cut it,
-- recognise its words, make pictures of it. Words have boxes in pixels of the opened page, upright,
-- whatever was done to the picture in between.

local errors = require "vision.base.error"
local files = require "vision.base.file"
local json = require "vision.base.json"
local task = require "vision.base.task"

local reader = {}

local DEFAULT_DPI = 200
local DEFAULT_TIMEOUT = 120 -- seconds of one job
local NEEDED = "apt-get install libleptonica-dev libtesseract-dev tesseract-ocr-eng poppler-utils, "
  .. "and build again (VISION_READER may name the program elsewhere)"

-- ---- the program and its pool ----

local searchpath = package.searchpath -- luacheck: ignore 143 (both Luas have it)

-- VISION_READER, or the program that was built together with the core.
local function find_program()
  local named = os.getenv "VISION_READER"
  local core = searchpath("vision.core", package.cpath)
  local path = named or (core and core:gsub("[^/]*$", "") .. "vision-reader")
  if path and files.exists(path) then return path end
  return nil, errors.new("missing_library",
    ("the program vision-reader is not at %s: %s"):format(path or "vision/core.so", NEEDED))
end

---A pool of reader processes; the functions below share one unless they are given another.
---@param limits? table workers (one a core), queue (1000 jobs may wait), idle (10 s), memory (4096
---  MiB a process), seconds (300 of processor time a job), pixels (300 million), output (256 MiB)
---@return vision.core.ReaderPool?
---@return vision.error? err "missing_library"
function reader.new_pool(limits)
  local program, err = find_program()
  if not program then return nil, err end
  local options = { program = program }
  for name, value in pairs(limits or {}) do
    options[name] = value
  end
  local pool
  pool, err = require("vision.core").reader_pool(options)
  if not pool then return nil, errors.from(err) end
  return pool
end

local shared -- made at the first use, and again in a forked child

local function shared_pool()
  if shared and shared:usable() then return shared end
  local err
  shared, err = reader.new_pool()
  return shared, err
end

-- ---- steps ----

local function value_text(name, value)
  if type(value) == "number" then return ("%.10g"):format(value) end
  if value == true then return "1" end
  if value == false then return "0" end
  if type(value) ~= "string" or value == "" or value:find "[%s%c]" then
    error(("step option '%s': a number, a boolean or a word expected"):format(name), 4)
  end
  return value
end

-- { "open", page = 1, dpi = 200 } -> "open dpi=200 page=1"
local function step_text(step)
  local parts = {}
  for name, value in pairs(step) do
    if name ~= 1 then parts[#parts + 1] = name .. "=" .. value_text(name, value) end
  end
  table.sort(parts)
  table.insert(parts, 1, step[1])
  return table.concat(parts, " ")
end

local function steps_text(steps)
  local lines = {}
  for index, step in ipairs(steps) do
    lines[index] = step_text(step)
  end
  return table.concat(lines, "\n")
end

local function answer_of(job)
  local text, pictures = job:result()
  if not text then return nil, errors.from(pictures) end
  local answer, err = json.decode(text)
  if not answer then return nil, errors.from(err) end
  return answer.steps, pictures
end

---Runs steps on a file; what they are and answer stands in `vision.reader.Step`.
---@param image userdata handle of an image (`vision.drawing.image`)
---@param steps vision.reader.Step[]
---@param options? { timeout: number?, pool: vision.core.ReaderPool? } seconds of work, 120
---@return table[]? results one for each step
---@return userdata[]|vision.error pictures the images that `encode` and `tiles` made; or why not
function reader.run(image, steps, options)
  options = options or {}
  local text = steps_text(steps)
  local pool, missing = options.pool
  if not pool then
    pool, missing = shared_pool()
  end
  if not pool then return nil, missing end
  local job, err = pool:job(text, image, { timeout = options.timeout or DEFAULT_TIMEOUT })
  if not job then return nil, errors.from(err) end
  local ok, stopped = task.wait(job)
  if not ok then
    job:close()
    return nil, stopped
  end
  local results, pictures = answer_of(job)
  job:close()
  return results, pictures
end

-- ---- what most callers want ----

---What a file is, without decoding it.
---@param image userdata
---@param options? { page: integer?, pool: vision.core.ReaderPool? }
---@return { type: string, page: integer, pages: integer, encrypted: boolean, width: integer?,
---  height: integer?, width_points: number?, height_points: number? }? info size of the page, in
---  pixels, or for PDF in points
---@return vision.error? err
function reader.info(image, options)
  options = options or {}
  local results, err = reader.run(image, { { "info", page = options.page } }, options)
  if not results then return nil, err end
  return results[1]
end

local function page_of(opened, words)
  return { width = opened.width, height = opened.height, dpi = opened.dpi, page = opened.page,
    words = words }
end

---Recognises the words of a page.
---@param image userdata
---@param options? { page: integer?, dpi: integer?, psm: integer?, languages: string?,
---  timeout: number?, pool: vision.core.ReaderPool? } page 1, dpi 200 (of PDF pages), psm 12, "eng"
---@return vision.reader.Page? page `dpi` is the one used; nil where a picture states none
---@return vision.error? err
function reader.words(image, options)
  options = options or {}
  local results, err = reader.run(image, {
    { "open", page = options.page, dpi = options.dpi or DEFAULT_DPI, gray = true },
    { "words", psm = options.psm or 12, languages = options.languages or "eng" },
  }, options)
  if not results then return nil, err end
  return page_of(results[1], results[2].words)
end

---The words that a PDF page says itself; none for pictures.
---@param image userdata
---@param options? { page: integer?, dpi: integer?, timeout: number?,
---  pool: vision.core.ReaderPool? } page 1, dpi 200 (boxes are in its pixels)
---@return vision.reader.Page? page
---@return vision.error? err
function reader.text_layer(image, options)
  options = options or {}
  local results, err = reader.run(image, {
    { "text", page = options.page, dpi = options.dpi or DEFAULT_DPI },
  }, options)
  if not results then return nil, err end
  return page_of(results[1], results[1].words)
end

local function picture_steps(options)
  local steps = { { "open", page = options.page, dpi = options.dpi or DEFAULT_DPI } }
  if options.rotate and options.rotate ~= 0 then
    steps[#steps + 1] = { "rotate", angle = options.rotate }
  end
  local crop = options.crop
  if crop then
    steps[#steps + 1] = { "crop", x = crop[1], y = crop[2], width = crop[3], height = crop[4] }
  end
  if options.width or options.height then
    steps[#steps + 1] = { "fit", width = options.width, height = options.height }
  end
  local format = options.format or "png"
  steps[#steps + 1] = { "encode", format = format, quality = options.quality }
  return steps
end

---A page, or a part of it, as a picture: turned, then cut, then made to fit.
---@param image userdata
---@param options? { page: integer?, dpi: integer?, rotate: number?, crop: integer[]?,
---  width: integer?, height: integer?, format: "png"|"jpeg"|nil, quality: integer?,
---  timeout: number?, pool: vision.core.ReaderPool? } degrees clockwise; x, y, width, height in
---  pixels of the turned page; the most pixels of the result; JPEG quality 1 to 100 (85)
---@return userdata? picture handle of an image
---@return { page: integer, dpi: integer?, width: integer, height: integer, bytes: integer }|
---  vision.error info of the picture; or why there is none
function reader.picture(image, options)
  options = options or {}
  local results, pictures = reader.run(image, picture_steps(options), options)
  if not results then return nil, pictures end
  local opened, made = results[1], results[#results]
  return pictures[1], { page = opened.page, dpi = opened.dpi, width = made.width,
    height = made.height, bytes = made.bytes }
end

local about -- what the first successful look found

---Whether this machine can read: the program, Tesseract with a language, poppler.
---@return { tesseract: string, languages: string[], sandbox: "seccomp"|"namespace"|"none" }?
---  about, with what keeps the network away from it
---@return vision.error? err "missing_library": what to install
function reader.available()
  if about then return about end
  local results, err = reader.run(nil, { { "about" } })
  if not results then return nil, err end
  about = results[1]
  return about
end

return reader
