-- SPDX-License-Identifier: MIT
-- One picture through several providers at once, and one answer chosen or made of theirs. Which
-- one is a strategy: a script of `selection/` (scripts/README.md), or "consensus".

local clock = require "vision.base.clock"
local description = require "vision.drawing.description"
local disagreement = require "vision.ensemble.disagreement"
local endpoints = require "vision.ensemble.endpoints"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local layer = require "vision.layers.layer"
local log = require "vision.base.log"
local mailbox = require "vision.base.mailbox"
local option_lists = require "vision.base.options"
local policy = require "vision.policy"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"
local trail = require "vision.layers.trail"

local comparison = {}

comparison.SelectionStrategy = {
  HIGHEST_CONFIDENCE = "highest_confidence",
  FIRST_SUCCESS = "first_success",
  MAJORITY_VOTE = "majority_vote",
  WEIGHTED_AVERAGE = "weighted_average",
}

-- Not a script: it looks at call-outs and title-block fields one by one.
local CONSENSUS = "consensus"

local OPTIONS = {
  selection_strategy = { "how one answer is chosen", type = "string",
    default = comparison.SelectionStrategy.HIGHEST_CONFIDENCE },
  timeout_seconds = { "for each provider", type = "number", above = 0, max = 86400 },
  weights = { "endpoint -> weight, 1 where none is given", type = "table" },
  on_disagreement = { "called with a Disagreement where those who answered differ",
    type = "function" },
}

---@class vision.ProviderResult
---@field provider string     the endpoint
---@field success boolean
---@field result vision.VisionDescription?
---@field error vision.error?
---@field time_ms number
---@field confidence number?

---@class vision.ComparisonResult
---@field provider_results table<string, vision.ProviderResult>  by endpoint
---@field endpoints string[]          in the order they were given
---@field selected_result vision.VisionDescription?  nil where nobody could read it
---@field selected_provider string?
---@field aggregated_summary string?  what each of them says, the surest first
---@field total_time_ms number
---@field strategy_used string
---@field success_count integer
---@field providers_compared integer
---@field confidence_scores table<string, number>  of those that say one

---@class vision.ProviderComparator
---@field providers table[]
---@field names string[]
---@field config table
local ProviderComparator = {}
ProviderComparator.__index = ProviderComparator

local function check_weights(weights, names)
  local known = {}
  for _, name in ipairs(names) do known[name] = true end
  for name, weight in pairs(weights or {}) do
    if not known[name] then
      return nil, errors.new("invalid_option", ("weights: there is no endpoint '%s'; there are: %s")
        :format(tostring(name), table.concat(names, ", ")))
    elseif type(weight) ~= "number" or not (weight >= 0 and weight < math.huge) then
      return nil, errors.new("invalid_option",
        ("weights: the weight of '%s' must be a number of at least 0"):format(name))
    end
  end
  return true
end

local function check_strategy(name)
  if name == CONSENSUS then return true end
  local script, err = policy.script("selection", name)
  if script then return true end
  if err.reason ~= "invalid_option" then return nil, err end
  return nil, errors.new("invalid_option", ("%s (or '%s', which is no script)"):format(err.message,
    CONSENSUS))
end

--- @param providers table[]
--- @param given? { selection_strategy: string?, timeout_seconds: number?, weights: table? }
---@return vision.ProviderComparator|nil
---@return vision.error? err invalid_option, script
function ProviderComparator.new(providers, given)
  local names, err = endpoints.names(providers, "ProviderComparator")
  local options, ok
  if names then
    options, err = option_lists.check(OPTIONS, given, "ProviderComparator")
  end
  if options then
    ok, err = check_weights(options.weights, names)
  end
  if ok then
    ok, err = check_strategy(options.selection_strategy)
  end
  if not ok then return nil, err end
  return setmetatable({ providers = providers, names = names, config = options },
    ProviderComparator)
end

-- ---- asking all of them ----

local function ask(self, index, image, options, ends)
  local provider, started = self.providers[index], clock.mono()
  local function analyze() return provider:analyze_image(image, layer.copy(options)) end
  local ok, reading, err
  if self.config.timeout_seconds then
    ok, reading, err = pcall(layer.limited, self.config.timeout_seconds, analyze)
  else
    ok, reading, err = pcall(analyze)
  end
  if not ok then reading, err = nil, errors.from(reading) end
  ends:put {
    provider = self.names[index], success = reading and true or false, result = reading or nil,
    error = not reading and layer.error(err) or nil, time_ms = (clock.mono() - started) * 1000,
    confidence = reading and reading.confidence or nil,
  }
