-- SPDX-License-Identifier: MIT
-- The title block, notes and plain words of several readings, voted one by one.

local eval = require "vision.reading.eval"
local votes = require "vision.ensemble.consensus.votes"

local fields = {}

local ACCEPTED = 0.5

---@class vision.ConsensusChoice
---@field text string
---@field sources string[]
---@field confidence number
---@field alternatives { text: string, sources: string[] }[]?

-- The odds of an answer: those who say it, those who say something else or nothing.
local function odds_of(answer, readers)
  local sum = 0
  for i, reader in ipairs(readers) do
    sum = sum + (answer.by_reader[i] and votes.says(reader) or votes.silent(reader))
  end
  return sum
end

-- What is said, by its plain spelling, in the order in which it was first said.
local function answers_of(texts, readers)
  local list, by_key = {}, {}
  for i, reader in ipairs(readers) do
    local text = texts[i]
    local key = text and eval.plain(text)
    if key and key ~= "" then
      local answer = by_key[key]
      if not answer then
        answer = { text = text, sources = {}, by_reader = {} }
        by_key[key], list[#list + 1] = answer, answer
      end
      answer.by_reader[i] = true
      table.insert(answer.sources, reader.name)
    end
  end
  return list
end

--- The most likely of what readers say in one place; the first of equals.
---@param texts (string|nil)[]  by reader
---@param readers vision.ConsensusReader[]
---@return vision.ConsensusChoice? choice nil where nothing is likely enough
function fields.choose(texts, readers)
  local answers, best = answers_of(texts, readers), nil
  for _, answer in ipairs(answers) do
    answer.odds = odds_of(answer, readers)
    if not best or answer.odds > best.odds then best = answer end
  end
  local probability = best and votes.probability(best.odds)
  if not best or probability < ACCEPTED then return nil end
  local others
  for _, answer in ipairs(answers) do
    if answer ~= best then
      others = others or {}
      others[#others + 1] = { text = answer.text, sources = answer.sources }
    end
  end
  return { text = best.text, sources = best.sources, confidence = probability,
    alternatives = others }
end

-- Names of all fields that somebody has, in order.
local function names_of(blocks)
  local set, names = {}, {}
  for _, block in pairs(blocks) do
    for name in pairs(block) do
      if not set[name] then set[name], names[#names + 1] = true, name end
    end
  end
  table.sort(names)
  return names
end

--- The title block, and what is known of each of its fields.
---@param readings { drawing: table }[]
---@param readers vision.ConsensusReader[]
---@return table<string, string> block
---@return table<string, vision.ConsensusChoice> choices
function fields.title_block(readings, readers)
  local blocks, block, choices = {}, {}, {}
  for i, reading in ipairs(readings) do blocks[i] = reading.drawing.title_block or {} end
  for _, name in ipairs(names_of(blocks)) do
    local texts = {}
    for i in ipairs(readings) do
      texts[i] = blocks[i][name] ~= nil and tostring(blocks[i][name]) or nil
    end
    local choice = fields.choose(texts, readers)
    if choice then block[name], choices[name] = choice.text, choice end
  end
  return block, choices
end

--- Of lists of texts those that are likely enough.
---@param readings { drawing: table }[]
---@param readers vision.ConsensusReader[]
---@param list string  "notes" or "missing"
---@return string[]
function fields.texts(readings, readers, list)
  local order, by_key = {}, {}
  for i, reading in ipairs(readings) do
    for _, text in ipairs(reading.drawing[list] or {}) do
      local key = eval.plain(text)
      local answer = by_key[key]
      if not answer then
        answer = { text = text, by_reader = {} }
        by_key[key], order[#order + 1] = answer, answer
      end
      answer.by_reader[i] = true
    end
  end
  local kept = {}
  for _, answer in ipairs(order) do
    if votes.probability(odds_of(answer, readers)) >= ACCEPTED then
      kept[#kept + 1] = answer.text
    end
  end
  return kept
end

--- A word such as the kind of drawing: what most of the weight says, the first of equals.
---@param readings { drawing: table }[]
---@param readers vision.ConsensusReader[]
---@param name string  "kind" or "units"
---@return string?
function fields.word(readings, readers, name)
  local sums, best = {}, nil
  for i, reading in ipairs(readings) do
    local word = reading.drawing[name]
    if word then
      sums[word] = (sums[word] or 0) + votes.says(readers[i])
      if not best or sums[word] > sums[best] then best = word end
    end
  end
  return best
end

return fields
