-- SPDX-License-Identifier: MIT
-- Whether stated confidences are true: of call-outs given with 0.9, nine of ten should stand on the
-- sheet. Against labels made by hand, as `eval` scores them.

local eval = require "vision.reading.eval"

local reliability = {}

local STEPS = 20

---@class vision.JudgedCallout
---@field confidence number?  as stated
---@field right boolean       the labels hold it, whole

local function key_of(callout)
  return callout.type == "frame" and eval.frame(callout.text) or eval.plain(callout.text)
end

-- Every call-out of the labels, in the spelling that is compared, with how often.
local function wanted_of(label)
  local wanted, count = {}, 0
  local function add(list, spelling)
    for _, text in ipairs(list or {}) do
      local key = spelling(text)
      wanted[key], count = (wanted[key] or 0) + 1, count + 1
    end
  end
  add(label.dimensions, eval.plain)
  add(label.threads, eval.plain)
  add(label.roughness, eval.plain)
  add(label.gdt, eval.frame)
  return wanted, count
end

--- Which call-outs of a reading are right.
---@param drawing table  `drawing` of a reading
---@param label table
---@return vision.JudgedCallout[] judged  in the order of the call-outs
---@return integer wanted  call-outs of the labels
function reliability.judge(drawing, label)
  local wanted, count = wanted_of(label)
  local judged = {}
  for i, callout in ipairs(drawing.callouts or {}) do
    local key = key_of(callout)
    local right = (wanted[key] or 0) > 0
    if right then wanted[key] = wanted[key] - 1 end
    judged[i] = { confidence = callout.confidence, right = right }
  end
  return judged, count
end

local function stated(judged)
  local list = {}
  for _, one in ipairs(judged) do
    if one.confidence then list[#list + 1] = one end
  end
  return list
end

---@class vision.ReliabilityBin
---@field stated number  mean confidence
---@field right number   share that is right
---@field count integer

--- Stated against right, in steps of 0.05; and how far they are apart in the mean.
---@param judged vision.JudgedCallout[]  those without a confidence are left out
---@return vision.ReliabilityBin[] bins  by rising confidence, none of them empty
---@return number? error mean distance, weighted by count; nil without any
function reliability.bins(judged)
  local by_step, list = {}, stated(judged)
  for _, one in ipairs(list) do
    local step = math.floor(one.confidence * STEPS + 0.5)
    local bin = by_step[step] or { sum = 0, rights = 0, count = 0 }
    by_step[step] = bin
    bin.sum, bin.count = bin.sum + one.confidence, bin.count + 1
    bin.rights = bin.rights + (one.right and 1 or 0)
  end
  local bins, apart = {}, 0
  for step = 0, STEPS do
    local bin = by_step[step]
    if bin then
      bins[#bins + 1] = { stated = bin.sum / bin.count, right = bin.rights / bin.count,
        count = bin.count }
      apart = apart + math.abs(bin.rights - bin.sum)
    end
  end
  return bins, #list > 0 and apart / #list or nil
end

-- In the order of their confidence, those of the same one as they were given.
local function sorted(list, before)
  local places = {}
  for i, one in ipairs(list) do places[one] = i end
  table.sort(list, function(a, b)
    if a.confidence ~= b.confidence then return before(a.confidence, b.confidence) end
    return places[a] < places[b]
  end)
  return list
end

--- The rising curve from stated to right that fits best: isotonic regression by pooling adjacent
--- violators (Ayer et al., 1955).
---@param judged vision.JudgedCallout[]
---@return vision.ReliabilityBin[] points
function reliability.curve(judged)
  local pools = {}
  for _, one in ipairs(sorted(stated(judged), function(a, b) return a < b end)) do
    pools[#pools + 1] = { sum = one.confidence, rights = one.right and 1 or 0, count = 1 }
    while #pools > 1 and pools[#pools].rights / pools[#pools].count
      <= pools[#pools - 1].rights / pools[#pools - 1].count do
      local last = table.remove(pools)
      local pool = pools[#pools]
      pool.sum, pool.rights = pool.sum + last.sum, pool.rights + last.rights
      pool.count = pool.count + last.count
    end
  end
  for i, pool in ipairs(pools) do
    pools[i] = { stated = pool.sum / pool.count, right = pool.rights / pool.count,
      count = pool.count }
  end
  return pools
end

--- What is wrong among the surest: how much risk is taken with how much of the reading.
---@param judged vision.JudgedCallout[]
---@return { coverage: number, risk: number, confidence: number }[] points at each tenth
function reliability.risk(judged)
  local list, points, wrong, tenth = sorted(stated(judged), function(a, b) return a > b end), {},
    0, 1
  for i, one in ipairs(list) do
    wrong = wrong + (one.right and 0 or 1)
    while tenth <= 10 and i >= tenth * #list / 10 do
      points[#points + 1] = { coverage = tenth / 10, risk = wrong / i, confidence = one.confidence }
      tenth = tenth + 1
    end
  end
  return points
end

return reliability
