-- SPDX-License-Identifier: MIT
-- What reads for a service under test, from a table that can be written down as JSON: the service
-- may run in another process.

local engine = require "vision.server.engine"
local vision = require "vision"

local engines = {}

--- @param given { provider: table?, records: table? }  an endpoint of `vision.stack` ("stub"
---  without it), what keeps the records
---@return vision.server.Engine
---@return fun() close
function engines.new(given)
  local persistence
  if given.records then
    persistence = assert(vision.ResultPersistence.new { store = given.records.store })
  end
  local function create(wanted)
    if wanted == "stub" or not given.provider then return vision.create_vision_provider "stub" end
    return vision.stack { provider = given.provider,
      records = persistence and { persistence = persistence } }
  end
  return assert(engine.new { create = create }), function()
    if persistence then persistence:close() end
  end
end

return engines
