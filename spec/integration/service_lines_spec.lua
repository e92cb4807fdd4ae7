-- SPDX-License-Identifier: MIT
-- The four lines of curl of the description, as they stand there, against `vision serve`.

local core = require "vision.core"
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local mock_provider = require "spec.support.mock_provider"
local pictures = require "spec.support.pictures"
local served = require "spec.support.served"

local LINES = {
  [[curl -X POST "http://localhost:8000/api/v1/vision/analyze" \
  -H "Content-Type: application/json" \
  -d '{"image_base64": "...", "include_description": true}']],
  [[curl -X POST "http://localhost:8000/api/v1/vision/analyze?provider=anthropic" \
  -H "Content-Type: application/json" \
  -d '{"image_base64": "..."}']],
  [[curl "http://localhost:8000/api/v1/vision/providers"]],
  [[curl "http://localhost:8000/api/v1/vision/metrics"]],
}

describe("the lines of the description", function()
  local mock
  setup(function() mock = mock_provider.start() end)
  teardown(function() mock:stop() end)

  local function answers(place)
    local running = served.start(place, {}, { OPENAI_API_KEY = "k",
      OPENAI_BASE_URL = mock:base "ok", ANTHROPIC_API_KEY = "k",
      ANTHROPIC_BASE_URL = mock:base("ok", ""), VISION_PROVIDER = "openai" })
    local base64 = core.image_from_bytes(pictures.png(40, 30, function() return 200 end)):base64()
    local found = {}
    local ok, err = pcall(function()
      for i, line in ipairs(LINES) do
        line = line:gsub("%.%.%.", base64):gsub("localhost:8000", "127.0.0.1:" .. running.port)
        local pipe = io.popen(line .. " -sS")
        found[i] = json.decode(pipe:read "*a")
        pipe:close()
      end
    end)
    local status, said = running:finish()
    assert(ok, tostring(err) .. said)
    assert.equal(0, status, said)
    return found
  end

  it("are answered as it says", function()
    folder.with(function(place)
      folder.write(place .. "/vision.lua", "return {}")
      local first, forced, providers, metrics = (table.unpack or unpack)(answers(place))
      assert.same({ true, "openai" }, { first.success, first.provider })
      assert.is_string(first.description.summary)
      assert.is_number(first.processing_time_ms)
      assert.same({ true, "anthropic" }, { forced.success, forced.provider })
      assert.equal("openai", providers.current_provider)
      assert.same({ available = true, requires_key = true, key_set = true },
        { available = providers.providers.anthropic.available,
          requires_key = providers.providers.anthropic.requires_key,
          key_set = providers.providers.anthropic.key_set })
      assert.is_false(providers.providers.stub.requires_key)
      assert.same({ "openai", true, 2, 2, 1, "closed" }, { metrics.provider, metrics.resilient,
        metrics.metrics.total_requests, metrics.metrics.successful_requests,
        metrics.metrics.success_rate, metrics.metrics.circuit_state })
    end)
  end)
end)
