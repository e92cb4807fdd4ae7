-- SPDX-License-Identifier: MIT
local app = require "vision.server.app"
local engine = require "vision.server.engine"
local errors = require "vision.base.error"
local exposition = require "spec.support.exposition"
local folder = require "spec.support.folder"
local pictures = require "spec.support.pictures"
local prometheus = require "vision.server.prometheus"
local shared_state = require("vision.layers.shared_state").shared_state
local shares = require "vision.stack.shared"
local stack = require "vision.stack"
local version = require "vision.version"

local PNG = pictures.png(40, 30, function() return 200 end)
local NAMES = 'endpoint="fake",gen_ai_operation_name="generate_content",'
  .. 'gen_ai_provider_name="fake",gen_ai_request_model="m"'

describe("the figures for Prometheus", function()
  local step

  local function fake()
    return { name = "fake", model = "m",
      analyze_image = function()
        if step then return nil, errors.new("server_error", "as the spec says") end
        return { summary = "s", details = {}, provider = "fake",
          usage = { input_tokens = 100, output_tokens = 20 } }
      end }
  end

  local function service(settings)
    settings.provider, settings.retry = fake(), false
    local shared = assert(shares.new(settings))
    return assert(app.new { engine = assert(engine.new { shared = shared,
      create = function() return stack.stack(shared:apply(settings)) end }) })
  end

  local function ask(of, method, target, body)
    local exchange = of:begin { method = method, target = target, remote = "x",
      headers = { ["content-type"] = "image/png" } }
    if body then exchange:feed(body) end
    local reply = exchange:answer()
    exchange:finish(false)
    return reply
  end

  local function page_of(of)
    local reply = ask(of, "GET", "/metrics")
    assert.equal("text/plain; version=0.0.4; charset=utf-8", reply.headers["Content-Type"])
    return exposition.read(reply.body), reply.body
  end

  it("count requests by route and status, and time them", function()
    step = nil
    local one = service {}
    for _ = 1, 3 do ask(one, "GET", "/healthz") end
    ask(one, "GET", "/nope/" .. ("x"):rep(5000))
    ask(one, "POST", "/api/v1/vision/analyze?include_ocr=false", PNG)
    local values = page_of(one).values
    local of = 'http_request_method="GET",http_route="/healthz"'
    assert.equal(3, values['vision_http_requests_total{' .. of
      .. ',http_response_status_code="200"}'])
    assert.equal(3, values['http_server_request_duration_seconds_bucket{' .. of
      .. ',outcome="success",le="+Inf"}'])
    assert.equal(1, values['vision_http_requests_total{http_request_method="_OTHER",'
      .. 'http_route="unknown",http_response_status_code="404"}'])
    assert.equal(1, values['http_server_active_requests{http_request_method="GET",'
      .. 'http_route="/metrics"}'])
    assert.equal(0, values['http_server_active_requests{' .. of .. '}'])
  end)

  it("tell how providers, circuits, the cache and budgets do", function()
    step = nil
    local one = service { concurrency = true, budget = { daily_limit_usd = 2, hard_limit = false,
      prices = { fake = { input_per_1k = 1, output_per_1k = 1 } } } }
    local analyze = "/api/v1/vision/analyze?include_ocr=false"
    ask(one, "POST", analyze, PNG)
    ask(one, "POST", analyze, PNG)
    step = "fail"
    for i = 1, 5 do ask(one, "POST", analyze .. "&dpi=" .. 100 + i, PNG) end
    local page, text = page_of(one)
    local values = page.values
    for key, value in pairs {
      ['gen_ai_client_operation_duration_seconds_count{' .. NAMES .. '}'] = 1,
      ['gen_ai_client_token_usage_sum{' .. NAMES .. ',gen_ai_token_type="input"}'] = 100,
      ['gen_ai_client_token_usage_sum{' .. NAMES .. ',gen_ai_token_type="output"}'] = 20,
      ['vision_provider_calls_total{' .. NAMES .. ',outcome="success"}'] = 1,
      ['vision_provider_calls_total{' .. NAMES .. ',outcome="server_error"}'] = 5,
      ['vision_provider_calls_in_flight{' .. NAMES .. '}'] = 0,
      ['vision_circuit_state{endpoint="fake",state="open"}'] = 1,
      ['vision_circuit_state{endpoint="fake",state="closed"}'] = 0,
      ['vision_circuit_opens_total{endpoint="fake"}'] = 1,
      ['vision_cache_hits_total'] = 1, ['vision_cache_misses_total'] = 6,
      ['vision_queue_waiting{endpoint="fake",limit="concurrency"}'] = 0,
      ['vision_budget_limit_usd{budget="all",period="day"}'] = 2,
      ['vision_budget_spent_usd{budget="all",period="day"}'] = 0.12,
      ['vision_budget_store_up'] = 1,
      ['vision_build_info{version="' .. version .. '"}'] = 1,
    } do
      assert.equal(value, values[key], key)
    end
    local said = exposition.promtool(text)
    if said then assert.equal("0\n", said) end
  end)

  it("are those of all processes that share a state", function()
    folder.with(function(place)
      assert(os.execute("chmod 700 '" .. place .. "'"))
      local states, apps = {}, {}
      for i = 1, 2 do
        states[i] = assert(shared_state(place .. "/state"))
        apps[i] = assert(app.new { shared = states[i],
          engine = assert(engine.new { provider = "stub" }) })
        for _ = 1, i do ask(apps[i], "GET", "/healthz") end
      end
      for i = 1, 2 do
        assert.equal(3, page_of(apps[i]).values['vision_http_requests_total{'
          .. 'http_request_method="GET",http_route="/healthz",http_response_status_code="200"}'])
        states[i]:close()
      end
    end)
  end)

  it("keep within labels what names hold", function()
    local page = prometheus.page()
    page:gauge("a", "b", 1.5, { { "c", 'x"\\\n\255' .. ("ü"):rep(200) } })
    page:gauge("a", "b", 2, { { "c", "" }, { "d", "e" } })
    local read = exposition.read(page:text())
    assert.equal(2, #read.samples)
    assert.equal(1, read.samples[1].labels.c:find('x\\"\\\\\\n\239\191\189ü', 1, true))
    assert.is_true(#read.samples[1].labels.c < 140)
    assert.same({ 1.5, 2 }, { read.samples[1].value, read.samples[2].value })
  end)
end)
