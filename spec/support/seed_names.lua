-- SPDX-License-Identifier: MIT
-- Every public name of the system's description: functions, classes, enumerations, options with
-- their defaults, fields, codes and states. `now` holds what works, `later` what is announced and
-- must not be there half-made: whoever adds a name moves its group up.
--
-- A group may have
--   functions  names in `require "vision"`
--   classes    tables in `require "vision"` with a constructor `new`
--   enums      name -> { KEY = "word" }, exactly
--   options    name -> { option = default | anything(type) | corrected(described, ours, why) }
--   fields     name -> list of fields that its values have
--   names      name -> list of words that are not Lua values of their own (paths, variables)

-- An option with no default of its own.
local function anything(what) return { anything = what } end

-- A default that differs from the description, and the reason.
local function corrected(described, ours, why)
  return { described = described, ours = ours, why = why }
end

local now = {
  {
    title = "provider factory",
    functions = { "create_vision_provider", "get_available_providers" },
    options = {
      create_vision_provider = {
        provider_type = anything("deepseek openai anthropic stub auto"),
        api_key = anything("string"),
        model = anything("string"),
        fallback_to_stub = true,
      },
    },
    names = {
      provider_types = { "deepseek", "openai", "anthropic", "stub", "auto" },
      providers_beside_them = { "azure", "openai_compatible", "local" },
      auto_order = { "deepseek", "openai", "anthropic", "local", "stub" },
      environment = {
        "VISION_PROVIDER", "DEEPSEEK_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY",
        "OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY",
        "AZURE_OPENAI_DEPLOYMENT", "ANTHROPIC_BASE_URL", "DEEPSEEK_BASE_URL",
        "VISION_COMPATIBLE_BASE_URL", "VISION_COMPATIBLE_API_KEY", "VISION_COMPATIBLE_MODEL",
      },
    },
  },
  {
    title = "providers",
    classes = {
      "DeepSeekVisionProvider", "OpenAIVisionProvider", "AnthropicVisionProvider",
      "DeepSeekStubProvider",
    },
    options = {
      deepseek = {
        base_url = "https://api.deepseek.com",
        model = corrected("deepseek-chat", "deepseek-flash",
          "deepseek-chat was retired on 2026-07-24 and never took pictures"),
        timeout_seconds = 60,
        max_tokens = 2048,
      },
      openai = {
        base_url = "https://api.openai.com/v1",
        model = corrected("gpt-4o", "gpt-5.4-mini",
          "gpt-4o is off the price list; this one sees, answers by a schema and costs less"),
        timeout_seconds = 60,
        max_tokens = 2048,
        detail = "high",
      },
      anthropic = {
        base_url = "https://api.anthropic.com",
        model = corrected("claude-sonnet-4-20250514", "claude-sonnet-5-5",
          "the successor of the described model, at a lower price"),
        timeout_seconds = 90,
        max_tokens = 2048,
      },
      stub = {
        latency_seconds = 0,
      },
    },
    names = {
      detail = { "low", "high", "auto" },
      models_still_accepted = {
        "deepseek-chat", "gpt-4o", "gpt-4-turbo", "claude-sonnet-4-20250514",
      },
    },
  },
  {
    title = "answers",
    fields = {
      VisionDescription = { "summary", "details", "confidence" },
      VisionAnalyzeResponse = {
        "success", "description", "ocr", "provider", "processing_time_ms", "error", "code",
      },
      OcrResult = { "text", "words", "provider", "processing_time_ms" },
    },
    options = {
      VisionAnalyzeRequest = {
        include_description = true,
        include_ocr = true,
        ocr_provider = anything("auto tesseract text_layer"),
      },
    },
  },
  {
    title = "manager",
    classes = { "VisionManager" },
    functions = { "manager" },
    names = { methods = { "analyze", "switch_provider" } },
  },
  {
    title = "streaming",
    functions = { "create_streaming_provider" },
    enums = {
      StreamEventType = {
        START = "start", PROGRESS = "progress", PARTIAL = "partial",
        COMPLETE = "complete", ERROR = "error", HEARTBEAT = "heartbeat",
      },
    },
    fields = { StreamEvent = { "event_type", "data", "timestamp" } },
  },
  {
    title = "cache",
    functions = { "create_cached_provider" },
    options = { create_cached_provider = { max_size = 100, ttl_seconds = 3600 } },
    fields = {
      CachedProvider = { "cache_stats" },
      CacheStats = { "hits", "misses", "size", "evictions", "hit_rate" },
    },
  },
  {
    title = "prompts",
    functions = { "get_prompts", "register_custom_template" },
    enums = {
      PromptType = {
        ENGINEERING_DRAWING = "engineering_drawing", ARCHITECTURAL = "architectural",
        CIRCUIT_DIAGRAM = "circuit_diagram", FLOWCHART = "flowchart", GENERAL = "general",
      },
    },
    options = {
      register_custom_template = {
        name = anything("string"),
        system_prompt = anything("string"),
        user_prompt = anything("string"),
        variables = anything("list of names"),
      },
    },
  },
  {
    title = "retry, circuit breaker and metrics",
    functions = {
      "create_resilient_provider", "create_retry_provider", "create_circuit_breaker_provider",
      "create_metrics_provider",
    },
    classes = { "RetryBudget" },
    enums = {
      -- the last two are set by hand
      CircuitState = {
        CLOSED = "closed", OPEN = "open", HALF_OPEN = "half_open", FORCED_OPEN = "forced_open",
        DISABLED = "disabled",
      },
    },
    options = {
      create_resilient_provider = {
        max_retries = 3, circuit_failure_threshold = 5, circuit_timeout = 60,
      },
      RetryConfig = { max_retries = 3, base_delay = 1, max_delay = 30, exponential_base = 2 },
      CircuitBreakerConfig = {
        failure_threshold = 5, success_threshold = 2, timeout = 60, half_open_max_calls = 1,
      },
    },
    fields = {
      ResilientProvider = { "metrics", "circuit_state" },
      ProviderMetrics = {
        "total_requests", "successful_requests", "failed_requests", "success_rate",
        "average_latency_ms", "last_error", "circuit_state", "circuit_opens",
      },
    },
  },
  {
    title = "rate limit",
    functions = { "create_rate_limited_provider" },
    options = {
      create_rate_limited_provider = {
        requests_per_minute = anything("number"), burst_size = anything("integer"),
      },
      RateLimitConfig = {
        openai = { requests_per_minute = 60, burst_size = 10 },
        anthropic = { requests_per_minute = 60, burst_size = 10 },
        deepseek = { requests_per_minute = 120, burst_size = 20 },
        stub = { requests_per_minute = 1000, burst_size = 100 },
      },
      analyze_image = { wait_for_rate_limit = true, tags = anything("list of tags") },
    },
    fields = {
      RateLimitedProvider = { "available_requests", "rate_limit_stats" },
      RateLimitStats = { "total_requests", "rejected_requests" },
    },
  },
  {
    title = "errors",
    functions = { "is_error" },
    names = {
      -- class -> the class above it
      hierarchy = {
        { "VisionError" },
        { "VisionProviderError", "VisionError" },
        { "VisionInputError", "VisionError" },
        { "RateLimitError", "VisionProviderError" },
        { "CircuitOpenError", "VisionProviderError" },
      },
      codes = {
        "INPUT_ERROR", "EXTERNAL_SERVICE_ERROR", "INTERNAL_ERROR", "RATE_LIMIT_ERROR",
        "CIRCUIT_OPEN_ERROR",
      },
    },
    fields = {
      VisionProviderError = { "provider", "message" },
      RateLimitError = { "retry_after" },
    },
  },
  {
    title = "batch",
    functions = { "process_images_batch", "load_images_from_directory" },
    classes = { "BatchProcessor" },
    options = {
      process_images_batch = {
        max_concurrency = anything("integer"), progress_callback = anything("function"),
      },
    },
    fields = {
      BatchResult = {
        "total", "completed", "failed", "results", "errors", "total_time_ms", "success_rate",
      },
      BatchProgress = { "progress_percent", "estimated_remaining_seconds" },
    },
  },
  {
    title = "comparison",
    functions = { "compare_providers" },
    classes = { "ProviderComparator" },
    enums = {
      SelectionStrategy = {
        HIGHEST_CONFIDENCE = "highest_confidence", FIRST_SUCCESS = "first_success",
        MAJORITY_VOTE = "majority_vote", WEIGHTED_AVERAGE = "weighted_average",
      },
    },
    options = {
      compare_providers = { strategy = "highest_confidence" },
      ProviderComparator = { selection_strategy = "highest_confidence" },
    },
    fields = {
      ComparisonResult = {
        "provider_results", "selected_result", "selected_provider", "aggregated_summary",
        "total_time_ms", "strategy_used", "success_count", "providers_compared",
        "confidence_scores",
      },
    },
  },
  {
    title = "failover",
    functions = { "create_failover_provider" },
    enums = {
      FailoverStrategy = {
        PRIORITY = "priority", ROUND_ROBIN = "round_robin", LATENCY = "latency",
        WEIGHTED = "weighted", REGION = "region", -- the last is ours
      },
      ProviderHealth = {
        HEALTHY = "healthy", DEGRADED = "degraded", UNHEALTHY = "unhealthy", UNKNOWN = "unknown",
      },
    },
    options = { FailoverConfig = { strategy = "priority", max_retries = 3 } },
    fields = {
      FailoverProvider = { "failover_manager" },
      FailoverStatus = { "healthy_count", "total_count" },
      ProviderEndpoint = {
        "provider", "priority", "weight", "region", "health", "consecutive_failures",
        "avg_latency_ms",
      },
    },
  },
  {
    title = "health monitor",
    functions = { "create_health_aware_provider" },
    classes = { "HealthMonitor" },
    enums = {
      HealthStatus = {
        HEALTHY = "healthy", DEGRADED = "degraded", UNHEALTHY = "unhealthy",
        UNKNOWN = "unknown", -- ours: what was never asked
      },
      AlertSeverity = {
        INFO = "info", WARNING = "warning", ERROR = "error", CRITICAL = "critical",
      },
    },
    options = {
      HealthCheckConfig = {
        interval_seconds = 60, failure_threshold = 3, latency_degraded_ms = 5000,
      },
    },
    fields = {
      HealthMetrics = {
        "provider", "status", "uptime_percentage", "avg_latency_ms", "p95_latency_ms",
        "p99_latency_ms", "success_rate", "total_checks", "consecutive_failures",
      },
      HealthDashboard = { "overall_status", "active_alerts" },
      HealthAwareProvider = { "get_health" },
    },
    names = {
      methods = { "register_provider", "add_alert_callback", "start", "get_dashboard" },
    },
  },
  {
    title = "costs",
    functions = { "create_cost_tracked_provider" },
    classes = { "CostTracker" },
    options = {
      BudgetConfig = {
        daily_limit_usd = anything("number"), monthly_limit_usd = anything("number"),
        alert_threshold_percent = 80, hard_limit = true,
      },
      prices = {
        openai = { input_per_1k = 0.005, output_per_1k = 0.015, image = 0.00765 },
        anthropic = { input_per_1k = 0.003, output_per_1k = 0.015, image = 0.0048 },
        deepseek = { input_per_1k = 0.00014, output_per_1k = 0.00028, image = 0.001 },
      },
    },
    fields = {
      CostTrackedProvider = { "cost_tracker" },
      UsageSummary = { "total_requests", "success_rate", "cost_per_request" },
    },
    names = { methods = { "get_daily_cost", "get_monthly_cost", "get_usage_summary" } },
  },
  {
    title = "analytics",
    functions = { "create_analytics" },
    enums = {
      TimeGranularity = { HOUR = "hour", DAY = "day", WEEK = "week", MONTH = "month" },
    },
    fields = {
      AnalyticsReport = {
        "report_id", "generated_at", "period_start", "period_end", "provider_stats",
        "overall_stats", "trends", "top_tags", "insights",
      },
      ProviderStats = { "total_requests", "success_rate", "avg_cost_per_request" },
      TrendData = { "request_trend", "cost_trend" },
    },
    names = { methods = { "get_provider_stats", "get_trends", "generate_report" } },
  },
  {
    title = "records",
    functions = { "create_persistent_provider" },
    classes = { "ResultPersistence", "InMemoryStorage", "SQLiteStorage", "PostgreSQLStorage" },
    options = {
      create_persistent_provider = { auto_tag = anything("list of tags") },
      QueryFilter = {
        provider = anything("string"), min_confidence = anything("number"),
        limit = anything("integer"),
      },
    },
    fields = {
      PersistentProvider = { "persistence" },
      AnalysisRecord = {
        "record_id", "image_hash", "provider", "result", "created_at", "processing_time_ms",
        "cost_usd", "tags",
      },
      QueryResult = { "records" },
    },
    names = { methods = { "query_results" } },
  },
  {
    title = "webhooks",
    functions = { "create_webhook_provider" },
    classes = { "WebhookManager" },
    enums = {
      WebhookEventType = {
        ANALYSIS_STARTED = "analysis.started", ANALYSIS_COMPLETED = "analysis.completed",
        ANALYSIS_FAILED = "analysis.failed", BATCH_STARTED = "batch.started",
        BATCH_PROGRESS = "batch.progress", BATCH_COMPLETED = "batch.completed",
        BUDGET_ALERT = "budget.alert",
        -- the rest are ours
        CIRCUIT_OPENED = "circuit.opened", CIRCUIT_CLOSED = "circuit.closed",
        HEALTH_CHANGED = "health.changed", CONSENSUS_DISAGREEMENT = "consensus.disagreement",
        WEBHOOK_TEST = "webhook.test",
      },
    },
    options = {
      WebhookConfig = { webhook_url = anything("string"), webhook_secret = anything("string") },
    },
    fields = {
      WebhookProvider = { "webhook_manager" },
      WebhookBody = { "event_id", "event_type", "payload", "timestamp" },
      WebhookPayload = { "request_id", "provider", "elapsed_ms", "result" },
    },
    names = {
      methods = { "start", "verify_signature" },
      headers = { "X-Webhook-Signature" },
    },
  },
  {
    title = "service",
    functions = { "generate_sse_stream" },
    names = {
      routes = {
        "POST /api/v1/vision/analyze", "GET /api/v1/vision/health",
        "GET /api/v1/vision/providers", "GET /api/v1/vision/metrics",
        "GET /api/v1/vision/analyze/stream",
      },
    },
    fields = {
      VisionAnalyzeRequest = {
        "image_base64", "include_description", "include_ocr", "ocr_provider",
      },
      Health = { "status", "provider", "ocr_enabled" },
      Providers = { "current_provider", "providers", "available", "requires_key", "key_set" },
      Metrics = { "provider", "resilient", "metrics" },
    },
  },
}

local later = {
  {
    title = "records in Redis",
    classes = { "RedisStorage" },
  },
}

return { now = now, later = later, anything = anything, corrected = corrected }
