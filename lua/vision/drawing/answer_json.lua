-- SPDX-License-Identifier: MIT
-- Getting the JSON object out of what a model said: the text itself, a fenced block, an object
-- between sentences, an object whose end is missing.

local json = require "vision.base.json"

local answer_json = {}

-- A text with more opening braces than this is no answer; each is a place to try.
local MAX_TRIES = 20

local CLOSING = { ["{"] = "}", ["["] = "]" }

local function object(text)
  local value = text and json.decode(text)
  return type(value) == "table" and value[1] == nil and value or nil
end

-- The place after the string literal that begins at `at`, or nil when it does not end.
local function string_end(text, at)
  local from = at + 1
  while true do
    local found = text:find('["\\]', from)
    if not found then
      return nil
    elseif text:byte(found) == 34 then
      return found + 1
    end
    from = found + 2
  end
end

-- Follows the object that begins at `from`. Returns its last place; or, where it does not end, nil
-- and the object cut back to its last whole value and closed.
local function follow(text, from)
  local closers, at = {}, from
  local whole -- { place, closers that were open there }
  while true do
    at = text:find('["{}%[%],]', at)
    local sign = at and text:sub(at, at)
    if not sign then
      break
    elseif sign == '"' then
      at = string_end(text, at)
      if not at then
        break
      end
    else
      if CLOSING[sign] then
        closers[#closers + 1] = CLOSING[sign]
      elseif sign == "," then
        whole = { at - 1, table.concat(closers):reverse() }
      else
        closers[#closers] = nil
        if #closers == 0 then
          return at
        end
        whole = { at, table.concat(closers):reverse() }
      end
      at = at + 1
    end
  end
  if whole then
    return nil, text:sub(from, whole[1]) .. whole[2]
  end
  return nil, text:sub(from) .. '"}'
end

local function fenced(text)
  for block in text:gmatch "```%w*%s*(.-)```" do
    local value = object(block)
    if value then
      return value
    end
  end
end

local function embedded(text)
  local from, rest = text:find("{", 1, true), nil
  for _ = 1, MAX_TRIES do
    if not from then
      break
    end
    local last, closed = follow(text, from)
    local value = last and object(text:sub(from, last))
    if value then
      return value
    end
    rest = rest or closed
    from = text:find("{", (last or from) + 1, true)
  end
  return nil, rest
end

--- What a model said after it had thought aloud: some servers leave its thoughts in the text, with
--- or without the word that opens them.
---@param text string
---@return string
function answer_json.after_thoughts(text)
  if text:find "^%s*[{`]" then return text end
  return text:match "^.*</think>(.*%S.*)$" or text
end

--- The object in a model's text.
---@param text string
---@return table|nil object
---@return boolean? cut true: its end was missing, the last part of it is lost
function answer_json.find(text)
  local value = object(text) or fenced(text)
  if value then
    return value, false
  end
  local rest
  value, rest = embedded(text)
  if value then
    return value, false
  end
  value = object(rest)
  return value, value ~= nil
end

return answer_json