end

local function cancel_all(tasks, err)
  for _, running in ipairs(tasks) do running:cancel(err) end
end

-- The results by name, as far as they are wanted.
local function ask_all(self, image, options, early)
  local ends, tasks, results = mailbox.new(), {}, {}
  for i in ipairs(self.providers) do
    tasks[i] = task.spawn(ask, self, i, image, options, ends)
  end
  local cancelled = false
  for _ = 1, #tasks do
    local ended, err = ends:take()
    if not ended then
      cancel_all(tasks, err)
      return nil, err
    end
    results[ended.provider] = ended
    if ended.success and early and not cancelled then
      cancelled = true
      cancel_all(tasks, errors.new("cancelled", ended.provider .. " has answered first"))
    end
  end
  return results
end

-- ---- choosing ----

local function answer_of(self, result)
  local reading = result.result or {}
  return {
    name = result.provider, ok = result.success, error = result.error and result.error.reason,
    confidence = reading.confidence, summary = reading.summary, details = reading.details,
    latency_ms = result.time_ms, weight = (self.config.weights or {})[result.provider] or 1,
  }
end

-- A missing confidence is below any number; of equals the first stays.
local function surer(a, b)
  return not b or (a.confidence or -1) > (b.confidence or -1)
end

local function surest(results, names)
  local best
  for _, name in ipairs(names) do
    local result = results[name]
    if result and result.success and surer(result, best) then best = result end
  end
  return best
end

-- What several agree on; nil where none of them holds a drawing. And what it was made of.
local function agreed(self, results, names)
  local inputs = {}
  for _, name in ipairs(names) do
    if results[name].success then
      inputs[#inputs + 1] = { name = name, reading = results[name].result,
        weight = (self.config.weights or {})[name] }
    end
  end
  return require("vision.ensemble.consensus").of(inputs) or nil, inputs
end

-- A reading of an answer that a script made; its drawing is what those it is made of agree on.
local function made_reading(self, made, results)
  local names = #made.from > 0 and made.from or self.names
  local best, consensus = surest(results, names), agreed(self, results, names)
  return description.new {
    summary = made.summary, details = made.details, confidence = made.confidence,
    confidence_reasons = { "made of the answers of " .. table.concat(names, ", ") },
    drawing = consensus and consensus.drawing, provider = "comparison",
    grounding = best.result.grounding, sources = made.from,
  }, best.provider
end

local function select_by_script(self, job, results)
  local answers = {}
  for i, name in ipairs(self.names) do answers[i] = answer_of(self, results[name]) end
  local chosen = policy.decide("selection", self.config.selection_strategy,
    { answers = answers, job = job })
  if type(chosen) == "table" then return made_reading(self, chosen, results) end
  local result = chosen and results[chosen] or surest(results, self.names)
  return result.result, result.provider
end

local function select_by_consensus(self, results)
  local best = surest(results, self.names)
  return agreed(self, results, self.names) or best.result, best.provider
end

-- Costs as much as a consensus: only where somebody wants to know.
local function tell_disagreement(self, results)
  local callback = self.config.on_disagreement
  if not callback then return end
  local consensus, inputs = agreed(self, results, self.names)
  local found = consensus and disagreement.of(consensus, inputs)
  if not found then return end
  local ok, message = pcall(callback, found)
  if not ok then log.warn("on_disagreement failed: %s", tostring(message)) end
end

-- ---- the result ----

