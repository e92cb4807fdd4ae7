-- SPDX-License-Identifier: MIT
-- What a job in a reader process costs beside the same calls in process: at most 1.1 times.
--
--   ocr   a page of A3 at 200 dpi is decoded and read
--   fit   the same page is decoded, made smaller and encoded
--
-- Run in the project's folder after ./vision has built it: `lua5.4 bench/reader.lua [--check]`. The
-- two sides run in turn, so that what else the machine does meets both; the figures are medians
-- of the rounds. With --check it ends with 1 where a limit is passed.

package.path = "./?.lua;lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath

local core = require "vision.core"
local pdf = require "spec.support.pdf"
local reader = require "vision.reading.reader"

local ROUNDS, LIMIT = 7, 1.1
local PAGE_FILE = "build/bench/page.png"

local function run(command)
  local pipe = assert(io.popen(command, "r"))
  local text = pipe:read "*a"
  assert(pipe:close(), command)
  return text
end

local function median(list)
  table.sort(list)
  return list[math.floor(#list / 2) + 1]
end

-- A sheet with short texts spread over it, as dimensions are.
local function make_page()
  local texts = {}
  for index = 0, 119 do
    texts[#texts + 1] = { text = ("%d,%02d +0,1"):format(index * 7 % 90, index), size = 11,
      x = 60 + index % 10 * 110, y = 60 + math.floor(index / 10) * 60 }
  end
  local document = assert(core.image_from_bytes(pdf.write {
    { width = 1191, height = 842, texts = texts } }))
  local page, err = reader.picture(document, { dpi = 200 })
  assert(page, tostring(err))
  local file = assert(io.open(PAGE_FILE, "wb"))
  file:write(page:bytes())
  file:close()
  return page
end

local STEPS = {
  ocr = { { "open" }, { "words", psm = 12 } },
  fit = { { "open" }, { "fit", width = 1568 }, { "encode", format = "jpeg", quality = 85 } },
}

local function in_reader(page, kind)
  local began = core.mono()
  assert(reader.run(page, STEPS[kind]))
  return (core.mono() - began) * 1000
end

local function in_process(kind)
  local command = "OMP_THREAD_LIMIT=1 build/bench/reader_inprocess " .. kind .. " " .. PAGE_FILE
  local text = run(command)
  return assert(tonumber(text), "reader_inprocess")
end

local failed = false

local function compare(page, kind)
  local ours, direct, ratios = {}, {}, {}
  in_reader(page, kind) -- the engine starts once
  for round = 1, ROUNDS do
    direct[round] = in_process(kind)
    ours[round] = in_reader(page, kind)
    ratios[round] = ours[round] / direct[round]
  end
  local ratio = median(ratios)
  failed = failed or ratio > LIMIT
  print(("%-8s %6.0f ms a job, in process %.0f ms: ratio %.2f   limit %g   %s"):format(kind,
    median(ours), median(direct), ratio, LIMIT, ratio <= LIMIT and "ok" or "TOO MUCH"))
end

run("mkdir -p build/bench && cc -std=c11 -D_GNU_SOURCE -O2 -o build/bench/reader_inprocess "
  .. "bench/reader_inprocess.c $(pkg-config --cflags --libs lept tesseract)")
local page = make_page()
compare(page, "ocr")
compare(page, "fit")
os.exit(failed and arg[1] == "--check" and 1 or 0)
