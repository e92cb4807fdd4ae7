-- SPDX-License-Identifier: MIT
-- What a monitor asks of a real server, and what it makes of the answer.

local health = require "vision.ensemble.health"
local http_server = require "spec.support.http_server"
local layer = require "vision.layers.layer"
local providers = require "vision.providers"

describe("the check of a remote provider", function()
  local server
  setup(function() server = http_server.start() end)
  teardown(function() server:stop() end)

  local function checked(name, base, options)
    local monitor = assert(health.HealthMonitor.new(options))
    local provider = assert(providers.create_vision_provider(name,
      { api_key = "sk-secret", base_url = base, model = "m" }))
    local wrapped = layer.creator(layer.class "plain")(provider) -- a layer hides nothing
    assert(monitor:register_provider(wrapped))
    return monitor:check_now().providers[1], monitor
  end

  it("takes any answer below 500 for life", function()
    local before = server:stats().seen.status or 0
    for _, status in ipairs { 200, 404, 405, 429 } do
      local metrics = checked("openai", server.url .. "/status/" .. status)
      assert.equal("healthy", metrics.status, status)
      assert.is_nil(metrics.configuration_fault)
    end
    assert.equal(before + 4, server:stats().seen.status)
  end)

  it("takes a key that is not taken for a fault of the configuration", function()
    local metrics, monitor = checked("deepseek", server.url .. "/status/401")
    assert.equal("unknown", metrics.status)
    assert.matches("the key is not taken %(status 401%)", metrics.configuration_fault)
    assert.not_matches("secret", monitor:get_dashboard().active_alerts[1].message)
  end)

  it("takes a server that fails or is silent for ill", function()
    local metrics = checked("openai", server.url .. "/status/503", { failure_threshold = 1 })
    assert.equal("unhealthy", metrics.status)
    assert.equal("server_error", metrics.last_error)
    metrics = checked("openai", server.url .. "/silent",
      { failure_threshold = 1, timeout_seconds = 0.2 })
    assert.equal("timeout", metrics.last_error)
    metrics = checked("openai", "http://127.0.0.1:1", { failure_threshold = 1 })
    assert.equal("refused_connection", metrics.last_error)
  end)

  it("asks each kind for its list of models, with its key", function()
    local http = require "vision.base.http"
    local asked, request = {}, http.request
    http.request = function(options)
      asked[#asked + 1] = { options.url, options.headers[1], options.method, options.body }
      return { status = 200, headers = {}, body = "" }
    end
    local ok, message = pcall(function()
      checked("openai", "https://api.openai.com/v1")
      checked("anthropic", "https://api.anthropic.com")
      checked("azure", "https://x.openai.azure.com")
      checked("azure", "https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21")
    end)
    http.request = request
    assert(ok, message)
    assert.same({
      { "https://api.openai.com/v1/models", "Authorization: Bearer sk-secret" },
      { "https://api.anthropic.com/v1/models", "x-api-key: sk-secret" },
      { "https://x.openai.azure.com/openai/v1/models", "api-key: sk-secret" },
      { "https://x.openai.azure.com/openai/models?api-version=2024-10-21", "api-key: sk-secret" },
    }, asked)
  end)

  it("looks for the reader where the reading is done here", function()
    local monitor = assert(health.HealthMonitor.new())
    assert(monitor:register_provider(assert(providers.create_vision_provider "local")))
    assert(monitor:register_provider(assert(providers.create_vision_provider "stub")))
    local dashboard = monitor:check_now()
    assert.equal("healthy", dashboard.providers[1].status)
    assert.equal("unknown", dashboard.providers[2].status)
    assert.equal("healthy", dashboard.overall_status)
  end)
end)
