-- SPDX-License-Identifier: MIT
-- Starts spec/support/mock_provider.py and asks it what it received.

local http = require "vision.base.http"
local json = require "vision.base.json"

local mock_provider = {}
mock_provider.__index = mock_provider

function mock_provider.start()
  local pipe = assert(io.popen "exec python3 spec/support/mock_provider.py")
  local port = assert(tonumber(pipe:read "*l"), "the mock provider did not start")
  return setmetatable({ pipe = pipe, url = "http://127.0.0.1:" .. port }, mock_provider)
end

--- Base URL of a scenario.
function mock_provider:base(scenario, rest)
  return ("%s/%s%s"):format(self.url, scenario, rest or "/v1")
end

--- The requests since the last time.
function mock_provider:requests()
  local response = assert(http.request { url = self.url .. "/requests" })
  return assert(json.decode(response.body))
end

--- Lets one request of the scenario 'held' be answered.
function mock_provider:release()
  assert(http.request { url = self.url .. "/release" })
end

function mock_provider:stop()
  http.request { url = self.url .. "/quit" }
  self.pipe:close()
end

return mock_provider
