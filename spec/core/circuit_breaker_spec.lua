-- SPDX-License-Identifier: MIT
local chance = require "spec.support.chance"
local core = require "vision.core"

-- The plainest breaker there is: it keeps every call it has seen and judges by walking over them.
local Model = {}
Model.__index = Model

local function model_of(config)
  return setmetatable({ config = config, state = "closed", number = 1, opens = 0, rejected = 0,
    calls = {}, probes = {}, openings = 0, era = 1 }, Model)
end

function Model:enter(state)
  local from = self.state
  self.state, self.calls, self.probes, self.successes = state, {}, {}, 0
  self.era = self.era + 1
  if state == "closed" then self.openings = 0 end
  if from ~= state then return { state, from } end
  return {}
end

function Model:open(seconds, now)
  self.until_, self.opens, self.openings = now + seconds, self.opens + 1, self.openings + 1
  return self:enter "open"
end

function Model:trip(now)
  local c = self.config
  return self:open(math.min(c.timeout * c.timeout_factor ^ self.openings, c.timeout_max), now)
end

local function refuse(self, wait)
  self.rejected = self.rejected + 1
  return nil, { wait = wait }
end

-- Gives a permit of its own kind, and what `allow` should have returned behind it.
function Model:allow(now)
  local change = {}
  if self.state == "forced_open" then return refuse(self, math.huge) end
  if self.state == "open" then
    if now < self.until_ then return refuse(self, self.until_ - now) end
    change = self:enter "half_open"
  end
  local permit = { era = self.era, expires = now + self.config.probe_timeout }
  if self.state == "half_open" then
    local first = math.huge
    for i = #self.probes, 1, -1 do
      if self.probes[i].expires <= now then table.remove(self.probes, i) end
    end
    for _, probe in ipairs(self.probes) do first = math.min(first, probe.expires) end
    if #self.probes >= self.config.half_open_max_calls then return refuse(self, first - now) end
    table.insert(self.probes, permit)
  end
  return permit, change
end

