-- SPDX-License-Identifier: MIT
-- The public names, options, defaults and fields that spec/support/seed_names.lua lists: those of
-- `now` are there as described, those of `later` are not there at all.

local application = require "spec.support.application"
local errors = require "vision.base.error"
local log = require "vision.base.log"
local names = require "spec.support.seed_names"
local vision = require "vision"

-- ---- how a default is looked up; each entry of `options` in `now` has its line here ----

local function provider_option(name, given)
  return function(option)
    return assert(vision.create_vision_provider(name, given))[option]
  end
end

local function without_key(options)
  return vision.create_vision_provider("anthropic", options)
end

local FACTORY = {
  provider_type = function()
    return vision.create_vision_provider({ provider_type = "stub" }).name
  end,
  api_key = function() return without_key({ api_key = "sk-x" }).name end,
  model = function() return without_key({ api_key = "sk-x", model = "m" }).model end,
  fallback_to_stub = function()
    log.set_sink(function() end) -- it says so there, too
    local provider = without_key()
    log.set_sink(nil)
    return provider.name == "stub"
  end,
}

-- A reader that finds one word on one page, so that no picture is decoded.
local READER = {
  info = function() return { pages = 1 } end,
  available = function() return true end,
  text_layer = function() return { words = {} } end,
  recognise = function()
    local word = { text = "M8", box = { 1, 2, 3, 4 }, confidence = 0.9, line = 1, block = 1 }
    return { width = 10, height = 10, dpi = 200, page = 1, words = { word } }
  end,
}

-- The smallest GIF there is.
local PICTURE = "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;"

local function analyze(request)
  request.image = PICTURE
  local manager = vision.VisionManager.new { provider = "stub", reader = READER }
  local answer = manager:analyze(request)
  assert.is_true(answer.success, answer.error)
  return answer
end

local REQUEST = {
  include_description = function() return analyze({}).description ~= nil end,
  include_ocr = function() return analyze({}).ocr ~= nil end,
  ocr_provider = function() return analyze({ ocr_provider = "tesseract" }).ocr.provider end,
}

local function called(probes)
  return function(option)
    assert.is_function(probes[option], "no probe for the option " .. option)
    return probes[option]()
  end
end

local TEMPLATE = {
  name = "house", system_prompt = "S", user_prompt = "U {part}", variables = { "part" },
}

local function laid_over_stub(maker)
  return function(options)
    return assert(vision[maker](vision.create_vision_provider "stub", options))
  end
end

local limited = laid_over_stub "create_rate_limited_provider"
local resilient = laid_over_stub "create_resilient_provider"

local function default_of(make)
  return function(option) return make().config[option] end
end

local function stub() return vision.create_vision_provider "stub" end

local function failing_over()
  return assert(vision.create_failover_provider { { provider = stub(), region = "eu" } })
end

local function told()
  return assert(vision.create_webhook_provider(stub(), { webhook_url = "https://x.example/",
    webhook_secret = "s" }))
end

-- What a webhook of an analysis says.
local function webhook()
  local manager, json = told().webhook_manager, vision.json
  local provider = assert(vision.create_webhook_provider(stub(), { webhook_manager = manager }))
  assert(provider:analyze_image(PICTURE))
  local delivery = manager:list()[1]
  local outbox, key = manager.store:get(), delivery.endpoint
  local started = outbox:claim(key, "spec", 2 ^ 40, 2 ^ 41, 1)[1]
  outbox:settle(started, "spec", { at = 1, ms = 1 }, { state = "delivered" })
  return json.decode(outbox:claim(key, "spec", 2 ^ 40, 2 ^ 41, 1)[1].body)
end

local RATE_LIMITS = require("vision.layers.rate_limit").DEFAULTS

local function persistent()
  return assert(vision.create_persistent_provider(stub(), { auto_tag = { "spec" } }))
end

local function saved_record()
  local _, _, record = persistent():analyze_image(PICTURE)
  record.cost_usd = record.cost_usd or 0
  return record
end

