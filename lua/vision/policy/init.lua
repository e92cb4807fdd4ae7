-- SPDX-License-Identifier: MIT
-- What the program asks users' scripts. `require` reads no script and starts nothing.
--
--   local policies = policy.begin()                  at the start of a job: its generation
--   local names, err = policies:decide("failover", "priority", { endpoints = …, job = … })
--   policy.decide(kind, name, input)                 the same with the generation of now

local generation = require "vision.policy.generation"

local policy = {}

local current

--- The generation of scripts that is in force now. A job asks for it once and keeps it, so that it
--- ends with the scripts it began with.
---@return vision.policy.Generation
function policy.begin()
  current = current or generation.new(1, policy.options)
  return current
end

--- Values of the options that scripts declare: kind -> name of the script -> option -> value. Set
--- from the configuration, before the first decision.
---@type table<string, table<string, table<string, any>>>
policy.options = {}

--- Asks a script of the generation that is in force now; see `vision.policy.Generation.decide`.
---@param kind string
---@param name string?
---@param input table
---@return any|nil output nil: the caller's own default stands
---@return vision.error? err what was wrong with the script; logged, and the default decision taken
function policy.decide(kind, name, input)
  return policy.begin():decide(kind, name, input)
end

--- A script: whether it is there, what it declares.
---@param kind string
---@param name string?
---@return vision.policy.Script|nil
---@return vision.error? err invalid_option: there is none; script: it is faulty
function policy.script(kind, name)
  return policy.begin():script(kind, name)
end

return policy
