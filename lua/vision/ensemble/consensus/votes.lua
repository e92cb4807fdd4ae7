-- SPDX-License-Identifier: MIT
-- How likely something is right, from who says so and who does not.
--
-- Each reader has a precision (the share of what it says that is right) and a recall (the share of
-- what is there that it says). With even odds beforehand, one that says a thing multiplies the odds
-- by p / (1 - p); one that does not by (1 - r) / (1 - c), where c = r (1 - p) / p is how often it
-- would say it of what is not so: naive Bayes with independent readers. That they are not quite
-- independent is put right by the curve of a calibration.

local votes = {}

--- Of readers that were never measured: rather too low, so that one alone is no certainty.
votes.UNMEASURED = { precision = 0.85, recall = 0.8 }

-- Nobody is so good or so bad that a single word settles it.
local LEAST, MOST = 0.05, 0.98

local function bounded(share)
  return math.max(LEAST, math.min(MOST, share))
end

---@class vision.ConsensusReader
---@field name string
---@field precision number
---@field recall number
---@field weight number    1; 0: its word counts for nothing

--- What a reader's word for something adds to the log-odds.
---@param reader vision.ConsensusReader
---@param precision? number of this very word, where the reader says one
---@return number
function votes.says(reader, precision)
  local p = bounded(precision or reader.precision)
  return reader.weight * math.log(p / (1 - p))
end

--- What its silence adds: it takes away.
---@param reader vision.ConsensusReader
---@return number
function votes.silent(reader)
  local p, r = bounded(reader.precision), bounded(reader.recall)
  local by_mistake = math.min(MOST, r * (1 - p) / p)
  return reader.weight * math.min(0, math.log((1 - r) / (1 - by_mistake)))
end

-- What one overlooks because it is small or faint, others overlook, too.
local FURTHER = 0.5

--- What several silences add together: the loudest in full, each further one in part.
---@param silences number[]  of `silent`
---@return number
function votes.together(silences)
  local sum, loudest = 0, 0
  for _, silence in ipairs(silences) do
    sum, loudest = sum + silence, math.min(loudest, silence)
  end
  return loudest + FURTHER * (sum - loudest)
end

--- @param log_odds number
---@return number # 0..1
function votes.probability(log_odds)
  return 1 / (1 + math.exp(-log_odds))
end

return votes
