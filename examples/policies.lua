-- SPDX-License-Identifier: MIT
-- Decisions by scripts: who is asked first, what is tried again, who reads a thick file. Each is a
-- small Lua file that you may replace by your own; see scripts/README.md.
--
--   examples/run policies.lua

local vision = require "vision"
local policy = vision.policy

-- Values for the options that scripts declare, as a configuration gives them.
policy.configure { routing = { default = { provider = "anthropic", thick = 8 } } }

local record = os.tmpname()
assert(policy.record(record)) -- for `vision policy diff`

-- A job keeps the scripts it began with, also when somebody changes them meanwhile.
local policies = policy.begin()

local names = policies:decide("failover", "priority", {
  endpoints = {
    { name = "anthropic", priority = 2, weight = 1, health = "healthy", in_flight = 0,
      consecutive_failures = 0 },
    { name = "openai", priority = 1, weight = 1, health = "degraded", in_flight = 2,
      consecutive_failures = 1 },
  },
  job = { turn = 1, random = 0.5 },
})
print("order: " .. table.concat(names, ", "))

local again = policies:decide("retry", nil, {
  attempt = 2,
  error = { reason = "overloaded", retryable = true },
  job = { turn = 1, random = 1 },
  options = { base_delay = 1 }, -- of this call: they stand over the configuration
})
print(("retry in %d s"):format(again.delay))

local route = policies:decide("routing", nil, { job = { pages = 12, turn = 1, random = 0.5 } })
print("route: " .. route.provider)

-- A name that does not exist is an error when something is configured, not when it is needed.
local _, err = policy.script("failover", "priorty")
print(err.message)

policy.record(nil)
local decision = assert(require("vision.policy.record").read(record))[1]
print(("recorded: %s/%s"):format(decision.kind, decision.name))
os.remove(record)
