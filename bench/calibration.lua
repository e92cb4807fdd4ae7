-- SPDX-License-Identifier: MIT
-- Whether the confidences of call-outs are true: of those given with 0.9, nine of ten should stand
-- on the sheet. Reads folders of labelled drawings as pictures and prints, for each step of the
-- confidence, how many call-outs have it and how many of them are right, the mean error of both,
-- and the rising curve that fits best (isotonic regression by pool-adjacent-violators). That
-- curve, taken of the figures before CALIBRATION is applied, is what stands there in
-- lua/vision/reading/confidence.lua.
--
-- Run in the project's folder after ./vision has built it:
-- `lua5.4 bench/calibration.lua FOLDER…`

package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath

local labels = require "vision.reading.labels"
local providers = require "vision.providers"
local reliability = require "vision.reading.reliability"
local vision = require "vision"

local function add_sheet(found, provider, sheet)
  local image = assert(vision.image_file(sheet.file))
  local reading = assert(provider:analyze_image(image, { no_text_layer = true }))
  for _, one in ipairs((reliability.judge(reading.drawing, sheet.label))) do
    one.confidence = one.confidence or 0
    found[#found + 1] = one
  end
end

local function print_steps(found)
  local bins, off = reliability.bins(found)
  print "confidence  call-outs  right"
  for _, bin in ipairs(bins) do
    print(("%10.2f  %9d  %5.2f"):format(bin.stated, bin.count, bin.right))
  end
  print(("mean error %.3f over %d call-outs"):format(off, #found))
end

local function print_curve(found)
  print "the curve: confidence -> share that is right"
  for _, point in ipairs(reliability.curve(found)) do
    print(("%10.2f -> %.2f  (%d)"):format(point.stated, point.right, point.count))
  end
end

assert(arg[1], "lua5.4 bench/calibration.lua FOLDER…")
local provider = assert(providers.create_vision_provider "local")
local found = {}
for _, folder in ipairs(arg) do
  for _, sheet in ipairs(assert(labels.read(folder))) do add_sheet(found, provider, sheet) end
end
print_steps(found)
print_curve(found)
