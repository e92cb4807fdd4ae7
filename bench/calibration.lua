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

local eval = require "vision.reading.eval"
local labels = require "vision.reading.labels"
local providers = require "vision.providers"
local vision = require "vision"

local STEPS = 20

-- Every spelling that the labels of a sheet allow, with how often.
local function wanted_of(label)
  local wanted = {}
  for _, list in ipairs { "dimensions", "threads", "roughness" } do
    for _, text in ipairs(label[list] or {}) do
      local key = eval.plain(text)
      wanted[key] = (wanted[key] or 0) + 1
    end
  end
  for _, text in ipairs(label.gdt or {}) do
    local key = eval.frame(text)
    wanted[key] = (wanted[key] or 0) + 1
  end
  return wanted
end

local function add_sheet(found, provider, folder, label)
  local image = assert(vision.image_file(folder .. "/" .. label.file))
  local reading = assert(provider:analyze_image(image, { no_text_layer = true }))
  local wanted = wanted_of(label)
  for _, callout in ipairs(reading.drawing.callouts) do
    local key = callout.type == "frame" and eval.frame(callout.text) or eval.plain(callout.text)
    local right = (wanted[key] or 0) > 0
    if right then wanted[key] = wanted[key] - 1 end
    found[#found + 1] = { callout.confidence or 0, right and 1 or 0 }
  end
end

local function print_steps(found)
  local counts, rights, sums = {}, {}, {}
  for _, one in ipairs(found) do
    local step = math.floor(one[1] * STEPS + 0.5)
    counts[step] = (counts[step] or 0) + 1
    rights[step] = (rights[step] or 0) + one[2]
    sums[step] = (sums[step] or 0) + one[1]
  end
  local off = 0
  print "confidence  call-outs  right"
  for step = 0, STEPS do
    if counts[step] then
      print(("%10.2f  %9d  %5.2f"):format(step / STEPS, counts[step], rights[step] / counts[step]))
      off = off + math.abs(rights[step] - sums[step])
    end
  end
  print(("mean error %.3f over %d call-outs"):format(off / #found, #found))
end

-- Neighbours whose shares fall become one step.
local function print_curve(found)
  table.sort(found, function(a, b) return a[1] < b[1] end)
  local pools = {}
  for _, one in ipairs(found) do
    pools[#pools + 1] = { sum = one[1], right = one[2], count = 1 }
    while #pools > 1 and pools[#pools].right / pools[#pools].count
      <= pools[#pools - 1].right / pools[#pools - 1].count do
      local last = table.remove(pools)
      local pool = pools[#pools]
      pool.sum, pool.right = pool.sum + last.sum, pool.right + last.right
      pool.count = pool.count + last.count
    end
  end
  print "the curve: confidence -> share that is right"
  for _, pool in ipairs(pools) do
    print(("%10.2f -> %.2f  (%d)"):format(pool.sum / pool.count, pool.right / pool.count,
      pool.count))
  end
end

assert(arg[1], "lua5.4 bench/calibration.lua FOLDER…")
local provider = assert(providers.create_vision_provider "local")
local found = {}
for _, folder in ipairs(arg) do
  for _, sheet in ipairs(assert(labels.read(folder))) do
    add_sheet(found, provider, folder, sheet.label or sheet)
  end
end
print_steps(found)
print_curve(found)
