-- SPDX-License-Identifier: MIT
-- Which threads exist: sizes and pitches of ISO 261, sizes and threads per inch of ASME B1.1.
local threads = {}

-- ISO 261 up to 300 mm, by diameter: the pitches, coarse first where there is a coarse one.
local METRIC = {}

local function pitches(sizes, list)
  for _, size in ipairs(sizes) do
    METRIC[size] = list
  end
end

pitches({ 1, 1.1, 1.2 }, { 0.25, 0.2 })
pitches({ 1.4 }, { 0.3, 0.2 })
pitches({ 1.6, 1.8 }, { 0.35, 0.2 })
pitches({ 2 }, { 0.4, 0.25 })
pitches({ 2.2 }, { 0.45, 0.25 })
pitches({ 2.5 }, { 0.45, 0.35 })
pitches({ 3 }, { 0.5, 0.35 })
pitches({ 3.5 }, { 0.6, 0.35 })
pitches({ 4 }, { 0.7, 0.5 })
pitches({ 4.5 }, { 0.75, 0.5 })
pitches({ 5 }, { 0.8, 0.5 })
pitches({ 5.5 }, { 0.5 })
pitches({ 6, 7 }, { 1, 0.75 })
pitches({ 8, 9 }, { 1.25, 1, 0.75 })
pitches({ 10 }, { 1.5, 1.25, 1, 0.75 })
pitches({ 11 }, { 1.5, 1, 0.75 })
pitches({ 12 }, { 1.75, 1.5, 1.25, 1 })
pitches({ 14 }, { 2, 1.5, 1.25, 1 })
pitches({ 16 }, { 2, 1.5, 1 })
pitches({ 15, 17 }, { 1.5, 1 })
pitches({ 18, 20, 22 }, { 2.5, 2, 1.5, 1 })
pitches({ 24, 27 }, { 3, 2, 1.5, 1 })
pitches({ 25, 28 }, { 2, 1.5, 1 })
pitches({ 26, 35, 38 }, { 1.5 })
pitches({ 30 }, { 3.5, 3, 2, 1.5, 1 })
pitches({ 32 }, { 2, 1.5 })
pitches({ 33 }, { 3.5, 3, 2, 1.5 })
pitches({ 36, 39 }, { 4, 3, 2, 1.5 })
pitches({ 40, 50 }, { 3, 2, 1.5 })
pitches({ 42, 45 }, { 4.5, 4, 3, 2, 1.5 })
pitches({ 48, 52 }, { 5, 4, 3, 2, 1.5 })
pitches({ 55, 58, 62, 65, 75 }, { 4, 3, 2, 1.5 })
pitches({ 56, 60 }, { 5.5, 4, 3, 2, 1.5 })
pitches({ 64, 68, 70, 72, 76, 80 }, { 6, 4, 3, 2, 1.5 })
pitches({ 78, 82 }, { 2 })
pitches({ 85, 90, 95, 100, 105, 110, 115, 120, 135, 145 }, { 6, 4, 3, 2 })
pitches({ 125, 130, 140, 150 }, { 8, 6, 4, 3, 2 })
pitches({ 155, 165, 175, 185, 195, 205, 215, 225, 235, 245 }, { 6, 4, 3 })
pitches({ 160, 170, 180, 190, 200, 210, 220, 230, 240, 250 }, { 8, 6, 4, 3 })
pitches({ 255, 265, 275, 285, 295 }, { 6, 4 })
pitches({ 260, 270, 280, 290, 300 }, { 8, 6, 4 })

local function holds(list, wanted)
  for _, value in ipairs(list) do
    if math.abs(value - wanted) < 1e-6 then
      return true
    end
  end
  return false
end

--- What is wrong with a metric thread, or nil.
---@param thread { size: number, pitch: number? }
---@return string|nil
function threads.metric(thread)
  local list = METRIC[thread.size]
  if not list then
    return ("M%g is no size of ISO 261"):format(thread.size)
  elseif thread.pitch and not holds(list, thread.pitch) then
    return ("ISO 261 has no pitch of %g for M%g"):format(thread.pitch, thread.size)
  end
end

