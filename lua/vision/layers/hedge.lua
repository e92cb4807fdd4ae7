-- SPDX-License-Identifier: MIT
-- The layer that asks a second time when the first answer is late, and takes the one that comes
-- first: the slowest of twenty calls then costs one more call and no wait. Second calls are paid
-- for out of a retry budget, so a slow hour does not double the load. Of a stream only the time to
-- its first text counts, and only until then a second one is begun.

local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local layer = require "vision.layers.layer"
local mailbox = require "vision.base.mailbox"
local retry_budget = require "vision.layers.retry_budget"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"
local trail = require "vision.layers.trail"

local hedge = {}

local P95 = "p95"

local function is_delay(value)
  return value == P95 or type(value) == "number" and value >= 0 and value <= 86400
end

local Hedged = layer.class("hedged", {
  backup = { "who is asked the second time; the same provider without it", type = "table" },
  delay = { "seconds until that, or 'p95': when 95 of 100 calls have answered", type = "any",
    default = P95, check = is_delay, must_be = "seconds from 0 to 86400, or 'p95'" },
  min_samples = { "answers that must be known for 'p95'; until then nobody is asked twice",
    type = "integer", min = 1, max = 1000000, default = 20 },
  budget = retry_budget.OPTION,
})

local types = stream.StreamEventType

local function name_of(provider)
  return provider.endpoint_name or provider.name
end

-- A call is paid in once: where a retry layer within shares the budget, that one does it.
local function pay(self)
  if self.provider.retry_budget ~= self.budget then self.budget:deposit() end
end

-- When to ask again; nil: not at all.
local function delay_of(self, histogram)
  local delay = self.config.delay
  if delay ~= P95 then return delay end
  return histogram:count() >= self.config.min_samples and histogram:quantile(0.95) or nil
end

-- ---- a race ----

---@class vision.Contender
---@field name string
---@field provider table
---@field started number
---@field seconds number?
---@field outcome table?     good, reading or event; err
---@field events vision.EventStream?

local function enter(race, provider)
  local contender = { name = name_of(provider), provider = provider, started = clock.mono() }
  table.insert(race.contenders, contender)
  race.running = race.running + 1
  contender.task = task.spawn(function()
    local ok, outcome = pcall(race.run, contender)
    contender.seconds = clock.mono() - contender.started
    contender.outcome = ok and outcome or { thrown = outcome }
    race.ends:put(contender)
  end)
end

-- Ends what it has begun; it says then what that cost.
local function give_up(contender)
  contender.is_given_up = not contender.outcome
  contender.seconds = contender.seconds or clock.mono() - contender.started
  contender.task:cancel()
  if contender.events then contender.events:close() end
  contender.task:join()
end

-- Who has not won is given up: its task, its connection.
local function leave(race, winner)
  race.timer:cancel()
  for _, contender in ipairs(race.contenders) do
    if contender ~= winner then give_up(contender) end
  end
end

-- The time is up: somebody else is asked, if that can be afforded.
local function ask_second(self, race)
  if self.budget:withdraw() then enter(race, self.config.backup or self.provider) end
end

local TIME = {}

-- Whom the news is about, where that ends the race: a good answer, or the last bad one.
local function settle(race, contender)
  race.running = race.running - 1
  if contender.outcome.thrown then
    leave(race)
    error(contender.outcome.thrown, 0)
  end
  race.failed = race.failed or not contender.outcome.good and contender or nil
  return (contender.outcome.good or race.running == 0) and contender
end

-- Runs to its end: the winner; where all failed, the first that did.
local function run(self, histogram, body)
  local race = { ends = mailbox.new(), contenders = {}, running = 0, run = body }
  local delay = delay_of(self, histogram)
  race.timer = task.spawn(function()
    if delay and task.sleep(delay) then race.ends:put(TIME) end
  end)
  enter(race, self.provider)
  local last
  while not last do
    local news, err = race.ends:take()
    if not news then
      leave(race)
      return nil, err
    elseif news == TIME then
      ask_second(self, race)
    else
      last = settle(race, news)
    end
  end
  leave(race, last)
  layer.add_wait(last.task.waited)
  return last.outcome.good and last or race.failed, nil, race
end

-- What the first one took, or had taken when it was given up: leaving those out would make the
-- next delay shorter and shorter.
local function learn(histogram, race, winner)
  if winner.outcome.good then histogram:record(race.contenders[1].seconds) end
end

-- ---- what is told ----

