-- SPDX-License-Identifier: MIT
-- The text layer and the OCR of the same page. The layer knows the digits; the picture knows the
-- signs that a symbol font kept out of the layer (Ø, ±, ↧) and whatever was drawn as lines. Where
-- both saw a word, its digits are the layer's.
local boxes = require "vision.reading.boxes"
local grid = require "vision.reading.grid"
local lines = require "vision.reading.lines"
local task = require "vision.base.task"

local merge = {}

local DIAMETER = { D = true, O = true, Q = true, ["@"] = true, ["%"] = true, ["0"] = true,
  ["©"] = true, ["Ø"] = true,
  ["®"] = true, ["&"] = true, ["$"] = true, ["¢"] = true }
local DEPTH = { V = true, VY = true, Y = true, ["¥"] = true, T = true, v = true, ["↧"] = true }
local KNOWN = { ["Ø"] = "Ø", ["±"] = "±", ["↧"] = "↧ " }
-- A sign in front of a number is about as wide as the lettering is high.
local LEAST_SIGN, WIDEST_SIGN = 0.35, 2.0
-- OCR alone, without a layer behind it, must be this sure.
local LEAST_CONFIDENCE = 0.6

local function first_sign(text)
  return text:match "^[\192-\244][\128-\191]*" or text:sub(1, 1)
end

local function starts_with_number(text)
  return text:find "^%d" ~= nil or text:find "^[.,]%d" ~= nil
end

-- The sign that a picture shows in front of a layer's number, when the picture's word holds that
-- number too.
local function sign_before(word, seen, at)
  local other = lines.along(seen.box, at.rotation)
  local lettering = math.min(other.height, at.height)
  local extra = at.u - other.u
  if extra < LEAST_SIGN * lettering or extra > WIDEST_SIGN * lettering
    or other.u + other.length < at.u then
    return nil
  end
  local sign = first_sign(seen.text)
  if seen.source == "lettering" then
    return KNOWN[sign] -- the net has these signs, and nothing has to be guessed
  elseif sign == "+" or sign == "±" then
    return "±"
  end
  -- The rest of the picture's word is the layer's number: what stands before it, read or not, is a
  -- sign.
  local behind = seen.text:sub(#sign + 1):sub(1, #word.text) == word.text
  local unread = seen.text == word.text and extra > 0.6 * lettering
  return (DIAMETER[sign] or behind and sign:find "^[%w]$" or unread) and "Ø" or nil
end

-- A sign that stands alone in front of the number.
local function sign_alone(seen, at)
  local other = lines.along(seen.box, at.rotation)
  local gap = at.u - (other.u + other.length)
  local lettering = math.min(other.height, at.height)
  if gap < -0.2 * lettering or gap > 1.2 * lettering
    or lines.overlap(other.v, other.height, at.v, at.height) < 0.6 then
    return nil
  end
  return DEPTH[seen.text] and "↧ " or DIAMETER[seen.text] and "Ø" or nil
end

-- The last sign of what the net saw in front of the number, where it lost the space between.
local function sign_at_end(seen, at)
  local other = lines.along(seen.box, at.rotation)
  local gap = at.u - (other.u + other.length)
  local lettering = math.min(other.height, at.height)
  local sign = seen.text:match "..(↧)$" or seen.text:match "..(Ø)$"
  return sign and math.abs(gap) < 0.5 * lettering
    and lines.overlap(other.v, other.height, at.v, at.height) > 0.6 and KNOWN[sign] or nil
end

-- The square in which the last sign of a word stands.
local function end_of(box, rotation)
  local x, y, w, h = box[1], box[2], box[3], box[4]
  if rotation == 90 then
    return { x, y, w, math.min(w, h) }
  end
  return { x + w - math.min(w, h), y, math.min(w, h), h }
end

local function find_sign(word, at, overlapping, free)
  for _, seen in ipairs(overlapping) do
    local sign = sign_before(word, seen, at)
    if sign then
      return sign, seen
    end
  end
  for _, index in ipairs(free.places:near(word.box, 2 * at.height)) do
    local sign = sign_alone(free[index], at)
    if sign then
      return sign, free[index]
    end
  end
  for _, index in ipairs(free.ends.places:near(word.box, at.height)) do
    local sign = sign_at_end(free.ends[index], at)
    if sign then
      return sign, { box = end_of(free.ends[index].box, at.rotation) }
    end
  end
end

-- The sign's share of the picture's word: as far as it reaches beyond the number, and no higher.
local function with_sign(word, seen, rotation)
  local x, y, w, h = word.box[1], word.box[2], word.box[3], word.box[4]
  local other = seen.box
  if rotation == 0 then
    local left = math.min(x, other[1])
    return { left, y, x + w - left, h }
  elseif rotation == 90 then
    return { x, y, w, math.max(y + h, other[2] + other[4]) - y }
  end
  return lines.union(word.box, other)
end

local function split_free(layer, seen)
  local overlapping, free, places = {}, {}, grid.new(layer)
  for index = 1, #layer do
    overlapping[index] = {}
  end
  for _, word in ipairs(seen) do
    task.breathe()
    local alone = true
    for _, index in ipairs(places:near(word.box, 0)) do
      if boxes.shared(layer[index].box, word.box) > 0.25 then
        table.insert(overlapping[index], word)
        alone = false
      end
    end
    if alone then
      free[#free + 1] = word
    end
  end
  free.places = grid.new(free)
  free.ends = {}
  for _, word in ipairs(seen) do
    if word.source == "lettering" and (word.text:find "↧$" or word.text:find "Ø$") then
      table.insert(free.ends, word)
    end
  end
  free.ends.places = grid.new(free.ends)
  return overlapping, free
end

-- Whether a word is, or was seen in the place of, one that gave its sign to a number.
local function is_used(word, used)
  for _, other in ipairs(used) do
    if word == other or boxes.shared(word.box, other.box) > 0.5 then
      return true
    end
  end
  return false
end

--- Words of the layer with the signs that only the picture shows, and the picture's words where the
--- layer has none.
---@param layer table[]  Words of the text layer.
---@param seen table[]   Words of OCR on the same page, in the same pixels.
---@param lettering table[]?  What the net saw there; it knows the signs best. `seen` by default.
---@return table[] words
function merge.words(layer, seen, lettering)
  local overlapping, free = split_free(layer, lettering or seen)
  local out, used = {}, {}
  for index, known in ipairs(layer) do
    task.breathe()
    local word = lines.copy(known)
    if starts_with_number(word.text) then
      local at = lines.along(word.box, lines.rotation_of(word))
      at.rotation = lines.rotation_of(word)
      local sign, from = find_sign(word, at, overlapping[index], free)
      if sign then
        word.text, word.box = sign .. word.text, with_sign(word, from, at.rotation)
        used[#used + 1] = from
      end
    end
    out[#out + 1] = word
  end
  local alone = lettering and select(2, split_free(layer, seen)) or free
  for _, word in ipairs(alone) do
    if (word.confidence or 0) >= LEAST_CONFIDENCE and not is_used(word, used) then
      out[#out + 1] = word
    end
  end
  return out
end

return merge