local PROBES = {
  create_vision_provider = called(FACTORY),
  deepseek = provider_option("deepseek", { api_key = "sk-x" }),
  openai = provider_option("openai", { api_key = "sk-x" }),
  anthropic = provider_option("anthropic", { api_key = "sk-x" }),
  stub = provider_option "stub",
  VisionAnalyzeRequest = called(REQUEST),
  create_rate_limited_provider = function(option)
    return limited({ requests_per_minute = 60, burst_size = 10 }).config[option]
  end,
  RateLimitConfig = function(name) return RATE_LIMITS[name] end,
  analyze_image = default_of(limited),
  create_resilient_provider = default_of(resilient),
  RetryConfig = default_of(laid_over_stub "create_retry_provider"),
  CircuitBreakerConfig = default_of(laid_over_stub "create_circuit_breaker_provider"),
  create_cached_provider = function(option)
    return vision.create_cached_provider(vision.create_vision_provider "stub").config[option]
  end,
  process_images_batch = function(option)
    return vision.BatchProcessor.new(stub(), {
      max_concurrency = 3, progress_callback = function() end }).config[option]
  end,
  compare_providers = function()
    return assert(vision.compare_providers(PICTURE, { stub() })).strategy_used
  end,
  ProviderComparator = default_of(function()
    return assert(vision.ProviderComparator.new { stub() })
  end),
  FailoverConfig = default_of(failing_over),
  HealthCheckConfig = default_of(function() return assert(vision.HealthMonitor.new()) end),
  BudgetConfig = function(option)
    return require("vision.money.budget").OPTIONS[option].default
  end,
  WebhookConfig = function(option) return told().config[option] end,
  prices = function(name)
    return require("vision.policy.models").catalogue().approximate_prices[name]
  end,
  create_persistent_provider = default_of(persistent),
  QueryFilter = function(option)
    return assert(vision.QueryFilter.new {
      provider = "p", min_confidence = 0.5, limit = 5 })[option]
  end,
  register_custom_template = function(option)
    return assert(vision.register_custom_template(TEMPLATE))[option]
  end,
}

-- ---- how fields are looked up ----

local function keys_of(value)
  local keys = {}
  for key in pairs(value) do
    keys[key] = true
  end
  return keys
end

local function set(list)
  local found = {}
  for _, word in ipairs(list) do
    found[word] = true
  end
  return found
end

-- Of fields that are reckoned when read.
local function reckoned(make, fields)
  return function()
    local value, found = make(), {}
    for _, field in ipairs(fields) do
      found[field] = value[field] ~= nil
    end
    return found
  end
end

local response = require "vision.response"

-- Of a store with a few records of today.
local function analytics_report()
  local analyses = require "spec.support.analyses"
  local now = require("vision.base.clock").wall()
  local store = analyses.storage(analyses.records(1, 20, now - 60, now))
  return assert(assert(vision.create_analytics(store)):generate_report())
end

-- The service, without a socket.
local function vision_service(body)
  local found
  application.with({}, function(...) found = body(...) end)
  return found
end

local function answer_of(name)
  return vision_service(function(call) return call("GET", "/api/v1/vision/" .. name).json end)
end

