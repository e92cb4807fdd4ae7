-- SPDX-License-Identifier: MIT
-- The routes, what /openapi.json says of them and what they really answer agree.

local application = require "spec.support.application"
local core = require "vision.core"
local json = require "vision.base.json"
local json_schema = require "spec.support.json_schema"
local option_lists = require "vision.base.options"
local pictures = require "spec.support.pictures"
local task = require "vision.base.task"

local PNG = pictures.png(40, 30, function() return 200 end)
local AS_PNG = { ["content-type"] = "image/png" }
local AS_JSON = { ["content-type"] = "application/json" }
local unpack = table.unpack or unpack
local V1 = "/api/v1/vision/"

local SETTINGS = { records = { store = "memory:" }, budget = { daily_limit_usd = 1 },
  health = true }

local function with(body)
  application.with(SETTINGS, function(call, service)
    local document = json_schema.decode(call("GET", "/openapi.json").text)
    body(call, document, service)
  end)
end

-- A request for each operation that answers JSON, most after a reading: method, target, headers,
-- body. `%s` is a record, a batch or a report.
local REQUESTS = {
  analyze = { "POST", V1 .. "analyze?include_ocr=false", AS_PNG, PNG },
  alerts = { "GET", V1 .. "alerts" },
  batch = { "GET", V1 .. "batch/%s", of = "job" },
  batch_results = { "GET", V1 .. "batch/%s/results", of = "job" },
  cancel_batch = { "POST", V1 .. "batch/%s/cancel", of = "job" },
  chat_completions = { "POST", "/v1/chat/completions", AS_JSON, json.encode { messages = { {
    role = "user", content = { { type = "image_url", image_url = {
      url = "data:image/png;base64," .. core.image_from_bytes(PNG):base64() } } } } } } },
  compare = { "POST", V1 .. "compare?providers=stub", AS_PNG, PNG },
  costs = { "GET", V1 .. "costs?by=model" },
  delete_records = { "DELETE", V1 .. "records?image_hash=" .. ("0"):rep(64) },
  estimate = { "POST", V1 .. "estimate?provider=openai", AS_PNG, PNG },
  health = { "GET", V1 .. "health" },
  metrics = { "GET", V1 .. "metrics" },
  model = { "GET", "/v1/models/vision" },
  models = { "GET", "/v1/models" },
  openapi = { "GET", "/openapi.json" },
  policies = { "GET", V1 .. "policies" },
  prompt = { "GET", V1 .. "prompts/general" },
  prompts = { "GET", V1 .. "prompts" },
  provider_model = { "GET", "/v1/models/stub/stub" },
  providers = { "GET", V1 .. "providers" },
  record = { "GET", V1 .. "records/%s", of = "record" },
  records = { "GET", V1 .. "records" },
  report = { "GET", V1 .. "report/quality" },
  reports = { "GET", V1 .. "report" },
  start_batch = { "POST", V1 .. "batch", AS_JSON, json.encode {
    images = { core.image_from_bytes(PNG):base64() } } },
}

local function operations(document)
  local list = {}
  for path, methods in pairs(document.paths) do
    for method, operation in pairs(methods) do
      list[operation.operationId] = { path = path, method = method:upper(), operation = operation }
    end
  end
  return list
end

local function schema_of(operation, status)
  local answer = operation.responses[tostring(status)] or operation.responses.default
  local content = answer.content and answer.content["application/json"]
  return content and content.schema
end

describe("the description of the service", function()
  it("is one that a validator of OpenAPI accepts", function()
    application.with({}, function(call)
      local path = os.tmpname()
      local file = assert(io.open(path, "w"))
      file:write(call("GET", "/openapi.json").text)
      file:close()
      local pipe = io.popen(("python3 spec/support/openapi_validator.py <'%s' 2>&1"):format(path))
      local said = pipe:read "*a"
      pipe:close()
      os.remove(path)
      assert.equal("", said)
    end)
  end)

  it("has each route, and no other", function()
    with(function(_, document, service)
      local count = 0
      for name, one in pairs(operations(document)) do
        count = count + 1
        local route, params = service.router:find(one.method, (one.path:gsub("[{}]", "")))
        assert.equal(name, route and route.name, one.path)
        for _, parameter in ipairs(one.operation.parameters) do
          local is_known = parameter["in"] == "path" and params[parameter.name]
            or parameter.name == "Idempotency-Key" and one.method == "POST"
            or (route.query or route.fields or {})[parameter.name]
          assert.truthy(is_known, name .. " " .. parameter.name)
        end
      end
      assert.equal(#service.routes, count)
    end)
  end)

  it("says what each route really answers", function()
    with(function(call, document)
      local record = call(unpack(REQUESTS.analyze, 1, 4)).json.record_id
      local job = call(unpack(REQUESTS.start_batch, 1, 4)).json.job_id
      task.sleep(0)
      local known = operations(document)
      for _, name in ipairs(option_lists.names(known)) do
        local one, request = known[name], REQUESTS[name]
        if schema_of(one.operation, one.operation.responses["202"] and 202 or 200) then
          assert.is_table(request, "no request here for " .. name)
          local target = request.of and request[2]:format(request.of == "job" and job or record)
            or request[2]
          local reply = call(request[1], target, request[3], request[4])
          assert.is_true(reply.status < 300, name .. ": " .. reply.text)
          local schema = schema_of(one.operation, reply.status)
          assert.is_nil(json_schema.fault(reply.text, schema, document.components.schemas), name)
        end
      end
    end)
  end)

  it("says how each route fails", function()
    with(function(call, document)
      local known = operations(document)
      for name, request in pairs {
        analyze = { "POST", V1 .. "analyze", AS_PNG, "x" },
        records = { "GET", V1 .. "records?limit=0" }, record = { "GET", V1 .. "records/x" },
        batch = { "GET", V1 .. "batch/x" }, report = { "GET", V1 .. "report/x" },
        costs = { "GET", V1 .. "costs?by=x" }, prompt = { "GET", V1 .. "prompts/x" },
        compare = { "POST", V1 .. "compare?providers=x", AS_PNG, PNG },
        start_batch = { "POST", V1 .. "batch", AS_JSON, "{}" },
        chat_completions = { "POST", "/v1/chat/completions", AS_JSON, "{}" },
        model = { "GET", "/v1/models/x" },
      } do
        local reply = call(unpack(request, 1, 4))
        assert.is_true(reply.status >= 400)
        assert.is_nil(json_schema.fault(reply.text, schema_of(known[name].operation, reply.status),
          document.components.schemas), name)
      end
    end)
  end)

  it("says what each field must be, as the service checks it", function()
    with(function(call, document)
      local limit
      for _, parameter in ipairs(document.paths[V1 .. "records"].get.parameters) do
        if parameter.name == "limit" then limit = parameter.schema end
      end
      assert.same({ "integer", 1, 1000, 50 }, { limit.type, limit.minimum, limit.maximum,
        limit.default })
      assert.equal(400, call("GET", V1 .. "records?limit=" .. limit.maximum + 1).status)
    end)
  end)

  it("asks for a key where the service does", function()
    with(function(_, document)
      assert.is_nil(document.paths[V1 .. "analyze"].post.security)
    end)
    application.with({}, function(call)
      local document = json_schema.decode(call("GET", "/openapi.json").text)
      assert.equal(2, #document.paths[V1 .. "analyze"].post.security)
      assert.is_nil(document.paths["/healthz"].get.security)
    end, { app = { access = { check = function() end, take_turn = function() end,
      is_required = function() return true end } } })
  end)
end)
