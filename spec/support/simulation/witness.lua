-- SPDX-License-Identifier: MIT
-- Stands between a breaker and what it protects and notes what goes through, and in which state.

local breaker = require "vision.layers.circuit_breaker"

local witness = {}

local Witness = {}
Witness.__index = Witness

-- A provider that counts the calls under way while the breaker around it is in trial.
local function watched(self, provider, seen)
  local function enter()
    if seen.state == "open" then seen.through_open = seen.through_open + 1 end
    local episode = seen.state == "half_open" and seen.episode
    if episode then
      seen.trials = seen.trials + 1
      seen.most_trials = math.max(seen.most_trials, seen.trials)
    end
    return function()
      if episode == seen.episode then seen.trials = seen.trials - 1 end
    end
  end
  local layer = require "vision.layers.layer"
  local Class = layer.class "witness"
  layer.around(Class, {
    before = enter,
    after = function(_, leave) leave() end,
  })
  self.seen[#self.seen + 1] = seen
  return layer.creator(Class)(provider)
end

--- Puts it into every breaker that is made from now on, until `uninstall`.
function witness.install()
  local self = setmetatable({ seen = {}, make = breaker.create_circuit_breaker_provider }, Witness)
  breaker.create_circuit_breaker_provider = function(provider, options)
    local seen = { state = "closed", through_open = 0, trials = 0, most_trials = 0, episode = 0,
      allowed = options.half_open_max_calls or 1 }
    local own = {}
    for name, value in pairs(options) do own[name] = value end
    own.on_state_change = function(to)
      seen.state = to
      -- A call of the trial before may still be under way; it is none of this one's.
      if to == "half_open" then seen.episode, seen.trials = seen.episode + 1, 0 end
    end
    return self.make(watched(self, provider, seen), own)
  end
  return self
end

function Witness:uninstall()
  breaker.create_circuit_breaker_provider = self.make
end

return witness