local function aggregated(results, names)
  local good = {}
  for i, name in ipairs(names) do
    local result = results[name]
    if result.success then good[#good + 1] = { result, i } end
  end
  table.sort(good, function(a, b)
    local mine, other = a[1].confidence or -1, b[1].confidence or -1
    if mine ~= other then return mine > other end
    return a[2] < b[2]
  end)
  local lines = {}
  for i, pair in ipairs(good) do
    lines[i] = pair[1].provider .. ": " .. pair[1].result.summary
  end
  return #lines > 0 and table.concat(lines, "\n") or nil
end

local function result_of(self, results, seconds)
  local count, scores = 0, {}
  for _, name in ipairs(self.names) do
    if results[name].success then count = count + 1 end
    scores[name] = results[name].confidence
  end
  return {
    provider_results = results, endpoints = self.names, total_time_ms = seconds * 1000,
    aggregated_summary = aggregated(results, self.names),
    strategy_used = self.config.selection_strategy, success_count = count,
    providers_compared = #self.names, confidence_scores = scores,
  }
end

local function is_early(strategy)
  if strategy == CONSENSUS then return false end
  local script = policy.script("selection", strategy)
  return script and script.early
end

--- Asks all providers and chooses. Those who fail are in the result, too: it is there even where
--- nobody could read the picture.
---@param image table|string
---@param options table?  of `analyze_image`, for all of them
---@return vision.ComparisonResult|nil
---@return vision.error? err a picture that is none; cancelled
function ProviderComparator:compare(image, options)
  local strategy, started = self.config.selection_strategy, clock.mono()
  local handle, job = endpoints.job(image, options)
  if not handle then return nil, job end
  local results, err = ask_all(self, handle, options, is_early(strategy))
  if not results then return nil, err end
  local result = result_of(self, results, clock.mono() - started)
  if result.success_count == 0 then return result end
  if strategy == CONSENSUS then
    result.selected_result, result.selected_provider = select_by_consensus(self, results)
  else
    result.selected_result, result.selected_provider = select_by_script(self, job, results)
  end
  tell_disagreement(self, results)
  return result
end

-- `strategy`, the word of everybody else, is the comparator's `selection_strategy`.
local function comparator_options(given)
  local own = {}
  for name, value in pairs(given or {}) do
    own[name == "strategy" and "selection_strategy" or name] = value
  end
  return own
end

--- Asks several providers about a picture.
---@param image table|string
---@param providers table[]
---@param given? table  strategy, timeout_seconds, weights; `options` of `analyze_image`
---@return vision.ComparisonResult|nil
---@return vision.error? err invalid_option, script, a picture that is none, cancelled
function comparison.compare_providers(image, providers, given)
  local own = comparator_options(given)
  local options = own.options
  own.options = nil
  local comparator, err = ProviderComparator.new(providers, own)
  if not comparator then return nil, err end
  return comparator:compare(image, options)
end

-- ---- as a provider ----

---@class vision.ComparisonProvider
---@field comparator vision.ProviderComparator
---@field members table[]  the providers
local ComparisonProvider = { name = "comparison" }
ComparisonProvider.__index = ComparisonProvider

function ComparisonProvider.__tostring(self)
  return "comparison of " .. table.concat(self.comparator.names, ", ")
end

-- What each has said, in the order they were given.
local function trail_of(result)
  local list, failures = json.array {}, {}
  for _, name in ipairs(result.endpoints) do
    local one = result.provider_results[name]
    trail.add(list, name, one.result, one.error, one.time_ms / 1000).action = "compare"
    failures[#failures + 1] = one.error
  end
  return list, failures
end

---@param image table|string
---@param options table?
---@return vision.VisionDescription|nil reading
---@return vision.error? err where nobody could read it: what the first one failed with
function ComparisonProvider:analyze_image(image, options)
  local result, err = self.comparator:compare(image, options)
  if not result then return nil, err end
  local list, failures = trail_of(result)
  if not result.selected_result then return nil, trail.failure(failures, list) end
  return trail.on(result.selected_result, list)
end

ComparisonProvider.analyze_image_stream = stream.of_analysis

--- All that decides an answer beside the picture and the call.
---@return string
function ComparisonProvider:identity()
  local config = self.comparator.config
  local strategy = config.selection_strategy
  if strategy ~= CONSENSUS then strategy = endpoints.script_identity("selection", strategy) end
  return endpoints.identity(json.encode { "comparison", strategy, config.weights or {} },
    self.members)
end

--- A provider that asks several and answers with what was chosen or made of their answers.
---@param providers table[]
---@param given? table  strategy, timeout_seconds, weights
---@return vision.ComparisonProvider|nil
---@return vision.error? err invalid_option, script
function comparison.create_comparison_provider(providers, given)
  local comparator, err = ProviderComparator.new(providers, comparator_options(given))
  if not comparator then return nil, err end
  return setmetatable({
    comparator = comparator, members = providers, capabilities = endpoints.capabilities(providers),
    endpoint_name = ("comparison(%s)"):format(table.concat(comparator.names, ",")),
  }, ComparisonProvider)
end

comparison.ProviderComparator = ProviderComparator

return comparison
