-- SPDX-License-Identifier: MIT
-- What reads for a service under test, from a table that can be written down as JSON: the service
-- may run in another process.

local engine = require "vision.server.engine"
local environment = require "spec.support.environment"
local policy = require "vision.policy"
local shares = require "vision.stack.shared"
local vision = require "vision"

local engines = {}

--- @param given { provider: table?, stack: table?, records: table?, scripts: string? }  an endpoint
---  of `vision.stack` ("stub" without it), or all it takes; what keeps the records; a folder of
---  scripts before the shipped ones
---@return vision.server.Engine
---@return fun() close
function engines.new(given)
  if given.scripts then
    environment.with({ VISION_SCRIPTS = given.scripts }, function() assert(policy.reload()) end)
  end
  local shared = assert(shares.new { records = given.records or false })
  local function create(wanted)
    if given.stack then
      return vision.stack(shared:apply(given.stack))
    elseif given.provider and wanted ~= "stub" then
      return vision.stack(shared:apply { provider = given.provider })
    elseif given.records then
      return vision.stack(shared:apply { provider = wanted or "stub" })
    end
    return vision.create_vision_provider "stub"
  end
  return assert(engine.new { create = create, shared = shared }), function() shared:close() end
end

return engines
