-- SPDX-License-Identifier: MIT
-- What reads for a service under test, from a table that can be written down as JSON: the service
-- may run in another process.

local engine = require "vision.server.engine"
local shares = require "vision.stack.shared"
local vision = require "vision"

local engines = {}

--- @param given { provider: table?, records: table? }  an endpoint of `vision.stack` ("stub"
---  without it), what keeps the records
---@return vision.server.Engine
---@return fun() close
function engines.new(given)
  local shared = assert(shares.new { records = given.records or false })
  local function create(wanted)
    if given.provider and wanted ~= "stub" then
      return vision.stack(shared:apply { provider = given.provider })
    elseif given.records then
      return vision.stack(shared:apply { provider = wanted or "stub" })
    end
    return vision.create_vision_provider "stub"
  end
  return assert(engine.new { create = create, shared = shared }), function() shared:close() end
end

return engines
