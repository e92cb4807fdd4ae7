-- SPDX-License-Identifier: MIT
-- A reader that is not there: what stands on a labelled sheet, with mistakes at stated rates. The
-- same seed makes the same mistakes.

local corruption = {}

-- The generator of Park and Miller (CACM 31, 1988).
local function generator(seed)
  local state = seed % 2147483646 + 1
  return function()
    state = state * 48271 % 2147483647
    return (state - 1) / 2147483646
  end
end

-- One digit becomes another one.
local function other_digit(text, random)
  local places = {}
  for at in text:gmatch "()%d" do places[#places + 1] = at end
  if #places == 0 then return text end
  local at = places[1 + math.floor(random() * #places)]
  local digit = (tonumber(text:sub(at, at)) + 1 + math.floor(random() * 9)) % 10
  return text:sub(1, at - 1) .. digit .. text:sub(at + 1)
end

local function without_sign(text)
  return (text:gsub("Ø", "", 1))
end

-- As models misread: a digit, the decimal sign, the sign in front, the tail.
local function misread(text, random)
  local draw = random()
  if draw < 0.55 then return other_digit(text, random) end
  if draw < 0.7 and text:find "Ø" then return without_sign(text) end
  if draw < 0.85 and text:find "[.,]" then return (text:gsub("[.,]", "", 1)) end
  local shorter = text:gsub("%s+%S+$", "")
  return shorter ~= text and shorter or other_digit(text, random)
end

local function invention(random)
  local size = math.floor(random() * 900 + 10) / 10
  local form = ({ "%g", "Ø%g", "R%g", "%g ±0,1" })[1 + math.floor(random() * 4)]
  return (form:format(size):gsub("%.", ","))
end

local function callouts_of(label)
  local list = {}
  for _, key in ipairs { "dimensions", "threads", "gdt", "roughness" } do
    for _, text in ipairs(label[key] or {}) do
      list[#list + 1] = { text = text, type = key == "gdt" and "frame" or "other" }
    end
  end
  return list
end

--- What all readers of a sheet misread alike: a smudge is a smudge to everybody.
---@param label table
---@param rate number
---@param seed integer
---@return table label
function corruption.smudged(label, rate, seed)
  local random, copy = generator(seed), {}
  for name, value in pairs(label) do copy[name] = value end
  for _, key in ipairs { "dimensions", "threads", "gdt", "roughness" } do
    copy[key] = {}
    for i, text in ipairs(label[key] or {}) do
      copy[key][i] = random() < rate and misread(text, random) or text
    end
  end
  return copy
end

---@class bench.Rates
---@field miss number    share of the call-outs that it does not see
---@field misread number share of the others that it reads wrongly
---@field invent number  inventions for each call-out of the sheet

--- @param label table
--- @param rates bench.Rates
--- @param seed integer
---@return table drawing of a reading
function corruption.drawing(label, rates, seed)
  local random, callouts, block = generator(seed), {}, {}
  for _, callout in ipairs(callouts_of(label)) do
    if random() >= rates.miss then
      local text = random() < rates.misread and misread(callout.text, random) or callout.text
      callouts[#callouts + 1] = { text = text, type = callout.type, page = 1 }
    end
    if random() < rates.invent then
      callouts[#callouts + 1] = { text = invention(random), type = "length", page = 1 }
    end
  end
  local names = {}
  for name in pairs(label.title_block or {}) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = tostring(label.title_block[name])
    if random() >= rates.miss then
      block[name] = random() < rates.misread and other_digit(value, random) or value
    end
  end
  return { kind = "mechanical", title_block = block, callouts = callouts, notes = {},
    missing = {} }
end

return corruption