local function error_of(contender)
  local err = contender.outcome and contender.outcome.err
  if not contender.is_given_up then return err end
  return errors.new("cancelled", "another one has answered first",
    { cost_usd = err and err.cost_usd })
end

local function steps_of(race, winner)
  local list = json.array {}
  for i, contender in ipairs(race.contenders) do
    local err = error_of(contender)
    local reading = contender == winner and contender.outcome.reading or nil
    local step = trail.add(list, contender.name, reading, err, contender.seconds)
    if i > 1 then
      step.action = step.action or "hedge"
      if contender.name == race.contenders[1].name then step.attempt = step.attempt + 1 end
    end
  end
  return list
end

-- Only a second call leaves a trail.
local function told(race, winner, reading, err)
  if #race.contenders == 1 then return reading, err end
  local list = steps_of(race, winner)
  if reading then return trail.on(reading, list) end
  return nil, trail.on(err, list)
end

--- Reads a picture.
---@param image table|string
---@param options table?
---@return table|nil reading its `trail` says so where two were asked
---@return vision.error? err of the one that failed first
function Hedged:analyze_image(image, options)
  pay(self)
  local winner, err, race = run(self, self.answers, function(contender)
    local provider = contender.provider
    local reading, failure = provider:analyze_image(image, layer.copy(options))
    return { good = reading and true or false, reading = reading,
      err = not reading and layer.error(failure) or nil }
  end)
  if not winner then return nil, err end
  learn(self.answers, race, winner)
  return told(race, winner, winner.outcome.reading, winner.outcome.err)
end

-- ---- streams ----

-- Reads a stream up to its first text, or its end.
local function first_text(contender)
  for event in contender.events do
    local kind = event.event_type
    if kind == types.PARTIAL or kind == types.COMPLETE then
      return { good = true, event = event, reading = event.data.result }
    elseif kind == types.ERROR then
      return { good = false, err = layer.error(event.data.error) }
    end
  end
  local cut = errors.new("cut_stream", "the stream ended without an answer")
  return { good = false, err = layer.verdict(cut) }
end

-- The events behind the first text, the last one with the trail.
local function passed(state, event)
  if event and event.event_type == types.COMPLETE then
    state.winner.outcome.reading = event.data.result
    event.data.result = told(state.race, state.winner, event.data.result)
  elseif event and event.event_type == types.ERROR then
    state.winner.outcome.err = layer.error(event.data.error)
    event.data.error = select(2, told(state.race, state.winner, nil, state.winner.outcome.err))
  end
  return event
end

local function start_event(self)
  return stream.event(types.START, { provider = self.name, model = self.model })
end

-- Runs the race; its first event of text, or the error.
local function race_event(self, state, image, options)
  local winner, err, race = run(self, self.first_texts, function(contender)
    contender.events = layer.stream(contender.provider, image, layer.copy(options))
    return first_text(contender)
  end)
  if not winner then return stream.event(types.ERROR, { error = err }) end
  learn(self.first_texts, race, winner)
  state.winner, state.race = winner, race
  return passed(state, winner.outcome.event
    or stream.event(types.ERROR, { error = winner.outcome.err }))
end

--- The events of the one that has text first.
---@param image table|string
---@param options table?
---@return vision.EventStream
function Hedged:analyze_image_stream(image, options)
  local state, at = {}, 0
  local function close()
    if state.winner and state.winner.events then state.winner.events:close() end
  end
  pay(self)
  return stream.new(function()
    at = at + 1
    if at == 1 then return start_event(self) end
    if not state.over and at == 2 then
      local event = race_event(self, state, image, options)
      if state.is_left then return close() end -- by another task, as somebody won
      state.over = event.event_type ~= types.PARTIAL
      return event
    end
    return not state.over and passed(state, state.winner.events()) or nil
  end, function()
    state.is_left = true
    close()
  end)
end

--- A provider that is asked a second time when it is late.
---@param provider table
---@param options? { backup: table?, delay: number|"p95"|nil, min_samples: integer?,
---  budget: vision.RetryBudget? }  without a budget one of its own: a fifth of the calls
---@return table|nil
---@return vision.error? err invalid_option
hedge.create_hedged_provider = layer.creator(Hedged, function(self)
  local backup, budget = self.config.backup, self.config.budget
  if backup and not layer.is_provider(backup) then
    error("create_hedged_provider: backup is no provider", 3)
  end
  local err
  if not budget then budget, err = retry_budget.RetryBudget.new() end
  self.budget, self.answers, self.first_texts = budget, core.histogram(), core.histogram()
  return budget, err
end)

return hedge
