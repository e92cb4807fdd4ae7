-- SPDX-License-Identifier: MIT
-- The text layer and the OCR of the same page. The layer knows the digits; the picture knows the
-- signs that a symbol font kept out of the layer (Ø, ±, ↧) and whatever was drawn as lines. Where
-- both saw a word, its digits are the layer's.
local boxes = require "vision.reading.boxes"
local frames = require "vision.reading.frames"
local grid = require "vision.reading.grid"
local lines = require "vision.reading.lines"

local merge = {}

local DIAMETER = { D = true, O = true, Q = true, ["@"] = true, ["%"] = true, ["0"] = true,
  ["©"] = true, ["Ø"] = true,
  ["®"] = true, ["&"] = true, ["$"] = true, ["¢"] = true }
local DEPTH = { V = true, VY = true, Y = true, ["¥"] = true, T = true, v = true, ["↧"] = true }
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
  if sign == "+" or sign == "±" then
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

local function copy(word)
  local out = {}
  for key, value in pairs(word) do
    out[key] = value
  end
  return out
end

local function split_free(layer, seen)
  local overlapping, free, places = {}, {}, grid.new(layer)
  for index = 1, #layer do
    overlapping[index] = {}
  end
  for _, word in ipairs(seen) do
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
  return overlapping, free
end

--- Words of the layer with the signs that only the picture shows, and the picture's words where the
--- layer has none.
---@param layer table[]  Words of the text layer.
---@param seen table[]   Words of OCR on the same page, in the same pixels.
---@return table[] words
function merge.words(layer, seen)
  local overlapping, free = split_free(layer, seen)
  local out, used = {}, {}
  for index, known in ipairs(layer) do
    local word = copy(known)
    if starts_with_number(word.text) then
      local at = lines.along(word.box, lines.rotation_of(word))
      at.rotation = lines.rotation_of(word)
      local sign, from = find_sign(word, at, overlapping[index], free)
      if sign then
        word.text, word.box = sign .. word.text, with_sign(word, from, at.rotation)
        used[from] = true
      end
    end
    out[#out + 1] = word
  end
  for _, word in ipairs(free) do
    if not used[word] and (word.confidence or 0) >= LEAST_CONFIDENCE then
      out[#out + 1] = word
    end
  end
  return out
end

local function digits_of(text)
  return (text:gsub("%D", ""))
end

local function covered_by(frame, segments)
  local list = {}
  for _, segment in ipairs(segments) do
    if segment.source == "text_layer" and boxes.shared(segment.box, frame.box) > 0.5 then
      list[#list + 1] = segment
    end
  end
  table.sort(list, function(a, b)
    return a.box[1] < b.box[1]
  end)
  return list
end

-- One segment of the parts, if the layer's digits are those that the picture shows.
local function joined(frame, text, parts)
  local texts, box, words = {}, nil, {}
  for index, segment in ipairs(parts) do
    texts[index] = segment.text
    box = box and lines.union(box, segment.box) or segment.box
    for _, word in ipairs(segment.words) do
      words[#words + 1] = word
    end
  end
  local exact = table.concat(texts, " ")
  if digits_of(exact) ~= digits_of(text) then
    return nil
  end
  text = frames.read(exact) or text
  if exact:find("Ø", 1, true) and not text:find("Ø", 1, true) then
    text = text:gsub("%d", "Ø%0", 1)
  end
  return { text = text, box = lines.union(box, frame.box), words = words, rotation = 0,
    height = parts[1].height, confidence = frame.confidence, source = "text_layer",
    at = parts[1].at, repairs = { "frame" }, sources = { "text_layer", "ocr" } }
end

--- Joins the cells of a feature control frame: the layer gives them apart, the picture shows that
--- rules stand between them.
---@param segments table[]  segments of the layer
---@param seen table[]      segments of OCR
---@return table[] segments
function merge.frames(segments, seen)
  for _, frame in ipairs(seen) do
    local text = frames.read(frame.text)
    local parts = text and covered_by(frame, segments) or {}
    local one = #parts > 0 and joined(frame, text, parts)
    if one then
      local is_part, rest = {}, { one }
      for _, segment in ipairs(parts) do
        is_part[segment] = true
      end
      for _, segment in ipairs(segments) do
        if not is_part[segment] then
          rest[#rest + 1] = segment
        end
      end
      segments = rest
    end
  end
  return segments
end

return merge
