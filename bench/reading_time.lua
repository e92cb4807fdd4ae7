-- SPDX-License-Identifier: MIT
-- What reading a sheet on this machine takes, beside one pass of the engine over the same page:
--
--   time     `vision analyze` against `tesseract --psm 12` of the page at 200 dpi on one core (wall
--            time): at most 10 times for a picture, twice for a PDF with a text layer
--   memory   the most that a vision-reader holds of an A1 sheet at 200 dpi: 400 MB
--
-- Run in the project's folder after ./vision has built it, with tesseract-ocr installed:
-- `lua5.4 bench/reading_time.lua [--check] [FOLDER]`, with a folder of labelled drawings in place
-- of examples/drawings. A PDF is read twice, as it is and without its text layer. The two programs
-- run in turn; a ratio is the median of the rounds. With --check it ends with 1 where a limit is
-- passed.

package.path = "./?.lua;lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath

local core = require "vision.core"
local labels = require "vision.reading.labels"
local pdf = require "spec.support.pdf"
local providers = require "vision.providers"
local reader = require "vision.reading.reader"
local vision = require "vision"

local ROUNDS, DPI = 3, 200
local LIMITS = { picture = 10, text_layer = 2, memory_mb = 400 }
local PAGE_FILE = "build/bench/page.png"

local failed = false

local function verdict(figure, limit)
  failed = failed or figure > limit
  return figure <= limit and "ok" or "TOO MUCH"
end

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function runs(command)
  local ok = os.execute(command .. " >/dev/null 2>&1")
  return ok == true or ok == 0
end

local function seconds(command)
  local began = core.mono()
  assert(runs(command), command)
  return core.mono() - began
end

-- ---- time ----

local TESSERACT = "OMP_THREAD_LIMIT=1 tesseract %s - --psm 12 --dpi " .. DPI
local VISION = "./vision analyze --local-only --json --dpi " .. DPI .. " %s %s"

-- The page that the engine alone is given.
local function page_of(file)
  local image = assert(vision.image_file(file))
  if image:type() ~= "pdf" then return file, false end
  local picture, err = reader.picture(image, { dpi = DPI })
  assert(picture, tostring(err))
  local out = assert(io.open(PAGE_FILE, "wb"))
  out:write(picture:bytes())
  out:close()
  return PAGE_FILE, true
end

local function median(list)
  table.sort(list)
  return list[math.floor(#list / 2) + 1]
end

local function compare(name, file, page, kind, flag)
  local ours, peer, ratios = {}, {}, {}
  for round = 1, ROUNDS do
    peer[round] = seconds(TESSERACT:format(quoted(page)))
    ours[round] = seconds(VISION:format(flag, quoted(file)))
    ratios[round] = ours[round] / peer[round]
  end
  local ratio = median(ratios)
  print(("%-24s %-10s %6.2f s, tesseract %.2f s: %5.2f times   limit %g   %s"):format(name, kind,
    median(ours), median(peer), ratio, LIMITS[kind], verdict(ratio, LIMITS[kind])))
end

local function time_sheet(sheet)
  local page, is_pdf = page_of(sheet.file)
  if is_pdf then compare(sheet.name, sheet.file, page, "text_layer", "") end
  compare(sheet.name, sheet.file, page, "picture", "--no-text-layer")
end

-- ---- memory ----

-- A sheet of A1 (841 x 594 mm) with lettering all over it.
local function a1_sheet()
  local texts = {}
  for index = 0, 479 do
    texts[#texts + 1] = { text = ("%d,%02d +0,1"):format(index * 7 % 90, index % 100), size = 11,
      x = 60 + index % 20 * 115, y = 60 + math.floor(index / 20) * 65 }
  end
  return assert(core.image_from_bytes(pdf.write {
    { width = 2384, height = 1684, texts = texts } }))
end

local function own_pid()
  local file = assert(io.open "/proc/self/stat")
  local pid = file:read "*n"
  file:close()
  return pid
end

-- The most memory that any reader of this process has had in use.
local function reader_peak_mb()
  local peak_kb = 0
  for pid in io.popen("pgrep -x vision-reader -P " .. own_pid()):lines() do
    for line in io.lines("/proc/" .. pid .. "/status") do
      peak_kb = math.max(peak_kb, tonumber(line:match "^VmHWM:%s+(%d+)" or 0))
    end
  end
  assert(peak_kb > 0, "no reader is left to look at")
  return peak_kb / 1024
end

local function measure_memory(kind, image)
  local provider = assert(providers.create_vision_provider "local")
  local reading, err = provider:analyze_image(image, { dpi = DPI, no_text_layer = true })
  assert(reading, tostring(err))
  assert(#reading.drawing.callouts > 100, "the A1 sheet was not read")
  local peak_mb = reader_peak_mb()
  print(("%-24s %-10s %6.0f MB at most in a reader   limit %g   %s"):format("A1 sheet", kind,
    peak_mb, LIMITS.memory_mb, verdict(peak_mb, LIMITS.memory_mb)))
end

local check = arg[1] == "--check"
local sheets = assert(labels.read(arg[check and 2 or 1] or "examples/drawings"))
assert(runs "tesseract --version", "the peer is missing: apt-get install tesseract-ocr")
assert(runs "mkdir -p build/bench")
for _, sheet in ipairs(sheets) do
  time_sheet(sheet)
end
local sheet = a1_sheet()
measure_memory("PDF page", sheet)
measure_memory("picture", assert(reader.picture(sheet, { dpi = DPI })))
os.exit(failed and check and 1 or 0)