local FIELDS = {
  VisionDescription = function() return set(response.DESCRIPTION_FIELDS) end,
  VisionAnalyzeResponse = function() return set(response.FIELDS) end,
  OcrResult = function() return keys_of(analyze({}).ocr) end,
  StreamEvent = function()
    local provider = vision.create_streaming_provider(vision.create_vision_provider "stub")
    return keys_of(provider:analyze_image_stream(PICTURE)())
  end,
  CachedProvider = function()
    local provider = vision.create_cached_provider(vision.create_vision_provider "stub")
    return { cache_stats = provider.cache_stats ~= nil }
  end,
  CacheStats = function()
    local provider = vision.create_cached_provider(vision.create_vision_provider "stub")
    return keys_of(provider.cache_stats)
  end,
  VisionProviderError = function()
    return keys_of(errors.new("timeout", "too slow", { provider = "openai" }))
  end,
  RateLimitError = function()
    return keys_of(errors.new("rate_limited", "slow down", { retry_after = 2 }))
  end,
  RateLimitedProvider = reckoned(limited, { "available_requests", "rate_limit_stats" }),
  ResilientProvider = reckoned(resilient, { "metrics", "circuit_state" }),
  ProviderMetrics = function()
    local provider = resilient()
    provider:analyze_image "no picture" -- so that there is a last error
    return keys_of(provider.metrics)
  end,
  BatchResult = function()
    return keys_of(assert(vision.process_images_batch(stub(), { PICTURE })))
  end,
  BatchProgress = function()
    local seen
    vision.process_images_batch(stub(), { PICTURE }, {
      progress_callback = function(progress) seen = keys_of(progress) end })
    return seen
  end,
  ComparisonResult = function()
    local sure = { name = "sure", analyze_image = function()
      return { summary = "s", confidence = 1 }
    end }
    return keys_of(assert(vision.compare_providers(PICTURE, { sure })))
  end,
  FailoverProvider = function() return keys_of(failing_over()) end,
  FailoverStatus = function() return keys_of(failing_over().failover_manager:get_status()) end,
  ProviderEndpoint = function()
    local provider = failing_over()
    assert(provider:analyze_image(PICTURE))
    return keys_of(provider.failover_manager.endpoints[1])
  end,
  HealthMetrics = function()
    local provider = vision.create_health_aware_provider(stub())
    assert(provider:analyze_image(PICTURE))
    return keys_of(provider:get_health())
  end,
  HealthDashboard = function() return keys_of(vision.HealthMonitor.new():get_dashboard()) end,
  HealthAwareProvider = function()
    return { get_health = vision.create_health_aware_provider(stub()).get_health ~= nil }
  end,
  CostTrackedProvider = reckoned(laid_over_stub "create_cost_tracked_provider",
    { "cost_tracker" }),
  UsageSummary = function()
    local provider = assert(vision.create_cost_tracked_provider(stub()))
    assert(provider:analyze_image(PICTURE))
    return keys_of(provider.cost_tracker:get_usage_summary())
  end,
  PersistentProvider = function() return { persistence = persistent().persistence ~= nil } end,
  AnalysisRecord = function() return keys_of(saved_record()) end,
  QueryResult = function() return keys_of(persistent().persistence:query_results()) end,
  WebhookProvider = function()
    return { webhook_manager = told().webhook_manager ~= nil }
  end,
  WebhookBody = function() return keys_of(webhook()) end,
  WebhookPayload = function() return keys_of(webhook().payload) end,
  RateLimitStats = function() return keys_of(limited().rate_limit_stats) end,
  AnalyticsReport = function() return keys_of(analytics_report()) end,
  ProviderStats = function() return keys_of(analytics_report().overall_stats) end,
  TrendData = function() return keys_of(analytics_report().trends) end,
  VisionAnalyzeRequest = function()
    local route = vision_service(function(_, service)
      return service.router:find("POST", "/api/v1/vision/analyze")
    end)
    return keys_of(route.fields)
  end,
  Health = function() return keys_of(answer_of "health") end,
  Providers = function()
    local answer = answer_of "providers"
    local fields = keys_of(answer)
    for name in pairs(answer.providers.openai) do fields[name] = true end
    return fields
  end,
  Metrics = function() return keys_of(answer_of "metrics") end,
}

-- ---- the specs, made from the lists ----

