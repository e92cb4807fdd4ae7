-- SPDX-License-Identifier: MIT
-- What `vision eval --calibrate` keeps of a run: how good each reader is, and what the figures of
-- their consensus are worth.

local calibrate = {}

---@class vision.cli.Calibrator
---@field sheets { label: table, inputs: vision.ConsensusInput[] }[]
---@field judged vision.JudgedCallout[]  of what the run reads with
local Calibrator = {}
Calibrator.__index = Calibrator

function calibrate.new()
  return setmetatable({ sheets = {}, judged = {} }, Calibrator)
end

--- A sheet was read.
---@param label table
---@param drawing table   the reading that is scored
---@param inputs vision.ConsensusInput[]  what each reader gave
function Calibrator:add(label, drawing, inputs)
  local reliability = require "vision.reading.reliability"
  table.insert(self.sheets, { label = label, inputs = inputs })
  for _, one in ipairs((reliability.judge(drawing, label))) do table.insert(self.judged, one) end
end

local function add_counts(counts, label, input)
  local list, wanted = require("vision.reading.reliability").judge(input.reading.drawing, label)
  local own = counts[input.name] or { right = 0, read = 0, wanted = 0, drawings = 0 }
  counts[input.name] = own
  own.drawings, own.read, own.wanted = own.drawings + 1, own.read + #list, own.wanted + wanted
  for _, one in ipairs(list) do own.right = own.right + (one.right and 1 or 0) end
end

local function measured_readers(self, known)
  local calibration = require "vision.ensemble.consensus.calibration"
  local counts, readers, names = {}, {}, {}
  for name, reader in pairs(known) do readers[name] = reader end
  for _, sheet in ipairs(self.sheets) do
    for _, input in ipairs(sheet.inputs) do
      if input.reading.drawing then add_counts(counts, sheet.label, input) end
    end
  end
  for name, own in pairs(counts) do
    readers[name] = calibration.reader(own.right, own.read, own.wanted, own.drawings)
    names[#names + 1] = name
  end
  table.sort(names)
  return readers, names
end

local function readers_in(sheet)
  local count = 0
  for _, input in ipairs(sheet.inputs) do count = count + (input.reading.drawing and 1 or 0) end
  return count
end

-- What the figures of a consensus of these readers are worth; nothing of one reader alone.
local function measured_curve(self, readers)
  local consensus = require "vision.ensemble.consensus"
  local reliability = require "vision.reading.reliability"
  local judged, several = {}, false
  for _, sheet in ipairs(self.sheets) do
    several = several or readers_in(sheet) > 1
    local reading = consensus.of(sheet.inputs, { calibration = { readers = readers } })
    local list = reading and reliability.judge(reading.drawing, sheet.label) or {}
    for _, one in ipairs(list) do judged[#judged + 1] = one end
  end
  return several and #judged > 0 and consensus.calibration.curve(judged) or nil
end

---@class vision.cli.Calibrated
---@field path string
---@field drawings integer
---@field readers table<string, vision.CalibratedReader>  those that were measured now
---@field names string[]
---@field bins vision.ReliabilityBin[]
---@field distance number?
---@field risk table[]

--- Writes what was measured beside what is known of other readers.
---@return vision.cli.Calibrated|nil
---@return vision.error? err
function Calibrator:save()
  local calibration = require "vision.ensemble.consensus.calibration"
  local reliability = require "vision.reading.reliability"
  local known = calibration.current()
  local readers, names = measured_readers(self, known.readers)
  local curve = measured_curve(self, readers)
  local path, err = calibration.save {
    version = calibration.VERSION, readers = readers, curve = curve or known.curve,
    drawings = curve and #self.sheets or known.drawings,
  }
  if not path then return nil, err end
  local bins, distance = reliability.bins(self.judged)
  local measured = {}
  for _, name in ipairs(names) do measured[name] = readers[name] end
  return { path = path, drawings = #self.sheets, readers = measured, names = names, bins = bins,
    distance = distance, risk = reliability.risk(self.judged) }
end

-- ---- what is shown of it ----

local function add_readers(page, found)
  local rows = { { "reader", "precision", "recall", "drawings", "call-outs" } }
  for _, name in ipairs(found.names) do
    local reader = found.readers[name]
    rows[#rows + 1] = { require("vision.cli.text").clean(name), ("%.3f"):format(reader.precision),
      ("%.3f"):format(reader.recall), tostring(reader.drawings), tostring(reader.callouts) }
  end
  page:heading(("Measured on %d drawings"):format(found.drawings))
  page:columns(rows)
end

local function add_reliability(page, found)
  if #found.bins == 0 then return end
  local rows = { { "stated", "right", "call-outs" } }
  for _, bin in ipairs(found.bins) do
    rows[#rows + 1] = { ("%.2f"):format(bin.stated), ("%.2f"):format(bin.right),
      tostring(bin.count) }
  end
  page:heading(("Confidence against what is right (mean distance %.3f)"):format(found.distance))
  page:columns(rows)
  rows = { { "of all", "wrong", "confidence from" } }
  for _, point in ipairs(found.risk) do
    rows[#rows + 1] = { ("%.0f %%"):format(100 * point.coverage), ("%.3f"):format(point.risk),
      ("%.2f"):format(point.confidence) }
  end
  page:heading "How many of the surest are wrong"
  page:columns(rows)
end

--- For a person.
---@param found vision.cli.Calibrated
---@param terminal vision.cli.Terminal
---@return string
function calibrate.text(found, terminal)
  local page = require("vision.cli.output").page(terminal)
  add_readers(page, found)
  add_reliability(page, found)
  page:add()
  page:paragraph(("Written to %s, for consensus to use."):format(found.path), "")
  return page:text()
end

return calibrate
