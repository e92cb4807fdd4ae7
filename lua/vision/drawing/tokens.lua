-- SPDX-License-Identifier: MIT
-- How many tokens a picture costs, and to which size the provider scales it before the model sees
-- it. Whole-number arithmetic; the rules and their numbers stand in scripts/models.lua.

local tokens = {}

local function ceil_div(a, b)
  return math.floor((a + b - 1) / b)
end

local function half_even(value)
  local floor = math.floor(value)
  local rest = value - floor
  if rest > 0.5 or (rest == 0.5 and floor % 2 == 1) then
    return floor + 1
  end
  return floor
end

-- Scaled down so that the longer side is at most `side`.
local function within_side(width, height, side)
  local longest = math.max(width, height)
  if not side or longest <= side then
    return width, height
  end
  return math.max(1, math.floor(width * side / longest)),
    math.max(1, math.floor(height * side / longest))
end

local rules = {}

-- Tiles of 512 pixels after fitting into 2048 x 2048 and a shorter side of 768.
function rules.tiles(rule, width, height, detail)
  if detail == "low" then
    local w, h = within_side(width, height, 512)
    return rule.base, w, h
  end
  local longest, shortest = math.max(width, height), math.min(width, height)
  local num, den = 1, 1 -- the scale as a fraction, so that 1365.33 / 512 rounds rightly
  if longest > 2048 then
    num, den = 2048, longest
  end
  if shortest * num > 768 * den then
    num, den = 768, shortest
  end
  local across, down = ceil_div(width * num, den * 512), ceil_div(height * num, den * 512)
  return rule.base + rule.tile * across * down,
    math.max(1, math.floor(width * num / den)), math.max(1, math.floor(height * num / den))
end

local function patch_count(width, height)
  return ceil_div(width, 32) * ceil_div(height, 32)
end

-- Patches of 32 pixels within a budget, times a factor of the model.
function rules.patches(rule, width, height, detail)
  local level = rule[detail or "high"] or rule.high
  local w, h = within_side(width, height, level.side)
  if level.patches and patch_count(w, h) > level.patches then
    local scale = math.sqrt(1024 * level.patches / (w * h))
    local across, down = w * scale / 32, h * scale / 32
    scale = scale * math.min(math.floor(across) / across, math.floor(down) / down)
    w, h = math.max(1, math.floor(w * scale)), math.max(1, math.floor(h * scale))
  end
  return ceil_div(patch_count(w, h) * rule.factor[1], rule.factor[2]), w, h
end

local function cells_fit(rule, width, height)
  local across, down = ceil_div(width, rule.cell), ceil_div(height, rule.cell)
  return across * down <= rule.tokens
    and (not rule.side or math.max(across, down) * rule.cell <= rule.side)
end

-- The largest size of the same shape that fits, found by halving on the longer side.
local function largest_fit(rule, width, height)
  local longest, shortest = math.max(width, height), math.min(width, height)
  local low, high = 1, longest
  local function sides(long)
    local short = math.max(1, half_even(long * shortest / longest))
    if width >= height then
      return long, short
    end
    return short, long
  end
  while low < high do
    local middle = math.floor((low + high + 1) / 2)
    if cells_fit(rule, sides(middle)) then
      low = middle
    else
      high = middle - 1
    end
  end
  return sides(low)
end

-- Cells of a few pixels, at most so many, within a longest side; some scale tiny pictures up.
function rules.cells(rule, width, height)
  local w, h = width, height
  if rule.least and w * h < rule.least * rule.least then
    local scale = rule.least / math.sqrt(w * h)
    w, h = math.max(1, math.floor(w * scale)), math.max(1, math.floor(h * scale))
  end
  if not cells_fit(rule, w, h) then
    w, h = largest_fit(rule, w, h)
  end
  return ceil_div(w, rule.cell) * ceil_div(h, rule.cell), w, h
end

function rules.fixed(rule, width, height)
  return rule.tokens, width, height
end

--- Tokens of one picture, and the size at which the model sees it.
---@param rule table `image_tokens` of a model
---@param width integer pixels
---@param height integer pixels
---@param detail string? low | high | auto
---@return integer tokens
---@return integer width  pixels
---@return integer height pixels
function tokens.image(rule, width, height, detail)
  return rules[rule.rule](rule, width, height, detail)
end

--- Whether a rule of that name exists.
---@param name any
---@return boolean
function tokens.has_rule(name)
  return rules[name] ~= nil
end

--- About how many tokens a text has: four bytes each. An estimate.
---@param text string
---@return integer
function tokens.text(text)
  return ceil_div(#text, 4)
end

return tokens
