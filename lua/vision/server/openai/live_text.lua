-- SPDX-License-Identifier: MIT
-- The text of a reading while a model still writes it: its JSON begins with the summary and the
-- details, and so does the text (`answer.text`). What does not look so is left to the end.

local json = require "vision.base.json"

local live_text = {}

-- Bytes of a beginning in which no summary stands, and of spaces after which words are waited for.
local PATIENCE = 4096

---@class vision.server.LiveText
---@field package raw string     what was not looked at yet
---@field package step function?  nil: no more of it is understood
---@field package held string    the start of a line: it counts when words follow
---@field package spaces string  those after the last words, likewise
---@field package has_words boolean   of this string
---@field package has_detail boolean?
---@field package after function      what follows this string
---@field package said string[]  pieces handed out
local LiveText = {}
LiveText.__index = LiveText

-- How far the inside of a string goes that may not be whole yet; and whether it ends there.
local function inside(raw)
  local at = 1
  while true do
    local place = raw:find('["\\]', at)
    if not place then return #raw, false end
    if raw:byte(place) == 34 then return place - 1, true end
    local length = raw:find("^\\u", place) and 6 or 2
    if raw:find("^\\u[dD][89abAB]", place) then length = 12 end -- half of a pair
    if place + length - 1 > #raw then return place - 1, false end
    at = place + length
  end
end

-- Spaces at the end of a text may be its last: they wait. (From behind: a pattern that ends in
-- spaces tries each of them anew.) false: too many wait.
local function hand_out(self, out, words)
  local first, last = #words:match "^%s*", #words - #words:reverse():match "^%s*"
  if first == #words then
    self.spaces = self.spaces .. words
    return #self.spaces <= PATIENCE
  end
  if self.has_words then self.held = self.held .. self.spaces .. words:sub(1, first) end
  out[#out + 1] = self.held .. words:sub(first + 1, last)
  self.held, self.spaces, self.has_words = "", words:sub(last + 1), true
  return #self.spaces <= PATIENCE
end

local function begin_string(self, lead, after)
  self.held, self.spaces, self.has_words = lead, "", false
  self.after = after
end

local steps = {}

function steps.find_summary(self)
  local _, last = self.raw:find '{%s*"summary"%s*:%s*"'
  if not last then return #self.raw < PATIENCE and "more" or nil end
  self.raw = self.raw:sub(last + 1)
  begin_string(self, "", steps.find_details)
  return steps.in_string
end

function steps.in_string(self, out)
  local last, is_whole = inside(self.raw)
  local text = json.decode('["' .. self.raw:sub(1, last) .. '"]')
  if not text or not hand_out(self, out, text[1]) then return nil end
  self.raw = self.raw:sub(last + (is_whole and 2 or 1))
  return is_whole and self.after or "more"
end

-- What may still become what is looked for, is waited for.
local function expect(self, pattern, beginning)
  local _, last = self.raw:find(pattern)
  if last then self.raw = self.raw:sub(last + 1) end
  return last or #self.raw < #beginning + 64 and "more" or nil
end

function steps.find_details(self)
  local found = expect(self, '^%s*,%s*"details"%s*:%s*%[', '"details":[')
  if found == "more" or not found then return found end
  return steps.find_detail
end

function steps.find_detail(self)
  local found = expect(self, '^%s*,?%s*"', '"')
  if self.raw:find "^%s*%]" then return nil end
  if found == "more" or not found then return found end
  begin_string(self, self.has_detail and "\n- " or "\n\n- ", steps.end_detail)
  return steps.in_string
end

function steps.end_detail(self)
  self.has_detail = self.has_detail or self.has_words
  return steps.find_detail
end

--- More of what the model writes.
---@param piece string
---@return string # words that follow those handed out before; may be empty
function LiveText:feed(piece)
  if not self.step then return "" end
  self.raw = self.raw .. piece
  local out = {}
  while self.step do
    local following = self.step(self, out)
    if following == "more" then break end
    self.step = following
  end
  local words = table.concat(out)
  self.said[#self.said + 1] = words
  return words
end

--- What is left of the whole text. Where it is not what was handed out, all of it.
---@param whole string
---@return string
function LiveText:rest(whole)
  local said = table.concat(self.said)
  if whole:sub(1, #said) == said then return whole:sub(#said + 1) end
  return "\n\n" .. whole
end

---@return vision.server.LiveText
function live_text.new()
  return setmetatable({ raw = "", step = steps.find_summary, said = {} }, LiveText)
end

return live_text