-- ASME B1.1: threads per inch, by size and series.
local UNIFIED = {
  UNC = {
    ["#1"] = 64, ["#2"] = 56, ["#3"] = 48, ["#4"] = 40, ["#5"] = 40, ["#6"] = 32, ["#8"] = 32,
    ["#10"] = 24, ["#12"] = 24, ["1/4"] = 20, ["5/16"] = 18, ["3/8"] = 16, ["7/16"] = 14,
    ["1/2"] = 13, ["9/16"] = 12, ["5/8"] = 11, ["3/4"] = 10, ["7/8"] = 9, ["1"] = 8,
    ["1 1/8"] = 7, ["1 1/4"] = 7, ["1 3/8"] = 6, ["1 1/2"] = 6, ["1 3/4"] = 5, ["2"] = 4.5,
    ["2 1/4"] = 4.5, ["2 1/2"] = 4, ["2 3/4"] = 4, ["3"] = 4, ["3 1/4"] = 4, ["3 1/2"] = 4,
    ["3 3/4"] = 4, ["4"] = 4,
  },
  UNF = {
    ["#0"] = 80, ["#1"] = 72, ["#2"] = 64, ["#3"] = 56, ["#4"] = 48, ["#5"] = 44, ["#6"] = 40,
    ["#8"] = 36, ["#10"] = 32, ["#12"] = 28, ["1/4"] = 28, ["5/16"] = 24, ["3/8"] = 24,
    ["7/16"] = 20, ["1/2"] = 20, ["9/16"] = 18, ["5/8"] = 18, ["3/4"] = 16, ["7/8"] = 14,
    ["1"] = 12, ["1 1/8"] = 12, ["1 1/4"] = 12, ["1 3/8"] = 12, ["1 1/2"] = 12,
  },
  UNEF = {
    ["#12"] = 32, ["1/4"] = 32, ["5/16"] = 32, ["3/8"] = 32, ["7/16"] = 28, ["1/2"] = 28,
    ["9/16"] = 24, ["5/8"] = 24, ["11/16"] = 24, ["3/4"] = 20, ["13/16"] = 20, ["7/8"] = 20,
    ["15/16"] = 20, ["1"] = 20, ["1 1/16"] = 18, ["1 1/8"] = 18, ["1 3/16"] = 18, ["1 1/4"] = 18,
    ["1 5/16"] = 18, ["1 3/8"] = 18, ["1 7/16"] = 18, ["1 1/2"] = 18, ["1 9/16"] = 18,
    ["1 5/8"] = 18, ["1 11/16"] = 18,
  },
}
-- Series of one pitch for many sizes: the least and the largest, in inches.
local CONSTANT = {
  [4] = { 2.5, 6 }, [6] = { 1.375, 6 }, [8] = { 1, 6 }, [12] = { 0.5625, 6 }, [16] = { 0.375, 6 },
  [20] = { 0.25, 3 }, [28] = { 0.216, 1.5 }, [32] = { 0.138, 1 },
}
local SAME_PITCH = { UNC = "UNC", UNJC = "UNC", UNRC = "UNC", UNF = "UNF", UNJF = "UNF",
  UNRF = "UNF", UNEF = "UNEF" }

-- The diameter in inches of "#10", "No. 8", "1 1/2", ".250".
local function inches(size)
  local number = size:match "^#(%d+)$" or size:match "^[Nn][Oo]%.? ?(%d+)$"
  if number then
    return 0.060 + 0.013 * tonumber(number)
  end
  local whole, above, below = size:match "^(%d-) ?(%d+)/(%d+)$"
  if above and tonumber(below) > 0 then
    return (tonumber(whole) or 0) + tonumber(above) / tonumber(below)
  end
  return tonumber(size)
end

local by_diameter = {}
for series, sizes in pairs(UNIFIED) do
  by_diameter[series] = {}
  for size, tpi in pairs(sizes) do
    by_diameter[series][("%.3f"):format(inches(size))] = tpi
  end
end

local function known_to_any(key, tpi)
  for _, sizes in pairs(by_diameter) do
    if sizes[key] == tpi then
      return true
    end
  end
  local range, diameter = CONSTANT[tpi], tonumber(key)
  return range ~= nil and diameter >= range[1] and diameter <= range[2]
end

--- What is wrong with a unified thread, or nil. UNS are the special ones: all are right.
---@param thread { size: string, tpi: number, series: string? }
---@return string|nil
function threads.unified(thread)
  local diameter, series = inches(thread.size), SAME_PITCH[thread.series]
  local key = diameter and ("%.3f"):format(diameter)
  local right = thread.series == "UNS"
  if not right and series then
    right = key ~= nil and by_diameter[series][key] == thread.tpi
  elseif not right then
    right = key ~= nil and known_to_any(key, thread.tpi)
  end
  if not right then
    return ("ASME B1.1 has no %s-%g %s"):format(thread.size, thread.tpi, thread.series or "thread")
  end
end

return threads
