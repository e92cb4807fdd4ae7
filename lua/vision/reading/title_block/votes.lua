-- SPDX-License-Identifier: MIT
-- What several readings of one title block say together. The engine knows words and the reader's
-- net knows digits: of words the first reading is believed, of codes the spelling that has most
-- confidence behind it.
local general_tolerance = require "vision.reading.general_tolerance"
local unlabelled = require "vision.reading.title_block.unlabelled"

local votes = {}

local CODES = { drawing_number = true, revision = true, date = true, scale = true, weight = true,
  sheet_size = true }

-- Whether a further reading of a field that is no code says more than the one before.
local SAYS_MORE = {
  general_tolerance = function(old, new)
    return #general_tolerance.parse(new) > #general_tolerance.parse(old)
  end,
  -- The engine may end a line at a dash.
  title = function(old, new)
    return new:sub(1, #old + 2) == old .. " -"
  end,
  sheet = function(old, new)
    return not old:find "%D" and new:find "%D" ~= nil
  end,
}

-- The net loses dashes and puts spaces where there are none.
local function plain(text)
  return (text:upper():gsub("[%s-]", ""))
end

-- A shorter code than this stands in many others by chance.
local LEAST_PIECE = 3

-- A reading that holds another one is the same text read further: it has the weight of both.
local function lend(weight)
  local lent = {}
  for key, own in pairs(weight) do
    lent[key] = own
    for piece, more in pairs(weight) do
      if #piece >= LEAST_PIECE and #piece < #key and key:find(piece, 1, true) then
        lent[key] = lent[key] + more
      end
    end
  end
  return lent
end

local function surest(candidates)
  local weight, best = {}, nil
  for _, one in ipairs(candidates) do
    local key = plain(one.text)
    weight[key] = (weight[key] or 0) + one.confidence
  end
  weight = lend(weight)
  for _, one in ipairs(candidates) do
    local key = plain(one.text)
    if not best or weight[key] > weight[best] then
      best = key
    end
  end
  return best
end

-- The letters and digits of one text between the marks of another that has as many.
local function in_form_of(text, form)
  local letters, index = text:gsub("%W", ""), 0
  if #letters ~= #form:gsub("%W", "") then
    return nil
  end
  return (form:gsub("%w", function()
    index = index + 1
    return letters:sub(index, index)
  end))
end

local function elect(candidates)
  local key, text = surest(candidates), nil
  for _, one in ipairs(candidates) do
    if plain(one.text) == key and (not text or text:find " " and not one.text:find " ") then
      text = one.text
    end
  end
  for _, one in ipairs(text:find " " and candidates or {}) do
    text = not one.text:find " " and in_form_of(text, one.text) or text
  end
  return text
end

-- A field that the first reading leaves open may be another one's text.
local function is_new(fields, field, text)
  return fields[field] ~= nil or not unlabelled.is_known(fields, text)
end

local function add(fields, field, text)
  local old = fields[field]
  if not old or SAYS_MORE[field] and SAYS_MORE[field](old, text) then
    fields[field] = text
  end
end

--- The fields of a block.
---@param readings { fields: table<string, string>, sure: table<string, number> }[]  The first is
---  believed in words; `sure` is the confidence of a field, 1 where it is not known.
---@return table<string, string> fields
function votes.count(readings)
  local fields, candidates = {}, {}
  for index, reading in ipairs(readings) do
    for field, text in pairs(reading.fields) do
      if index == 1 or is_new(fields, field, text) then
        add(fields, field, text)
        candidates[field] = candidates[field] or {}
        table.insert(candidates[field], { text = text, confidence = reading.sure[field] or 1 })
      end
    end
  end
  for field, list in pairs(candidates) do
    if CODES[field] then
      fields[field] = elect(list)
    end
  end
  return fields
end

return votes
