-- SPDX-License-Identifier: MIT
-- Which tolerance classes of ISO 286-2 exist: a letter and the grades that it is given in.
local fits = {}

-- { first grade, last grade } of holes; shafts where they differ.
local HOLES = {
  A = { 9, 13 }, B = { 8, 13 }, C = { 8, 13 }, CD = { 6, 10 }, D = { 6, 13 }, E = { 5, 10 },
  EF = { 3, 10 }, F = { 3, 10 }, FG = { 3, 10 }, G = { 3, 10 }, H = { 1, 18 }, J = { 6, 8 },
  JS = { 1, 18 }, K = { 3, 10 }, M = { 3, 10 }, N = { 3, 11 }, P = { 3, 10 }, R = { 3, 10 },
  S = { 3, 10 }, T = { 5, 8 }, U = { 5, 10 }, V = { 5, 8 }, X = { 5, 10 }, Y = { 6, 10 },
  Z = { 6, 11 }, ZA = { 6, 11 }, ZB = { 7, 11 }, ZC = { 7, 11 },
}
local SHAFTS = {
  c = { 8, 12 }, cd = { 5, 10 }, d = { 5, 13 }, j = { 5, 8 }, k = { 3, 13 }, m = { 3, 9 },
  n = { 3, 9 }, u = { 5, 9 },
}

local function exists(class)
  local letters, grade = class:match "^(%a+)(%d+)$"
  local range = letters and (HOLES[letters] or SHAFTS[letters]
    or letters == letters:lower() and HOLES[letters:upper()])
  grade = tonumber(grade)
  return range and grade >= range[1] and grade <= range[2]
end

--- What is wrong with a fit ("H7", "H7/k6"), or nil.
---@param fit string
---@return string|nil
function fits.check(fit)
  local first, second = fit:match "^(%w+) */ *(%w+)$"
  for _, class in ipairs { first or fit, second } do
    if not exists(class) then
      return ("ISO 286 has no class %s"):format(class)
    end
  end
  if second and not (first:find "^%u" and second:find "^%l") then
    return ("the fit %s does not pair a hole with a shaft"):format(fit)
  end
end

-- Widths of the grades from IT5, in tolerance units of ISO 286-1.
local UNITS = { [5] = 7, [6] = 10, [7] = 16, [8] = 25, [9] = 40, [10] = 64, [11] = 100, [12] = 160,
  [13] = 250, [14] = 400, [15] = 640, [16] = 1000, [17] = 1600, [18] = 2500 }

-- The tolerance unit in micrometres; above 500 mm the standard has another one.
local function unit(size)
  return size <= 500 and 0.45 * size ^ (1 / 3) + 0.001 * size or 0.004 * size + 2.1
end

--- About how wide the finest class of a fit is, in millimetres: good for comparing, not for
--- printing, because the standard rounds by ranges of sizes.
---@param fit string
---@param size number  In millimetres.
---@return number|nil
function fits.width(fit, size)
  local finest
  for grade in fit:gmatch "%d+" do
    finest = math.min(finest or math.huge, tonumber(grade))
  end
  local units = finest and UNITS[finest]
  return units and units * unit(size) / 1000
end

return fits
