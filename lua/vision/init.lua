-- SPDX-License-Identifier: MIT
-- The public face: every name a user of the library needs, each found in its module at first use,
-- so that `require "vision"` loads and starts nothing.

if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then
  error("vision needs Lua 5.4 or LuaJIT; this is plain Lua 5.1", 0)
end

-- Public name -> module that holds it under the same name.
local HOMES = {
  create_vision_provider = "vision.providers",
  get_available_providers = "vision.providers",
  create_cached_provider = "vision.layers.cache",
  create_cost_tracked_provider = "vision.layers.budget",
  CostTracker = "vision.layers.budget",
  create_concurrency_limited_provider = "vision.layers.concurrency",
  shared_state = "vision.layers.shared_state",
  create_streaming_provider = "vision.layers.streaming",
  StreamEventType = "vision.layers.streaming",
  create_rate_limited_provider = "vision.layers.rate_limit",
  stack = "vision.stack",
  create_resilient_provider = "vision.layers.resilient",
  create_retry_provider = "vision.layers.retry",
  RetryBudget = "vision.layers.retry_budget",
  create_circuit_breaker_provider = "vision.layers.circuit_breaker",
  CircuitState = "vision.layers.circuit_breaker",
  create_metrics_provider = "vision.layers.metrics",
  create_hedged_provider = "vision.layers.hedge",
  process_images_batch = "vision.ensemble.batch",
  BatchProcessor = "vision.ensemble.batch",
  load_images = "vision.ensemble.batch",
  load_images_from_directory = "vision.ensemble.batch",
  compare_providers = "vision.ensemble.comparison",
  ProviderComparator = "vision.ensemble.comparison",
  SelectionStrategy = "vision.ensemble.comparison",
  create_comparison_provider = "vision.ensemble.comparison",
  create_failover_provider = "vision.ensemble.failover",
  FailoverStrategy = "vision.ensemble.failover",
  ProviderHealth = "vision.ensemble.failover",
  create_health_aware_provider = "vision.ensemble.health",
  HealthMonitor = "vision.ensemble.health",
  HealthStatus = "vision.ensemble.health",
  AlertSeverity = "vision.ensemble.health",
  create_ab_provider = "vision.ensemble.ab",
  create_analytics = "vision.report.analytics",
  TimeGranularity = "vision.report.analytics",
  create_persistent_provider = "vision.layers.records",
  ResultPersistence = "vision.records.persistence",
  QueryFilter = "vision.records.persistence",
  AnalysisRecord = "vision.records.persistence",
  InMemoryStorage = "vision.records.storage.memory",
  SQLiteStorage = "vision.records.storage.sqlite",
  PostgreSQLStorage = "vision.records.storage.postgres",
  create_webhook_provider = "vision.layers.webhooks",
  WebhookManager = "vision.webhooks.manager",
  WebhookEventType = "vision.webhooks.manager",
  generate_sse_stream = "vision.server.sse",
  get_prompts = "vision.policy.prompts",
  register_custom_template = "vision.policy.prompts",
  PromptType = "vision.policy.prompts",
  VisionManager = "vision.manager",
  manager = "vision.manager",
  image_file = "vision.drawing.image",
  image_bytes = "vision.drawing.image",
  image_base64 = "vision.drawing.image",
}

-- Public name -> module that is the thing itself.
local MODULES = {
  DeepSeekVisionProvider = "vision.providers.deepseek",
  OpenAIVisionProvider = "vision.providers.openai",
  AnthropicVisionProvider = "vision.providers.anthropic",
  DeepSeekStubProvider = "vision.providers.stub",
  policy = "vision.policy",
  host = "vision.host",
  task = "vision.base.task",
  json = "vision.base.json",
  version = "vision.version",
}

local vision = {}

---Whether `err` is an error of this library, and of a class of the hierarchy.
---@param err any
---@param class? string VisionError, VisionProviderError, VisionInputError, RateLimitError or
---  CircuitOpenError
---@return boolean
function vision.is_error(err, class)
  return require("vision.base.error").is(err, class)
end

return setmetatable(vision, {
  __index = function(self, name)
    local value
    if MODULES[name] then
      value = require(MODULES[name])
    elseif HOMES[name] then
      value = require(HOMES[name])[name]
    end
    rawset(self, name, value)
    return value
  end,
})