local function check_option(probe, name, option, described)
  local found = probe(option)
  if type(described) == "table" and described.anything then return end
  local wanted = described
  if type(described) == "table" and described.why then
    wanted = described.ours
    assert.is_truthy(#described.why > 10, "a corrected default has its reason")
  end
  assert.are.same(wanted, found, ("default of %s.%s"):format(name, option))
end

local function describe_now(group)
  for _, name in ipairs(group.functions or {}) do
    it("has the function " .. name, function() assert.is_function(vision[name]) end)
  end
  for _, name in ipairs(group.classes or {}) do
    it("has the class " .. name, function() assert.is_function(vision[name].new) end)
  end
  for name, words in pairs(group.enums or {}) do
    it("has the words of " .. name, function() assert.are.same(words, vision[name]) end)
  end
  for name, options in pairs(group.options or {}) do
    it("has the options of " .. name, function()
      local probe = assert(PROBES[name], "no probe for the options of " .. name)
      for option, described in pairs(options) do
        check_option(probe, name, option, described)
      end
    end)
  end
  for name, fields in pairs(group.fields or {}) do
    it("has the fields of " .. name, function()
      local present = assert(FIELDS[name], "no probe for the fields of " .. name)()
      for _, field in ipairs(fields) do
        assert.is_true(present[field], ("%s has no field %s"):format(name, field))
      end
    end)
  end
end

local function describe_later(group)
  local absent = {}
  for _, list in ipairs { group.functions or {}, group.classes or {} } do
    for _, name in ipairs(list) do
      absent[#absent + 1] = name
    end
  end
  for name in pairs(group.enums or {}) do
    absent[#absent + 1] = name
  end
  it("is not there yet", function()
    assert.is_truthy(#absent > 0)
    for _, name in ipairs(absent) do
      assert.is_nil(vision[name], name .. " is there: move its group from later to now")
    end
  end)
end

describe("public names:", function()
  for _, group in ipairs(names.now) do
    describe(group.title, function() describe_now(group) end)
  end
end)

describe("public names to come:", function()
  for _, group in ipairs(names.later) do
    describe(group.title, function() describe_later(group) end)
  end
end)

-- ---- lists that are not options, fields or enumerations ----

local function listed(title, list)
  for _, group in ipairs(names.now) do
    if group.title == title then return group.names[list] end
  end
end

describe("provider types", function()
  it("are all known", function()
    local available = vision.get_available_providers()
    for _, list in ipairs { "provider_types", "providers_beside_them" } do
      for _, name in ipairs(listed("provider factory", list)) do
        assert.is_truthy(name == "auto" or available[name], name)
      end
    end
  end)

  it("are tried by auto in the stated order", function()
    local order = listed("provider factory", "auto_order")
    assert.are.same(order, require("vision.providers").AUTO_ORDER)
  end)

  it("take every detail of the description, and no other", function()
    for _, detail in ipairs(listed("providers", "detail")) do
      assert(vision.create_vision_provider("openai", { api_key = "sk-x", detail = detail }))
    end
    local _, err = vision.create_vision_provider("openai", { api_key = "sk-x", detail = "best" })
    assert.are.equal("invalid_option", err.reason)
  end)

  it("take the described models by name", function()
    local providers = { deepseek = "deepseek", gpt = "openai", claude = "anthropic" }
    for _, model in ipairs(listed("providers", "models_still_accepted")) do
      local provider = assert(vision.create_vision_provider(providers[model:match "^%a+"],
        { api_key = "sk-x", model = model }))
      assert.are.equal(model, provider.model)
    end
  end)

  it("read each variable of the environment somewhere", function()
    for _, variable in ipairs(listed("provider factory", "environment")) do
      local found = io.popen("grep -rlF '\"" .. variable .. "\"' lua scripts"):read "*l"
      assert.is_string(found, variable)
    end
  end)
end)

describe("the manager", function()
  it("has its methods", function()
    local manager = vision.manager()
    for _, name in ipairs(listed("manager", "methods")) do
      assert.is_function(manager[name], name)
    end
    assert.are.equal(manager, vision.manager())
  end)
end)

describe("error classes", function()
  it("form the described hierarchy, each with a reason that belongs to it", function()
    for _, pair in ipairs(listed("errors", "hierarchy")) do
      local class, parent = pair[1], pair[2]
      local belongs = false
      for reason, row in pairs(errors.REASONS) do
        if row.class == class then
          local err = errors.new(reason, "for the spec")
          assert.is_true(vision.is_error(err, class))
          assert.is_true(vision.is_error(err, parent or "VisionError"))
          belongs = true
        end
      end
      assert.is_true(belongs, class)
    end
  end)

  it("carry the described codes and no other", function()
    local codes = {}
    for _, row in pairs(errors.REASONS) do
      codes[row.code] = true
    end
    assert.are.same(set(listed("errors", "codes")), codes)
  end)
end)

describe("a health monitor", function()
  it("has its methods", function()
    local monitor = vision.HealthMonitor.new()
    for _, name in ipairs(listed("health monitor", "methods")) do
      assert.is_function(monitor[name], name)
    end
  end)
end)

describe("analytics", function()
  it("has its methods", function()
    local analytics = assert(vision.create_analytics({ sums = true }))
    for _, name in ipairs(listed("analytics", "methods")) do
      assert.is_function(analytics[name], name)
    end
  end)
end)

describe("the service", function()
  it("has the routes of the description", function()
    vision_service(function(_, service)
      for _, line in ipairs(listed("service", "routes")) do
        local method, path = line:match "^(%u+) (.+)$"
        assert.is_table(service.router:find(method, path), line)
      end
    end)
  end)
end)