-- A window of time forgets a twentieth at a time.
function Model:seen(now)
  local c, seen = self.config, {}
  for i, call in ipairs(self.calls) do
    local slice = c.window == "time" and c.window_size / 20
    local inside = c.window == "count" and i > #self.calls - c.window_size
      or slice and math.floor(now / slice) - math.floor(call.at / slice) < 20
    if inside then seen[#seen + 1] = call end
  end
  return seen
end

function Model:too_many(now)
  local c, failures, slow = self.config, 0, 0
  if not c.window then
    for i = #self.calls, 1, -1 do
      if not self.calls[i].failed then break end
      failures = failures + 1
    end
    return failures >= c.failure_threshold
  end
  local seen = self:seen(now)
  for _, call in ipairs(seen) do
    failures = failures + (call.failed and 1 or 0)
    slow = slow + (call.seconds >= c.slow_call_duration and 1 or 0)
  end
  return #seen >= c.minimum_calls
    and (failures >= c.failure_rate * #seen or slow >= c.slow_call_rate * #seen)
end

function Model:record_probe(permit, outcome, seconds, now)
  for i, probe in ipairs(self.probes) do
    if probe == permit then
      table.remove(self.probes, i)
      local slow = self.config.window and seconds >= self.config.slow_call_duration
      if outcome == "ignored" or probe.expires <= now then return {} end
      if outcome == "failure" or slow then return self:trip(now) end
      self.successes = self.successes + 1
      if self.successes >= self.config.success_threshold then return self:enter "closed" end
    end
  end
  return {}
end

function Model:record(permit, outcome, seconds, now)
  if self.state == "half_open" then return self:record_probe(permit, outcome, seconds, now) end
  if self.state ~= "closed" or permit.era ~= self.era or outcome == "ignored" then return {} end
  table.insert(self.calls, { failed = outcome == "failure", seconds = seconds, at = now })
  return self:too_many(now) and self:trip(now) or {}
end

function Model:open_for(seconds, now)
  if self.state == "forced_open" or self.state == "disabled" then return {} end
  if self.state ~= "open" then return self:open(seconds, now) end
  self.until_ = math.max(self.until_, now + seconds)
  return {}
end

local function some_config(source)
  local window = source:one_of { "count", "time", "consecutive" }
  return {
    failure_threshold = source:integer(1, 6),
    success_threshold = source:integer(1, 3),
    half_open_max_calls = source:integer(1, 4),
    timeout = source:integer(1, 30),
    timeout_factor = source:integer(1, 3),
    timeout_max = 100,
    probe_timeout = source:integer(5, 40),
    window = window ~= "consecutive" and window or nil,
    window_size = source:integer(5, 40),
    minimum_calls = source:integer(1, 5),
    failure_rate = source:one_of { 0.25, 0.5, 1 },
    slow_call_rate = source:one_of { 0.5, 1 },
    slow_call_duration = 8,
  }
end

local OUTCOMES = { "success", "success", "success", "failure", "failure", "ignored" }
local ORDERS = { "force_open", "disable", "reset" }
local ENTERED = { force_open = "forced_open", disable = "disabled", reset = "closed" }

-- One run: calls that overlap, end late or never, in any order, beside the model.
local function play(source)
  local config = some_config(source)
  local breaker, model = core.circuit_breaker(config), model_of(config)
  local now, flying = source:integer(1, 1000), {}

  local function allow()
    local permit, change = model:allow(now)
    local result = { breaker:allow(now) }
    if permit then
      local number = table.remove(result, 1)
      assert.same(change, result)
      flying[#flying + 1] = { number = number, permit = permit }
    else
      assert.is_nil(result[1])
      assert.equal(change.wait, result[2])
    end
  end

  local function record()
    if #flying == 0 then return end
    local call = table.remove(flying, source:integer(1, #flying))
    local outcome, seconds = source:one_of(OUTCOMES), source:integer(0, 10)
    assert.same(model:record(call.permit, outcome, seconds, now),
      { breaker:record(call.number, outcome, seconds, now) })
  end

  local function order()
    local name = source:one_of(ORDERS)
    assert.same(model:enter(ENTERED[name]), { breaker[name](breaker) })
  end

  local function open_for()
    local seconds = source:integer(0, 50)
    assert.same(model:open_for(seconds, now), { breaker:open_for(seconds, now) })
  end

  for _ = 1, 150 do
    now = now + source:one_of { 0, 0, 0, 1, 1, 2, 5, 20 }
    local step = source:integer(1, 100)
    if step <= 48 then allow() elseif step <= 96 then record()
    elseif step <= 98 then open_for() else order() end
    assert.same({ model.state, model.opens, model.rejected },
      { breaker:state(), breaker:opens(), breaker:rejected() })
  end
end

describe("core.circuit_breaker", function()
  it("agrees with a plain model, whatever happens to it", function()
    chance.runs(300, play)
  end)

  it("returns a change once, with the call that made it", function()
    local breaker = core.circuit_breaker { failure_threshold = 2, success_threshold = 1 }
    local first, second = breaker:allow(0), breaker:allow(0)
    assert.same({}, { breaker:record(first, "failure", 1, 1) })
    assert.same({ "open", "closed" }, { breaker:record(second, "failure", 1, 1) })
    assert.same({ nil, 59 }, { breaker:allow(2) })
    local probe, to, from = breaker:allow(61)
    assert.same({ "half_open", "open" }, { to, from })
    assert.same({ "closed", "half_open" }, { breaker:record(probe, "success", 1, 62) })
    assert.same({}, { breaker:record(second, "failure", 1, 62) })
  end)

  it("has the defaults of the documentation", function()
    local breaker = core.circuit_breaker()
    for _ = 1, 4 do breaker:record(breaker:allow(0), "failure", 1, 0) end
    assert.equal("closed", breaker:state())
    assert.equal("open", (breaker:record(breaker:allow(0), "failure", 1, 0)))
    assert.same({ nil, 60 }, { breaker:allow(0) })
    local probe = breaker:allow(60)
    assert.is_nil(breaker:allow(60))
    breaker:record(probe, "success", 1, 60)
    assert.equal("closed", (breaker:record(breaker:allow(60), "success", 1, 60)))
  end)

  it("says which sizes contradict each other", function()
    local breaker, err = core.circuit_breaker { window = "count", window_size = 5 }
    assert.is_nil(breaker)
    assert.same({ reason = "invalid_option",
      message = "minimum_calls (10) is more than the window_size (5)" }, err)
    assert.matches("from 1 to 1000 calls, not 1001",
      select(2, core.circuit_breaker { window = "count", window_size = 1001 }).message)
  end)

  it("throws on misuse, naming what is wrong", function()
    local breaker = core.circuit_breaker()
    assert.error_matches(function() breaker:record(1, "maybe", 1, 0) end, "maybe")
    assert.error_matches(function() breaker:record(0, "success", 1, 0) end, "permit")
    assert.error_matches(function() breaker:record(0 / 0, "success", 1, 0) end, "permit")
    assert.error_matches(function() breaker:open_for(-1, 0) end, "seconds")
    assert.error_matches(function() breaker:open_for(math.huge, 0) end, "seconds")
    assert.error_matches(function() core.circuit_breaker { window = "days" } end, "count or time")
    assert.error_matches(function() core.circuit_breaker { half_open_max_calls = 17 } end,
      "half_open_max_calls")
    assert.error_matches(function() core.circuit_breaker { failure_rate = 0 } end, "failure_rate")
  end)
end)
