-- SPDX-License-Identifier: MIT
-- A provider's server in a simulated network: it speaks OpenAI's protocol, has limits of its own,
-- and goes wrong in the ways that servers do, by chance and by weather.
--
-- Weather is what holds for a while: "fine", "slow", "storm" (429), "down" (refused, reset),
-- "broken" (500, cut answers), "lying" (200 with nonsense). It changes at random.

local json = require "vision.base.json"

local server = {}

local Server = {}
Server.__index = Server

local function uniform(self, from, to)
  return from + (to - from) * self.random()
end

local function one_of(self, list)
  return list[1 + math.floor(self.random() * #list)]
end

-- ---- answers ----

local function reading(self, confidence)
  return json.encode {
    summary = "a plate of " .. self.name, details = { "Ø20", "M8" }, confidence = confidence,
  }
end

local function whole(text)
  return json.encode {
    id = "c", model = "m", usage = { prompt_tokens = 900, completion_tokens = 100 },
    choices = { { index = 0, finish_reason = "stop",
      message = { role = "assistant", content = text } } },
  }
end

--- What a request cost that has ended, in micro-dollars, by the prices of the settings: 900 tokens
--- at 1, 100 at 2, a picture at 500. One that broke off may cost something or nothing.
---@return integer
function server.bill(request)
  return request.result == true and request:status() == 200 and 900 * 1 + 100 * 2 + 500 or 0
end

local function event(data)
  return "data: " .. json.encode(data) .. "\n\n"
end

local function chunk_of(text)
  return event { id = "c", model = "m", choices = { { index = 0, delta = { content = text } } } }
end

local ENDING = event { choices = { { index = 0, delta = { content = "" },
  finish_reason = "stop" } } }
  .. event { choices = json.array(), usage = { prompt_tokens = 900, completion_tokens = 100 } }
  .. "data: [DONE]\n\n"

local function is_stream(request)
  return request.options.stream
end

local function good(self, request, text, first)
  local plan = { { after = first, status = 200, headers = {} } }
  if not is_stream(request) then
    plan[2] = { after = uniform(self, 0, 0.2), chunk = whole(text) }
    return plan
  end
  for from = 1, #text, 12 do
    plan[#plan + 1] =
      { after = uniform(self, 0, 0.3), chunk = chunk_of(text:sub(from, from + 11)) }
  end
  plan[#plan + 1] = { after = 0.01, chunk = ENDING }
  return plan
end

local function refusal(after, status, word, headers)
  return {
    { after = after, status = status, headers = headers or {} },
    { chunk = json.encode { error = { message = "simulated " .. word, code = word } } },
  }
end

-- A good answer that breaks after some of it has come.
local function cut(self, request, text)
  local plan = good(self, request, text, 0.1)
  local at = 2 + math.floor(self.random() * (#plan - 1))
  for i = #plan, at, -1 do plan[i] = nil end
  plan[at] = { after = 0.1, reason = "cut_stream" }
  return plan
end

-- ---- weather ----

local WEATHER = {}

function WEATHER.fine(self, request)
  return good(self, request, reading(self, uniform(self, 0.5, 1)), uniform(self, 0.2, 3))
end

function WEATHER.slow(self, request)
  return good(self, request, reading(self, 0.8), uniform(self, 5, 90))
end

local RETRY_AFTER = {
  function() return {} end,
  function(self) return { ["retry-after"] = ("%.0f"):format(uniform(self, 1, 20)) } end,
  function(self) return { ["retry-after-ms"] = ("%.0f"):format(uniform(self, 1, 9000)) } end,
  function() return { ["retry-after"] = "600" } end,
  function() return { ["retry-after"] = "yesterday" } end,
}

function WEATHER.storm(self)
  return refusal(0.05, 429, one_of(self, { "rate_limit_exceeded", "rate_limit_exceeded",
    "insufficient_quota" }), one_of(self, RETRY_AFTER)(self))
end

function WEATHER.down(self)
  return { { after = uniform(self, 0, 5),
    reason = one_of(self, { "refused_connection", "connect", "network", "dns" }) } }
end

function WEATHER.broken(self, request)
  if self.random() < 0.5 then return cut(self, request, reading(self, 0.7)) end
  return refusal(uniform(self, 0, 2), one_of(self, { 500, 502, 503, 529 }), "server_error")
end

local LIES = {
  function() return "" end,
  function() return "I cannot see any drawing." end,
  function() return '{"summary": "half a' end,
  function() return '{"summary": 7, "details": "none", "confidence": "very"}' end,
  function(self) return reading(self, 17) end,
}

function WEATHER.lying(self, request)
  return good(self, request, one_of(self, LIES)(self), uniform(self, 0.2, 3))
end

local NAMES = { "fine", "fine", "fine", "slow", "storm", "down", "broken", "lying" }

local function weather_now(self)
  local now = self.world.now
  if now >= self.changes then
    self.weather = one_of(self, NAMES)
    self.changes = now + uniform(self, 5, 200)
  end
  return self.weather
end

--- The plan of an answer, by the weather; each request is noted with its time.
function Server:answer(request)
  self.arrivals[#self.arrivals + 1] = self.world.now
  self.open = self.open + 1
  self.most_open = math.max(self.most_open, self.open)
  local name = weather_now(self)
  if self.random() < self.gusts then name = one_of(self, NAMES) end
  return WEATHER[name](self, request)
end

-- The list of models, as a health check asks for it.
local PROBES = { fine = 200, lying = 200, storm = 429, broken = 503 }

--- The plan of an answer to a health check.
function Server:answer_probe()
  local name = weather_now(self)
  local status = PROBES[name]
  if not status then
    return { { after = name == "slow" and 90 or 1, reason = "refused_connection" } }
  end
  return refusal(uniform(self, 0, 2), status, name)
end

--- A request to it has ended, whoever ended it.
function Server:ended()
  self.open = self.open - 1
end

--- Whether more than `count` requests came within any `seconds`.
---@return boolean
function Server:exceeded(count, seconds)
  for i = 1, #self.arrivals - count do
    if self.arrivals[i + count] - self.arrivals[i] < seconds - 1e-6 then return true end
  end
  return false
end

--- A server of a name (its host is NAME.test).
---@param world vision.VirtualWorld
---@param name string
---@param weather? string  what holds for ever; else it changes
function server.new(world, name, weather)
  return setmetatable({
    world = world, name = name, random = world.random, weather = weather,
    changes = weather and math.huge or 0, gusts = weather and 0 or 0.05,
    arrivals = {}, open = 0, most_open = 0,
  }, Server)
end

return server
