-- SPDX-License-Identifier: MIT
-- What was measured of readers on labelled drawings: how often what they say is right, how much of
-- the sheet they say, and what the consensus's own figures are worth. `vision eval --calibrate`
-- writes it, consensus uses it.

local core = require "vision.core"
local errors = require "vision.base.error"
local find = require "vision.policy.find"
local json = require "vision.base.json"
local log = require "vision.base.log"
local reliability = require "vision.reading.reliability"

local calibration = { VERSION = 1 }

local MAX_BYTES = 1024 * 1024

---@class vision.CalibratedReader
---@field precision number
---@field recall number
---@field drawings integer  on how many it was measured
---@field callouts integer  how many it read there

---@class vision.Calibration
---@field version integer
---@field readers table<string, vision.CalibratedReader>  by endpoint
---@field curve number[][]?  figure -> share that is right, rising; of consensus
---@field drawings integer?  on how many the curve was measured

--- Where it lies; nil where there is no home.
---@return string?
function calibration.path()
  local scripts = find.user_folder()
  return scripts and scripts:gsub("/+$", ""):gsub("/scripts$", "") .. "/calibration.json"
end

local function is_share(value)
  return type(value) == "number" and value >= 0 and value <= 1
end

local function check_readers(readers)
  if type(readers) ~= "table" then return "'readers' must be an object" end
  for name, reader in pairs(readers) do
    if type(reader) ~= "table" or not is_share(reader.precision) or not is_share(reader.recall) then
      return ("readers.%s: precision and recall must be numbers from 0 to 1"):format(tostring(name))
    end
  end
end

local function check_curve(curve)
  local last = { -1, 0 }
  if curve ~= nil and type(curve) ~= "table" then return "'curve' must be a list" end
  for i, point in ipairs(curve or {}) do
    if type(point) ~= "table" or not is_share(point[1]) or not is_share(point[2])
      or point[1] <= last[1] or point[2] < last[2] then
      return ("curve[%d]: must be two numbers from 0 to 1, rising"):format(i)
    end
    last = point
  end
end

local function check(object)
  if type(object) ~= "table" or object.version ~= calibration.VERSION then
    return ("'version' must be %d"):format(calibration.VERSION)
  end
  return check_readers(object.readers) or check_curve(object.curve)
end

--- Reads a calibration.
---@param path string
---@return vision.Calibration|nil  nil without an error: there is none
---@return vision.error? err invalid_json: names the file and what is wrong in it; unreadable,
---  is_directory, too_large
function calibration.load(path)
  local text, err = require("vision.core").read_file(path, MAX_BYTES)
  if not text then
    if err.reason == "not_found" then return nil end
    return nil, errors.from(err)
  end
  local object
  object, err = json.decode(text)
  local fault = err and err.message or check(object)
  if fault then return nil, errors.new("invalid_json", ("%s: %s"):format(path, fault)) end
  return object
end

local EMPTY = { version = calibration.VERSION, readers = {} }

local known -- path and what lies there

--- That of the user; one that is faulty is logged and stands for none.
---@return vision.Calibration
function calibration.current()
  local path = calibration.path()
  if not path then return EMPTY end
  if not known or known.path ~= path then
    local found, err = calibration.load(path)
    if err then log.warn("%s; the calibration is not used", err.message) end
    known = { path = path, calibration = found or EMPTY }
  end
  return known.calibration
end

-- The file is there whole or not at all.
local function write(path, text)
  local made, err = core.make_folder(path:match "^.*/")
  if not made then return nil, err.message end
  local new = path .. ".new"
  local file, message = io.open(new, "wb")
  local ok = file
  if file then
    ok, message = file:write(text)
    ok = file:close() and ok
  end
  if ok then ok, message = os.rename(new, path) end
  return ok, message
end

--- Writes it in the user's folder, in one step.
---@param object vision.Calibration
---@return string|nil path
---@return vision.error? err input: it cannot be written
function calibration.save(object)
  local path = calibration.path()
  if not path then
    return nil, errors.new("input", "no place for the calibration: set HOME or XDG_CONFIG_HOME")
  end
  local ok, message = write(path, json.encode(object, { pretty = true }) .. "\n")
  if not ok then return nil, errors.new("input", "cannot write " .. tostring(message)) end
  known = nil
  return path
end

--- What a figure is worth, on the curve's straight lines.
---@param curve number[][]?
---@param figure number
---@return number
function calibration.of_figure(curve, figure)
  if not curve or #curve == 0 then return figure end
  local low = { 0, 0 }
  for _, high in ipairs(curve) do
    if figure <= high[1] then
      local span = high[1] - low[1]
      local part = span > 0 and (figure - low[1]) / span or 1
      return low[2] + (high[2] - low[2]) * part
    end
    low = high
  end
  return low[2]
end

--- The curve of figures that were judged, for `of_figure`. A few that were all right are no
--- certainty: each share is drawn to the middle by two more call-outs.
---@param judged vision.JudgedCallout[]
---@return number[][]
function calibration.curve(judged)
  local points, most = {}, 0
  for i, point in ipairs(reliability.curve(judged)) do
    most = math.max(most, (point.right * point.count + 1) / (point.count + 2))
    points[i] = { point.stated, most }
  end
  return points
end

--- What is measured of a reader, from counts; a few counts are no certainty.
---@param right integer   call-outs that are right
---@param read integer    of so many
---@param wanted integer  call-outs on the sheets
---@param drawings integer
---@return vision.CalibratedReader
function calibration.reader(right, read, wanted, drawings)
  return { precision = (right + 1) / (read + 2), recall = (right + 1) / (wanted + 2),
    drawings = drawings, callouts = read }
end

return calibration
