-- SPDX-License-Identifier: MIT
local application = require "spec.support.application"
local errors = require "vision.base.error"
local pictures = require "spec.support.pictures"
local task = require "vision.base.task"

local PNG = pictures.png(40, 30, function() return 200 end)

local function read(call, query, bytes)
  return call("POST", "/api/v1/vision/analyze?include_ocr=false" .. (query or ""),
    { ["content-type"] = "image/png" }, bytes or PNG)
end

-- Fails as long as `state.fails`.
local function fickle(state)
  return {
    name = "fickle", model = "m", capabilities = {},
    analyze_image = function()
      if state.fails then return nil, errors.new("server_error", "500", { provider = "fickle" }) end
      return { summary = "s", details = {}, provider = "fickle" }
    end,
  }
end

describe("the figures of the service", function()
  it("have the shape of the description, over all endpoints", function()
    application.with({ cache = false }, function(call)
      for _ = 1, 3 do read(call) end
      read(call, "&provider=stub") -- by its own name it is the same endpoint
      local found = call("GET", "/api/v1/vision/metrics").json
      assert.same({ "stub", true }, { found.provider, found.resilient })
      assert.same({ 4, 4, 0, 1, "closed", 0 }, { found.metrics.total_requests,
        found.metrics.successful_requests, found.metrics.failed_requests,
        found.metrics.success_rate, found.metrics.circuit_state, found.metrics.circuit_opens })
      assert.equal(4, found.endpoints.stub.total_requests)
    end)
  end)

  it("say nothing of providers that are not measured", function()
    application.with({}, function(call)
      local reply = call("GET", "/api/v1/vision/metrics")
      assert.same({ false }, { reply.json.resilient })
      assert.is_nil(reply.json.metrics)
    end, { engine = { create = require("vision.providers").create_vision_provider } })
  end)

  it("tell of a circuit that opens, once", function()
    local state = { fails = true }
    local settings = { cache = false, retry = false, health = { failure_threshold = 2 },
      circuit_breaker = { failure_threshold = 2, timeout = 0 } }
    application.with(settings, function(call)
      for _ = 1, 2 do read(call) end
      task.sleep(0)
      local found = call("GET", "/api/v1/vision/alerts").json
      local kinds = {}
      for _, alert in ipairs(found.alerts) do
        kinds[alert.kind] = (kinds[alert.kind] or 0) + 1
        assert.same({ "fickle", "error" }, { alert.subject, alert.severity })
      end
      assert.same({ circuit = 1, health = 1 }, kinds)
      assert.equal("unhealthy", found.active[1].status)
      local metrics = call("GET", "/api/v1/vision/metrics").json
      assert.equal("open", metrics.metrics.circuit_state)
      assert.equal(1, metrics.metrics.circuit_opens)
      assert.matches("500", metrics.metrics.last_error)
      assert.equal(1, #call("GET", "/api/v1/vision/alerts?limit=1").json.alerts)
    end, { engine = { provider = "fickle" }, providers = { fickle = fickle(state) } })
  end)

  it("say what was spent, by provider, tag and day", function()
    application.with({ budget = { daily_limit_usd = 1 }, cache = false }, function(call)
      for i = 1, 3 do read(call, "&tags=t" .. i % 2) end
      local found = call("GET", "/api/v1/vision/costs").json
      assert.same({ "provider", 3 }, { found.by, found.total.total_requests })
      assert.same({ "all", 1, 0 }, { found.budgets[1].budget, found.budgets[1].limit_usd,
        found.budgets[1].spent_usd })
      assert.equal(2, #call("GET", "/api/v1/vision/costs?by=tag").json.groups)
      assert.equal(1, #call("GET", "/api/v1/vision/costs?by=day&days=1").json.groups)
      for _, query in ipairs { "by=x", "from=2026-13-01", "from=2026-11-02&to=2026-11-01",
        "days=2&from=2026-11-01", "days=0" } do
        assert.equal(400, call("GET", "/api/v1/vision/costs?" .. query).status, query)
      end
    end)
  end)

  it("say what records know, where there is no budget", function()
    application.with({ records = { store = "memory:" }, cache = false }, function(call)
      for i = 1, 2 do read(call, "&tags=t" .. i) end
      assert.equal(2, call("GET", "/api/v1/vision/costs").json.total.total_requests)
      assert.equal(2, #call("GET", "/api/v1/vision/costs?by=tag").json.groups)
    end)
  end)

  it("are reports, as JSON, as a page or as a table", function()
    application.with({ records = { store = "memory:" } }, function(call)
      read(call)
      local reply = call("GET", "/api/v1/vision/report/daily?days=2")
      assert.equal(1, reply.json.report.overall_stats.total_requests)
      reply = call("GET", "/api/v1/vision/report/daily",
        { accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" })
      assert.matches("^<!DOCTYPE html>", reply.text)
      assert.matches("default%-src 'none'", reply.headers["Content-Security-Policy"])
      reply = call("GET", "/api/v1/vision/report/daily?format=csv")
      assert.matches("^text/csv", reply.headers["Content-Type"])
      assert.is_true(#call("GET", "/api/v1/vision/report").json.reports >= 5)
      for path, status in pairs { nope = 404, ["daily?from=x"] = 400, ["daily?format=x"] = 400,
        ["daily?timezone=Mars"] = 400, ["daily?days=2&from=2026-11-01"] = 400 } do
        assert.equal(status, call("GET", "/api/v1/vision/report/" .. path).status, path)
      end
    end)
  end)
end)
