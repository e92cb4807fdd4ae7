-- SPDX-License-Identifier: MIT
local application = require "spec.support.application"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local pictures = require "spec.support.pictures"
local task = require "vision.base.task"

local PNG = pictures.png(40, 30, function() return 200 end)
local AS_PNG = { ["content-type"] = "image/png" }

local function reader(name, confidence)
  return { name = name, model = "m", capabilities = {},
    analyze_image = function()
      if not confidence then
        return nil, errors.new("server_error", "500", { provider = name })
      end
      return { summary = name .. " says", details = {}, provider = name, confidence = confidence }
    end }
end

describe("a comparison by the service", function()
  local function with(body)
    application.with({ cache = false, retry = false }, body, { providers = {
      openai = reader("openai", 0.6), anthropic = reader("anthropic", 0.9),
      deepseek = reader "deepseek" } })
  end

  local function compare(call, query)
    return call("POST", "/api/v1/vision/compare?" .. query, AS_PNG, PNG)
  end

  it("asks those that are named, and chooses as it is told", function()
    with(function(call)
      local found = compare(call,
        "providers=openai,anthropic,deepseek&strategy=highest_confidence").json
      assert.same({ true, "anthropic", 2, 3 }, { found.success, found.selected_provider,
        found.success_count, found.providers_compared })
      assert.equal("server_error", found.provider_results.deepseek.reason)
      assert.same({ openai = 0.6, anthropic = 0.9 }, found.confidence_scores)
    end)
  end)

  it("that nobody could make says why, and what was tried", function()
    with(function(call)
      local reply = compare(call, "providers=deepseek")
      assert.same({ 502, false, "server_error" }, { reply.status, reply.json.success,
        reply.json.reason })
      assert.is_false(reply.json.provider_results.deepseek.success)
    end)
  end)

  it("is refused where it cannot be made", function()
    with(function(call)
      for query, word in pairs { ["providers=nobody"] = "nobody", ["strategy=odd"] = "odd",
        ["providers=openai,openai"] = "openai", ["providers=[7]"] = "list of names",
        ["providers=[]"] = "1 to 16" } do
        local reply = compare(call, query)
        assert.same({ 400, "invalid_option" }, { reply.status, reply.json.reason }, reply.text)
        assert.truthy(reply.json.error:find(word, 1, true), reply.json.error)
      end
    end)
  end)
end)

describe("a comparison whose client leaves", function()
  it("is given up, with all the calls under way", function()
    local begun, cancelled = 0, 0
    local function slow(name)
      return { name = name, model = "m", capabilities = {}, analyze_image = function()
        begun = begun + 1
        local ok, err = task.sleep(60)
        if not ok then cancelled = cancelled + 1 end
        return nil, err
      end }
    end
    application.with({ cache = false, retry = false }, function(_, service)
      local exchange = service:begin { method = "POST", remote = "127.0.0.1",
        target = "/api/v1/vision/compare?providers=openai,anthropic", headers = AS_PNG }
      exchange:feed(PNG)
      local work = task.spawn(function() exchange:answer() end)
      while begun < 2 do task.sleep(0.001) end
      work:cancel()
      work:join()
      exchange:finish(true)
      assert.equal(2, cancelled)
    end, { providers = { openai = slow "openai", anthropic = slow "anthropic" } })
  end)
end)

describe("an estimate by the service", function()
  it("needs no key, and sends nothing", function()
    application.with({}, function(call)
      local reply = call("POST", "/api/v1/vision/estimate?provider=openai", AS_PNG, PNG)
      assert.same({ 200, "openai" }, { reply.status, reply.json.provider })
      assert.is_true(reply.json.estimate.input_tokens > 0)
      assert.is_true(reply.json.estimate.cost_usd > 0)
      reply = call("POST", "/api/v1/vision/estimate?provider=stub", AS_PNG, PNG)
      assert.same({ 200, "stub" }, { reply.status, reply.json.provider })
      assert.equal(415, call("POST", "/api/v1/vision/estimate", AS_PNG, "no picture").status)
    end)
  end)

  it("is of the model that is named behind a stroke", function()
    application.with({}, function(call)
      local found = call("POST", "/api/v1/vision/estimate?provider=openai/gpt-5.4-mini", AS_PNG,
        PNG).json
      assert.equal("gpt-5.4-mini", found.model)
    end)
  end)
end)

describe("the scripts of the service", function()
  it("are listed, without the places where they lie", function()
    application.with({}, function(call)
      local found = call("GET", "/api/v1/vision/policies").json
      local kinds = {}
      for _, item in ipairs(found.policies) do
        kinds[item.kind] = true
        assert.is_nil(item.path)
      end
      assert.is_true(kinds.models and kinds.failover and kinds.reports and kinds.prompts)
      assert.same({}, found.faults)
      for _, item in ipairs(call("GET", "/api/v1/vision/policies?kind=retry").json.policies) do
        assert.equal("retry", item.kind)
      end
      assert.equal(400, call("GET", "/api/v1/vision/policies?kind=odd").status)
    end)
  end)

  it("are prompts, too", function()
    application.with({}, function(call)
      local list = call("GET", "/api/v1/vision/prompts").json.prompts
      assert.is_true(#list >= 5)
      assert.is_nil(list[1].system_prompt)
      local one = call("GET", "/api/v1/vision/prompts/flowchart").json
      assert.same({ "flowchart", "string" }, { one.name, type(one.system_prompt) })
      local reply = call("GET", "/api/v1/vision/prompts/nope")
      assert.same({ 404, "not_found" }, { reply.status, reply.json.reason })
    end)
  end)
end)

describe("a stream by GET", function()
  it("reads the small picture of its query", function()
    application.with({}, function(call)
      local text = require("vision.core").image_from_bytes(PNG):base64():gsub("[+/=]",
        function(c) return ("%%%02X"):format(c:byte()) end)
      local path = "/api/v1/vision/analyze/stream?include_ocr=false&image_base64="
      local reply, last = call("GET", path .. text), nil
      for piece in reply.events do last = piece end
      assert.matches("^event: complete", last)
      assert.is_true(json.decode(last:match "data: ([^\n]+)").success)
      assert.equal(400, call("GET", path).status)
      assert.equal(405, call("HEAD", path .. text).status) -- that would cost
      assert.equal(400, call("GET", path .. ("A"):rep(8300)).status)
    end)
  end)
end)
