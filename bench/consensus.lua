-- SPDX-License-Identifier: MIT
-- What a consensus is worth beside the best of those it is made of. Three readers that are not
-- there (labels with mistakes at stated rates, one part of them common to all three) and the local
-- reading of the picture read labelled drawings; each alone and their consensus are scored by
-- `eval` in the same run. With two folders, the readers are measured on the first (a calibration)
-- and all is scored on the second.
--
-- Run in the project's folder after ./vision has built it:
-- `lua5.4 bench/consensus.lua [--check] [FOLDER [FOLDER]]`; examples/drawings by default.

package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath

local calibration = require "vision.ensemble.consensus.calibration"
local consensus = require "vision.ensemble.consensus"
local corruption = dofile "bench/corruption.lua"
local description = require "vision.drawing.description"
local eval = require "vision.reading.eval"
local labels = require "vision.reading.labels"
local providers = require "vision.providers"
local reliability = require "vision.reading.reliability"
local vision = require "vision"

-- Rates of readers as they are told of in reports on models: see docs/ensemble/consensus.md.
local READERS = {
  { name = "careful", rates = { miss = 0.10, misread = 0.06, invent = 0.03 } },
  { name = "middling", rates = { miss = 0.15, misread = 0.10, invent = 0.06 } },
  { name = "careless", rates = { miss = 0.20, misread = 0.15, invent = 0.10 } },
}
local COMMON = 0.02 -- share of the call-outs that all three misread alike
local SEEDS = 20

local check = arg[1] == "--check"
if check then table.remove(arg, 1) end
local folders = #arg > 0 and arg or { "examples/drawings" }

local provider = assert(providers.create_vision_provider "local")

-- The sheets of a folder with what is read of them here, once for all seeds.
local function sheets_of(folder)
  local sheets = assert(labels.read(folder))
  for _, sheet in ipairs(sheets) do
    local image = assert(vision.image_file(sheet.file))
    sheet.here = assert(provider:analyze_image(image, { no_text_layer = true }))
  end
  return sheets
end

local function inputs_of(sheet, seed)
  local smudged = corruption.smudged(sheet.label, COMMON, seed)
  local inputs = { { name = "local", reading = sheet.here } }
  for i, reader in ipairs(READERS) do
    inputs[i + 1] = { name = reader.name, reading = description.new {
      provider = reader.name, drawing = corruption.drawing(smudged, reader.rates, seed * 10 + i),
    } }
  end
  return inputs
end

-- Goes through all sheets and seeds.
local function each(sheets, body)
  for seed = 1, SEEDS do
    for number, sheet in ipairs(sheets) do body(sheet, inputs_of(sheet, seed * 1000 + number)) end
  end
end

-- What the readers are worth, and the consensus's own figures.
local function measure(sheets)
  local counts, judged = {}, {}
  each(sheets, function(sheet, inputs)
    for _, input in ipairs(inputs) do
      local list, wanted = reliability.judge(input.reading.drawing, sheet.label)
      local own = counts[input.name] or { right = 0, read = 0, wanted = 0 }
      counts[input.name] = own
      own.read, own.wanted = own.read + #list, own.wanted + wanted
      for _, one in ipairs(list) do own.right = own.right + (one.right and 1 or 0) end
    end
  end)
  local measured = { version = 1, readers = {} }
  for name, own in pairs(counts) do
    measured.readers[name] = calibration.reader(own.right, own.read, own.wanted, #sheets)
  end
  each(sheets, function(sheet, inputs)
    local reading = assert(consensus.of(inputs, { calibration = measured }))
    for _, one in ipairs((reliability.judge(reading.drawing, sheet.label))) do
      judged[#judged + 1] = one
    end
  end)
  measured.curve = calibration.curve(judged)
  return measured
end

local function score(sheets, measured)
  local totals, judged, order = {}, {}, {}
  local function add(name, sheet, drawing)
    if not totals[name] then totals[name], order[#order + 1] = {}, name end
    eval.add(totals[name], eval.score(sheet.label, drawing))
  end
  each(sheets, function(sheet, inputs)
    for _, input in ipairs(inputs) do add(input.name, sheet, input.reading.drawing) end
    local reading = assert(consensus.of(inputs, { calibration = measured }))
    add("consensus", sheet, reading.drawing)
    for _, one in ipairs((reliability.judge(reading.drawing, sheet.label))) do
      judged[#judged + 1] = one
    end
  end)
  return totals, order, judged
end

local function show(title, sheets, measured)
  local totals, order, judged = score(sheets, measured)
  print(("%s: %d sheets, %d seeds"):format(title, #sheets, SEEDS))
  print "reader      F1     recall precision call-outs title  invented"
  local best, least, ours = 0, 1, nil
  for _, name in ipairs(order) do
    local f = eval.figures(totals[name])
    print(("%-10s  %.3f  %.3f  %.3f     %.3f     %.3f  %.3f"):format(name, f.number_f1,
      f.number_recall, f.number_precision, f.callouts, f.title_block or 0, f.invented))
    if name == "consensus" then
      ours = f
    else
      best, least = math.max(best, f.number_f1), math.min(least, f.invented)
    end
  end
  local _, apart = reliability.bins(judged)
  print(("stated against right, mean distance: %.3f"):format(apart))
  for _, point in ipairs(reliability.risk(judged)) do
    if point.coverage == 0.5 or point.coverage == 0.8 or point.coverage == 1 then
      print(("the surest %3.0f %%: %.3f of them wrong"):format(100 * point.coverage, point.risk))
    end
  end
  print ""
  return ours.number_f1 > best and ours.invented <= least
end

local sheets = sheets_of(folders[#folders])
local none = { version = 1, readers = {} }
local good = show("never measured", sheets, none)
if folders[2] then
  good = show("measured on " .. folders[1], sheets, measure(sheets_of(folders[1]))) and good
end
if check and not good then
  print "the consensus is no better than the best of its readers"
  os.exit(1)
end
