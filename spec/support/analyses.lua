-- SPDX-License-Identifier: MIT
-- Records by chance, as a firm with two or three providers leaves them.

local chance = require "spec.support.chance"
local memory = require "vision.records.storage.memory"
local records = require "vision.records.record"

local analyses = {}

local REASONS = { "timeout", "overloaded", "rate_limited", "refused" }
local MODELS = { openai = { "gpt-5.4-mini", "gpt-5.4" }, anthropic = { "claude-sonnet-5-5" } }
local TAGS = { "production", "urgent", "night, shift", 'with "quotes"', "Größe\nzwei" }

local PROFILES = {
  openai = { latency = 2600, cost = 0.011, failures = 0.02, confidence = 0.86 },
  anthropic = { latency = 3900, cost = 0.014, failures = 0.04, confidence = 0.9 },
  ["local"] = { latency = 700, cost = 0, failures = 0.005, confidence = 0.7 },
}

analyses.PROVIDERS = { "openai", "anthropic", "local" }

local function pick(random, list)
  return list[math.floor(random:fraction() * #list) + 1]
end

-- Right-skewed, about 1 in the middle.
local function skewed(random)
  return 2 ^ (random:fraction() + random:fraction() + random:fraction() - 1.5)
end

local function tags(random)
  local list = {}
  for _, tag in ipairs(TAGS) do
    if random:fraction() < 0.25 then list[#list + 1] = tag end
  end
  return list
end

local function succeed(one, random, profile)
  local confidence = profile.confidence + (random:fraction() - 0.5) * 0.2
  one.cached = random:fraction() < 0.15
  one.result = { summary = "A flange", details = {},
    confidence = random:fraction() < 0.9 and math.min(1, confidence) or nil }
  one.disagreements = random:fraction() < 0.1 and 1 or nil
  one.cost_usd = one.cached and 0 or profile.cost * skewed(random)
  one.saved_usd = one.cached and profile.cost or nil
  one.usage = { input_tokens = 1800 + math.floor(random:fraction() * 400), output_tokens = 350,
    cached_tokens = 200 }
  if one.cached then one.processing_time_ms = 2 end
end

--- One record.
---@param random table       of spec.support.chance
---@param created_at number
---@param change? table      provider =, and figures of its profile that are others
function analyses.record(random, created_at, change)
  change = change or {}
  local provider = change.provider or pick(random, analyses.PROVIDERS)
  local profile = setmetatable(change, { __index = PROFILES[provider] })
  local one = { image_hash = ("%064x"):format(math.floor(random:fraction() * 2 ^ 31)),
    provider = provider, created_at = created_at, tags = tags(random),
    model = MODELS[provider] and pick(random, MODELS[provider]),
    processing_time_ms = profile.latency * skewed(random) }
  if random:fraction() < profile.failures then
    one.error = { reason = pick(random, REASONS), code = "EXTERNAL_SERVICE_ERROR", message = "no" }
    one.cost_usd = nil -- a failure's cost is not known
  else
    succeed(one, random, profile)
  end
  return assert(records.make(one))
end

--- Records over a time.
---@param seed integer
---@param number integer
---@param from number  wall seconds
---@param to number
---@param change? fun(created_at: number, random: table): table?  as of `record`
---@return vision.AnalysisRecord[]
function analyses.records(seed, number, from, to, change)
  local random, list = chance.new(seed), {}
  for i = 1, number do
    local created_at = from + random:fraction() * (to - from)
    list[i] = analyses.record(random, created_at, change and change(created_at, random))
  end
  return list
end

--- A storage that holds them.
---@param list vision.AnalysisRecord[]
---@return vision.RecordStorage
function analyses.storage(list)
  local storage = assert(memory.InMemoryStorage.new { max_records = 1000000 })
  assert(storage:save(list))
  return storage
end

return analyses
