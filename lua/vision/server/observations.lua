-- SPDX-License-Identifier: MIT
-- How many requests each route had, what became of them, how long they took. With a shared state
-- the figures of all processes are kept together.

local core = require "vision.core"

local observations = {}

-- Seconds; those that OpenTelemetry advises, and longer ones: a reading takes its time.
local BOUNDS = { 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60,
  120 }

local STATUSES = { 200, 202, 204, 304, 400, 401, 403, 404, 405, 408, 409, 411, 413, 415, 422, 429,
  499, 500, 502, 503, 504, 507 }

-- The figures of a route by their numbers: each status, those not listed, and for good and bad
-- answers the buckets, one for what took longer, and the microseconds of all.
local NUMBERS = {}
for i, status in ipairs(STATUSES) do NUMBERS[status] = i end
local OTHER = #STATUSES + 1
local TIMES = { OTHER, OTHER + #BOUNDS + 2 } -- what stands before them
local SUM = #BOUNDS + 2
local FIGURES = TIMES[2] + SUM

local UNKNOWN = "unknown"

---@class vision.server.Observations
---@field package counters table<string, vision.core.Counters>  by name of the route
---@field package routes vision.Route[]
local Observations = {}
Observations.__index = Observations

local function counters_of(self, route)
  return self.counters[route and route.name or UNKNOWN]
end

--- A request has begun.
---@param route vision.Route?  nil: there is none of its path
---@return boolean # whether it is counted among those under way
function Observations:enter(route)
  return counters_of(self, route):enter()
end

local function bucket_of(seconds)
  for i, bound in ipairs(BOUNDS) do
    if seconds <= bound then return i end
  end
  return #BOUNDS + 1
end

--- It is over.
---@param outcome vision.server.Outcome
---@param entered boolean what `enter` said
function Observations:leave(outcome, entered)
  local counters = counters_of(self, outcome.route)
  local times = TIMES[outcome.status < 400 and 1 or 2]
  local leave = entered and counters.leave or counters.add
  leave(counters, NUMBERS[outcome.status] or OTHER, 1, times + bucket_of(outcome.seconds), 1,
    times + SUM, math.max(0, math.floor(outcome.seconds * 1e6)))
end

-- ---- for Prometheus ----

local function labels_of(route, more)
  local labels = { { "http_request_method", route.method }, { "http_route", route.path } }
  labels[3] = more
  return labels
end

local function write_statuses(page, route, values)
  for i = 1, OTHER do
    if values[i] > 0 then
      page:counter("vision_http_requests_total", "Requests that are over, by status (499: the "
        .. "client left).", values[i], labels_of(route, { "http_response_status_code",
        STATUSES[i] or "other" }))
    end
  end
end

local function buckets_of(values, before)
  local counts, count = {}, 0
  for i = 1, #BOUNDS do
    count = count + values[before + i]
    counts[i] = count
  end
  return { bounds = BOUNDS, counts = counts, count = count + values[before + #BOUNDS + 1],
    sum = values[before + SUM] / 1e6 }
end

local OUTCOMES = { "success", "failure" }

--- Writes them on a page.
---@param page vision.server.PrometheusPage
function Observations:write(page)
  for _, route in ipairs(self.routes) do
    local values, active = self.counters[route.name]:values()
    page:gauge("http_server_active_requests", "Requests under way.", active, labels_of(route))
    write_statuses(page, route, values)
    for i, outcome in ipairs(OUTCOMES) do
      local buckets = buckets_of(values, TIMES[i])
      if buckets.count > 0 then
        page:histogram("http_server_request_duration_seconds", "From the head of a request to the "
          .. "end of its answer, by whether that was below 400.", buckets,
          labels_of(route, { "outcome", outcome }))
      end
    end
  end
end

--- Keeps figures of routes.
---@param routes vision.Route[]
---@param shared? vision.core.SharedState
---@return vision.server.Observations
function observations.new(routes, shared)
  local all = { { name = UNKNOWN, method = "_OTHER", path = UNKNOWN } }
  for _, route in ipairs(routes) do all[#all + 1] = route end
  local self = setmetatable({ routes = all, counters = {} }, Observations)
  for _, route in ipairs(all) do
    local counters = shared and shared:counters("http " .. route.name, FIGURES)
    self.counters[route.name] = counters or core.counters(FIGURES)
  end
  return self
end

return observations
