-- SPDX-License-Identifier: MIT
-- What answers look like, as JSON Schema; for /openapi.json, and for the specs that hold real
-- answers against it.

local json = require "vision.base.json"

local schemas = {}

schemas.TEXT = { type = "string" }
schemas.NUMBER = { type = "number" }
schemas.COUNT = { type = "integer", minimum = 0 }
schemas.TRUTH = { type = "boolean" }
schemas.ANY = { type = "object" }

local function copy_of(schema)
  local copy = {}
  for name, value in pairs(schema) do copy[name] = value end
  return copy
end

--- The same, or null.
---@param schema table
---@return table
function schemas.nullable(schema)
  if schema["$ref"] then return { anyOf = json.array { schema, { type = "null" } } } end
  local copy = copy_of(schema)
  copy.type = json.array { schema.type, "null" }
  return copy
end

---@param item table
---@return table
function schemas.list(item)
  return { type = "array", items = item }
end

--- An object with exactly these fields; those whose names end in "?" may be absent.
---@param fields table<string, table>
---@return table
function schemas.object(fields)
  local required, properties = json.array {}, {}
  for name, schema in pairs(fields) do
    local bare = name:match "^(.-)%??$"
    properties[bare] = schema
    if bare == name then required[#required + 1] = name end
  end
  table.sort(required)
  return { type = "object", properties = properties, required = required,
    additionalProperties = false }
end

--- An object of equal things under names that nobody knows before.
---@param item table
---@return table
function schemas.map(item)
  return { type = "object", additionalProperties = item }
end

--- A schema of COMPONENTS by its name.
---@param name string
---@return table
function schemas.ref(name)
  return { ["$ref"] = "#/components/schemas/" .. name }
end

local TEXT, NUMBER, COUNT, TRUTH = schemas.TEXT, schemas.NUMBER, schemas.COUNT, schemas.TRUTH
local ANY, nullable, list, object = schemas.ANY, schemas.nullable, schemas.list, schemas.object
local map, ref = schemas.map, schemas.ref

local function words(...) return { type = "string", enum = json.array { ... } } end

local SHARE = { type = "number", minimum = 0, maximum = 1 }

-- ---- the parts of answers that several routes have ----

local COMPONENTS = {}

COMPONENTS.Failure = object {
  success = { const = false }, error = TEXT, code = words("INPUT_ERROR", "EXTERNAL_SERVICE_ERROR",
    "INTERNAL_ERROR", "RATE_LIMIT_ERROR", "CIRCUIT_OPEN_ERROR"),
  reason = TEXT, request_id = TEXT,
}

COMPONENTS.Description = object {
  summary = TEXT, details = list(TEXT), confidence = nullable(SHARE), drawing = nullable(ANY),
}

-- VisionAnalyzeResponse: the same fields whether it went well or not.
COMPONENTS.Analysis = object {
  success = TRUTH, description = nullable(ref "Description"), ocr = nullable(ANY),
  provider = nullable(TEXT), processing_time_ms = NUMBER, error = nullable(TEXT),
  code = nullable(TEXT), reason = nullable(TEXT), retryable = nullable(TRUTH),
  retry_after = nullable(NUMBER), model = nullable(TEXT), parsed = nullable(TRUTH),
  grounding = nullable(TEXT), usage = nullable(ANY), sent = {}, fallback_from = {},
  warnings = list(TEXT), schema = {}, confidence_reasons = {}, trail = {},
  cached = nullable(TRUTH), cost_usd = nullable(NUMBER), record_id = nullable(TEXT),
  resumed = nullable(TRUTH), request_id = TEXT,
}

COMPONENTS.Health = object {
  status = words("healthy", "unhealthy"), ["provider?"] = TEXT, ocr_enabled = TRUTH,
}

COMPONENTS.Providers = object {
  ["current_provider?"] = TEXT,
  providers = map(object { available = TRUTH, requires_key = TRUTH, ["key_set?"] = TRUTH,
    ["reason?"] = TEXT }),
}

COMPONENTS.EndpointMetrics = object {
  total_requests = COUNT, successful_requests = COUNT, failed_requests = COUNT,
  cancelled_requests = COUNT, success_rate = SHARE, in_flight = COUNT,
  average_latency_ms = NUMBER, p50_latency_ms = nullable(NUMBER),
  p95_latency_ms = nullable(NUMBER), p99_latency_ms = nullable(NUMBER),
  average_first_text_ms = nullable(NUMBER), p95_first_text_ms = nullable(NUMBER),
  input_tokens = COUNT, output_tokens = COUNT, errors = map(COUNT),
  last_error = nullable(TEXT), circuit_state = nullable(TEXT), circuit_opens = COUNT,
}

COMPONENTS.Metrics = object {
  provider = TEXT, resilient = TRUTH,
  metrics = nullable(object {
    total_requests = COUNT, successful_requests = COUNT, failed_requests = COUNT,
    cancelled_requests = COUNT, success_rate = SHARE, in_flight = COUNT,
    average_latency_ms = NUMBER, input_tokens = COUNT, output_tokens = COUNT,
    last_error = nullable(TEXT), circuit_state = nullable(TEXT), circuit_opens = COUNT,
  }),
  endpoints = map(ref "EndpointMetrics"),
  cache = nullable(object { hits = COUNT, misses = COUNT, joined = COUNT, size = COUNT,
    evictions = COUNT, hit_rate = SHARE }),
  health = nullable(object { overall_status = TEXT, providers = map(ANY) }),
}

COMPONENTS.Alert = object {
  kind = words("budget", "health", "circuit"),
  severity = words("info", "warning", "error", "critical"), subject = TEXT, message = TEXT,
  timestamp = NUMBER, details = ANY,
}

COMPONENTS.HealthAlert = object {
  provider = TEXT, severity = TEXT, message = TEXT, status = TEXT, timestamp = NUMBER,
}

local USAGE = {
  total_requests = COUNT, successful_requests = COUNT, failed_requests = COUNT,
  success_rate = SHARE, total_cost_usd = NUMBER, cost_per_request = nullable(NUMBER),
  unpriced_requests = COUNT, estimated_requests = COUNT, input_tokens = COUNT,
  output_tokens = COUNT,
}

COMPONENTS.Usage = object(USAGE)

local function named_usage()
  local fields = copy_of(USAGE)
  fields.name = TEXT
  return object(fields)
end

COMPONENTS.Costs = object {
  from = TEXT, to = TEXT, time_zone = TEXT, by = TEXT, total = ref "Usage",
  groups = list(named_usage()),
  budgets = list(object { budget = TEXT, kind = TEXT, period = TEXT, limit_usd = NUMBER,
    spent_usd = NUMBER, reserved_usd = NUMBER, hard_limit = TRUTH }),
}

COMPONENTS.Report = object { name = TEXT, document = ANY, report = ANY }

COMPONENTS.Record = object {
  record_id = TEXT, image_hash = TEXT, provider = TEXT, result = nullable(ANY), created_at = TEXT,
  processing_time_ms = NUMBER, cost_usd = nullable(NUMBER), tags = list(TEXT),
  status = words("completed", "failed"), cached = TRUTH, ["model?"] = TEXT,
  ["prompt_version?"] = TEXT, ["usage?"] = ANY,
  ["error?"] = object { code = TEXT, reason = TEXT, message = TEXT }, ["trail?"] = list(ANY),
  ["request_id?"] = TEXT, ["page?"] = COUNT, ["file?"] = TEXT, ["settings_key?"] = TEXT,
  ["disagreements?"] = NUMBER, ["saved_usd?"] = NUMBER,
}

COMPONENTS.Comparison = object {
  success = TRUTH, request_id = TEXT, endpoints = list(TEXT), strategy_used = TEXT,
  ["error?"] = TEXT, ["code?"] = TEXT, ["reason?"] = TEXT,
  selected_provider = nullable(TEXT), selected_result = nullable(ANY),
  aggregated_summary = nullable(TEXT), total_time_ms = NUMBER, success_count = COUNT,
  providers_compared = COUNT, confidence_scores = map(SHARE),
  provider_results = map(object { success = TRUTH, confidence = nullable(SHARE), time_ms = NUMBER,
    result = nullable(ANY), error = nullable(TEXT), code = nullable(TEXT),
    reason = nullable(TEXT) }),
}

COMPONENTS.Estimate = object {
  success = TRUTH, request_id = TEXT, provider = TEXT, model = nullable(TEXT),
  estimate = nullable(object {
    provider = TEXT, model = TEXT,
    images = list(object { ["page?"] = COUNT, ["part?"] = TEXT, width = COUNT, height = COUNT,
      ["tokens?"] = COUNT }),
    ["image_tokens?"] = COUNT, text_tokens = COUNT, ["input_tokens?"] = COUNT,
    output_tokens = COUNT, ["cost_usd?"] = NUMBER, ["price_date?"] = TEXT, warnings = list(TEXT),
  }),
}

COMPONENTS.Prompt = object {
  name = TEXT, description = nullable(TEXT), variables = list(TEXT), origin = TEXT,
  ["system_prompt?"] = TEXT, ["user_prompt?"] = TEXT,
}

COMPONENTS.Policy = object {
  kind = TEXT, name = TEXT, file = TEXT, origin = TEXT, shadows = TRUTH,
  description = nullable(TEXT),
  options = map(object { description = TEXT, ["default?"] = {}, ["value?"] = {} }),
}

COMPONENTS.Job = object {
  job_id = TEXT, status = words("running", "completed", "cancelled", "interrupted"),
  total = COUNT, completed = COUNT, failed = COUNT, progress_percent = NUMBER,
  estimated_remaining_seconds = nullable(NUMBER), created_at = TEXT, updated_at = TEXT,
  provider = TEXT,
}

-- An analysis of one picture of many.
local function job_result()
  local fields = { index = COUNT, file = nullable(TEXT) }
  for name, schema in pairs(COMPONENTS.Analysis.properties) do fields[name] = schema end
  fields.processing_time_ms, fields.ocr, fields.request_id = nil, nil, nil
  return object(fields)
end

COMPONENTS.JobResult = job_result()

-- ---- of OpenAI's form ----

COMPONENTS.OpenAIFailure = object {
  error = object { message = TEXT, type = TEXT, param = nullable(TEXT), code = TEXT },
}

COMPONENTS.OpenAIModel = object {
  id = TEXT, object = { const = "model" }, created = COUNT, owned_by = TEXT,
}

COMPONENTS.ChatCompletion = object {
  id = TEXT, object = { const = "chat.completion" }, created = COUNT, model = TEXT,
  choices = list(object { index = COUNT, finish_reason = TEXT, logprobs = { type = "null" },
    message = object { role = TEXT, content = TEXT, refusal = { type = "null" } } }),
  ["usage?"] = object { prompt_tokens = COUNT, completion_tokens = COUNT, total_tokens = COUNT,
    prompt_tokens_details = ANY, completion_tokens_details = ANY },
  vision = ANY,
}

--- A chat that is asked; other fields of OpenAI's interface are let pass.
schemas.CHAT = {
  type = "object", required = json.array { "messages" },
  properties = {
    model = TEXT, messages = list(ANY), stream = TRUTH, stream_options = ANY,
    response_format = ANY,
  },
}

--- By name.
---@type table<string, table>
schemas.COMPONENTS = COMPONENTS

return schemas
