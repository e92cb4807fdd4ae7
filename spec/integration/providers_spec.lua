-- SPDX-License-Identifier: MIT
-- Every provider against a local server that plays what providers were seen to do.

local core = require "vision.core"
local errors = require "vision.base.error"
local http = require "vision.base.http"
local images = require "vision.drawing.image"
local mock_provider = require "spec.support.mock_provider"
local pictures = require "spec.support.pictures"
local providers = require "vision.providers"
local task = require "vision.base.task"

local KEY = "sk-test-4711.SECRET"
local PNG = pictures.png(8, 6, function()
  return 255
end)

describe("providers over the network", function()
  local mock

  setup(function()
    mock = mock_provider.start()
  end)

  teardown(function()
    mock:stop()
  end)

  before_each(function()
    mock:requests()
  end)

  local function provider(kind, scenario, options)
    local given = { api_key = KEY, timeout_seconds = 20, base_url = mock:base(scenario,
      kind == "anthropic" and "" or "/v1") }
    for name, value in pairs(options or {}) do
      given[name] = value
    end
    return assert(providers.create_vision_provider(kind, given))
  end

  local function openai(scenario, options)
    return provider("openai", scenario, options)
  end

  local function anthropic(scenario, options)
    return provider("anthropic", scenario, options)
  end

  -- All events of a stream, the text of its pieces and its last event.
  local function follow(one, options)
    local types, texts, last = {}, {}, nil
    for event in one:analyze_image_stream(PNG, options) do
      types[#types + 1] = event.event_type
      texts[#texts + 1] = event.data.text
      last = event
    end
    return last, table.concat(texts), types
  end

  it("read a drawing", function()
    for _, kind in ipairs { "openai", "anthropic", "deepseek" } do
      local reading = assert(provider(kind, "ok"):analyze_image(PNG))
      assert.equal("Flange with four holes", reading.summary)
      assert.equal(0.92, reading.confidence)
      assert.equal(6.6, reading.drawing.callouts[1].nominal)
      assert.equal("4711-02", reading.drawing.title_block.drawing_number)
      assert.is_nil(reading.drawing.title_block.revision)
      assert.equal(kind, reading.provider)
      assert.equal("image", reading.grounding)
      assert.is_true(reading.parsed)
      assert.equal("none", reading.sent[1].change)
    end
  end)

  it("count usage as each provider means it", function()
    local usage = openai("ok"):analyze_image(PNG).usage
    assert.same({ 812, 17, 100, 5 }, { usage.input_tokens, usage.output_tokens,
      usage.cached_tokens, usage.reasoning_tokens })
    usage = anthropic("ok"):analyze_image(PNG).usage
    assert.same({ 1600, 42, 30, 10 }, { usage.input_tokens, usage.output_tokens,
      usage.cached_tokens, usage.cache_write_tokens })
    assert.equal(300, provider("deepseek", "deepseek-usage"):analyze_image(PNG).usage.cached_tokens)
    assert.is_nil(openai("no-usage"):analyze_image(PNG).usage)
  end)

  describe("send", function()
    it("what OpenAI takes", function()
      assert(openai("ok"):analyze_image(PNG))
      local request = mock:requests()[1]
      assert.equal("Bearer " .. KEY, request.headers.authorization)
      assert.equal(tostring(request.length), request.headers["content-length"])
      local content = request.body.messages[2].content
      assert.equal("data:image/png;base64," .. core.base64_encode(PNG), content[1].image_url.url)
      assert.equal("high", content[1].image_url.detail)
      assert.equal(2048, request.body.max_completion_tokens)
      assert.is_nil(request.body.temperature)
      assert.is_true(request.body.response_format.json_schema.strict)
    end)

    it("what Anthropic takes, and no sampling", function()
      local reading = assert(anthropic("ok", { temperature = 0.5 }):analyze_image(PNG))
      assert.truthy(reading.warnings[1]:find("temperature", 1, true))
      local request = mock:requests()[1]
      assert.equal(KEY, request.headers["x-api-key"])
      assert.is_nil(request.headers.authorization)
      assert.equal("2026-10-21", request.headers["anthropic-version"])
      local block = request.body.messages[1].content[1]
      assert.equal(core.base64_encode(PNG), block.source.data)
      assert.equal("image/png", block.source.media_type)
      assert.equal(2048, request.body.max_tokens)
      assert.is_nil(request.body.temperature)
      assert.is_table(request.body.output_config.format.schema)
    end)

    it("the word JSON and an example where only a JSON mode exists", function()
      assert(provider("deepseek", "ok"):analyze_image(PNG))
      local body = mock:requests()[1].body
      assert.equal("json_object", body.response_format.type)
      assert.truthy(body.messages[2].content[2].text:find("JSON", 1, true))
      assert.truthy(body.messages[2].content[2].text:find('"callouts"', 1, true))
      assert.equal("disabled", body.thinking.type)
    end)

    it("Azure's two addresses", function()
      local host = "https://res.openai.azure.com"
      local azure_urls = require "vision.providers.azure_urls"
      local function url(base, version)
        return azure_urls.chat { base_url = base, model = "dep", api_version = version }
      end
      assert.equal(host .. "/openai/v1/chat/completions", url(host))
      assert.equal(host .. "/openai/v1/chat/completions", url(host .. "/openai/v1"))
      local classic = host .. "/openai/deployments/dep/chat/completions?api-version="
      assert.equal(classic .. "2024-06-01", url(host, "2024-06-01"))
      assert.equal(classic .. "2024-10-21", url(host .. "/openai/deployments/dep"))
      assert.equal(classic .. "2025-01-01",
        url(host .. "/openai/deployments/dep/chat/completions?api-version=2025-01-01"))
      assert.is_true(azure_urls.is_azure(host))
      assert.is_false(azure_urls.is_azure "https://api.openai.com/v1")
      assert.is_false(azure_urls.is_azure "https://openai.azure.com.example.org")

      local azure = provider("azure", "azure-extras", { model = "dep" })
      assert(azure:analyze_image(PNG))
      local request = mock:requests()[1]
      assert.equal(KEY, request.headers["api-key"])
      assert.equal("dep", request.body.model)
    end)

    it("nothing to a server that needs no key", function()
      local given = { base_url = mock:base "ok", model = "llava" }
      local compatible = assert(providers.create_vision_provider("openai_compatible", given))
      assert(compatible:analyze_image(PNG))
      local request = mock:requests()[1]
      assert.is_nil(request.headers.authorization)
      assert.is_nil(request.body.response_format)
      assert.equal(2048, request.body.max_tokens)
    end)

    it("a prompt with its variables", function()
      local prompts = require "vision.policy.prompts"
      prompts.register_custom_template {
        name = "pcb", system_prompt = "You know boards.", user_prompt = "Look at {focus}.",
      }
      finally(function()
        prompts.unregister "pcb"
      end)
      local one = openai "ok"
      assert(one:analyze_image(PNG, { prompt = "pcb", variables = { focus = 'the "vias"' } }))
      local body = mock:requests()[1].body
      assert.equal('Look at the "vias".', body.messages[2].content[2].text)
      local reading, err = one:analyze_image(PNG, { prompt = "pcb" })
      assert.is_nil(reading)
      assert.truthy(err.message:find("focus", 1, true))
      assert.equal(0, #mock:requests())
    end)
  end)

  describe("find the JSON in", function()
    for _, scenario in ipairs { "fenced", "prose", "parts", "blank-lines", "thinking",
      "thoughts" } do
      it(scenario, function()
        local reading = assert(openai(scenario):analyze_image(PNG))
        assert.is_true(reading.parsed)
        assert.equal("Flange with four holes", reading.summary)
      end)
    end

    it("half of it, and say so", function()
      local reading = assert(openai("half-json"):analyze_image(PNG))
      assert.equal("Flange with four holes", reading.summary)
      assert.truthy(reading.warnings[1]:find("breaks off", 1, true))
    end)

    it("nothing: the text is the summary", function()
      local reading = assert(openai("raw-text"):analyze_image(PNG))
      assert.is_false(reading.parsed)
      assert.is_nil(reading.confidence)
      assert.equal("A flange, I think.", reading.summary)
    end)

    it("nothing, and no key that the server says again", function()
      local reading = assert(openai("echo"):analyze_image(PNG))
      assert.matches("^A flange. Your key is [^ ]*%[key%]", reading.summary)
      assert.is_nil(reading.summary:find("SECRET", 1, true))
    end)

    it("a tool's input", function()
      assert.equal(0.92, anthropic("tool"):analyze_image(PNG).confidence)
    end)
  end)

  -- scenario -> reason, retryable, retry_after
  local CHAT = {
    refusal = { "refused", false }, length = { "truncated", false },
    ["content-filter"] = { "filtered", false }, insufficient = { "overloaded", true },
    ["strange-finish"] = { "invalid_response", true }, ["no-finish"] = { "cut_stream", true },
    ["no-choices"] = { "invalid_response", true },
    blank = { "blank", true }, spaces = { "blank", true }, ["null-content"] = { "blank", true },
    ["error-in-200"] = { "server_error", true },
    ["network-lost-in-200"] = { "server_error", true },
    ["html-in-200"] = { "invalid_response", true }, ["half-body"] = { "invalid_response", true },
    auth = { "auth", false }, forbidden = { "permission", false },
    ["no-model"] = { "not_found_model", false }, balance = { "billing", false },
    conflict = { "server_error", true }, ["too-large"] = { "too_large", false },
    params = { "bad_request", false }, ["rate-limit"] = { "rate_limited", true, 2 },
    ["rate-limit-ms"] = { "rate_limited", true, 1.5 }, quota = { "billing", false, 1 },
    ["spend-limit"] = { "billing", false }, ["server-error"] = { "server_error", true },
    ["empty-500"] = { "server_error", true }, ["no-retry-500"] = { "server_error", false },
    ["bad-gateway"] = { "server_error", true }, overloaded = { "overloaded", true },
    gemini = { "rate_limited", true }, ["lm-studio"] = { "bad_request", false },
    vllm = { "bad_request", false }, fastapi = { "not_found_model", false },
    ["text-422"] = { "vision_unsupported", false },
    ["vision-400"] = { "vision_unsupported", false },
    ["vision-variant"] = { "vision_unsupported", false },
    ["llama-cpp"] = { "vision_unsupported", false }, ["azure-filter"] = { "filtered", false },
    redirect = { "redirect", false },
  }

  local MESSAGES = {
    refusal = { "refused", false }, length = { "truncated", false },
    ["context-full"] = { "truncated", false }, blank = { "blank", true },
    ["thinking-only"] = { "blank", true }, pause = { "invalid_response", true },
    ["error-in-200"] = { "server_error", true }, auth = { "auth", false },
    billing = { "billing", false }, ["spend-limit"] = { "billing", false },
    ["rate-limit"] = { "rate_limited", true, 7 }, overloaded = { "overloaded", true },
    ["server-error"] = { "server_error", true }, timeout = { "timeout", true },
    ["too-large"] = { "too_large", false }, dimensions = { "too_large", false },
    ["bad-request"] = { "bad_request", false },
  }

  local function check_error(err, wanted, name)
    assert.equal(wanted[1], err.reason)
    assert.equal(wanted[2], err.retryable)
    assert.equal(wanted[3], err.retry_after)
    assert.equal(name, err.provider)
    assert.is_nil(tostring(err):find("SECRET", 1, true))
    assert.is_nil(tostring(err):find("\n", 1, true))
  end

  for scenario, wanted in pairs(CHAT) do
    it("OpenAI's " .. scenario .. " is " .. wanted[1], function()
      local reading, err = openai(scenario):analyze_image(PNG)
      assert.is_nil(reading)
      check_error(err, wanted, "openai")
    end)
  end

  for scenario, wanted in pairs(MESSAGES) do
    it("Anthropic's " .. scenario .. " is " .. wanted[1], function()
      local reading, err = anthropic(scenario):analyze_image(PNG)
      assert.is_nil(reading)
      check_error(err, wanted, "anthropic")
    end)
  end

  it("wait as long as a date says", function()
    local _, err = openai("rate-limit-date"):analyze_image(PNG)
    assert.is_true(err.retry_after > 3600)
  end)

  it("keep what was paid for in the error", function()
    local _, err = openai("length"):analyze_image(PNG)
    assert.equal(812, err.usage.input_tokens)
  end)

  it("fix a refused parameter once and remember it", function()
    local one = openai("fussy", { model = "gpt-4o", temperature = 0 })
    local reading, err = one:analyze_image(PNG)
    assert.is_nil(reading) -- max_tokens was fixed; temperature is a second fault
    assert.equal("bad_request", err.reason)
    assert.equal(2, #mock:requests())
    assert(one:analyze_image(PNG))
    local again = mock:requests()
    assert.equal(2, #again)
    assert.equal(2048, again[1].body.max_completion_tokens)
    assert.is_nil(again[2].body.temperature)
    assert(one:analyze_image(PNG))
    assert.equal(1, #mock:requests())
  end)

  it("answer by a tool where structured output is refused", function()
    assert.equal("Flange with four holes", anthropic("old-claude"):analyze_image(PNG).summary)
    assert.equal("emit_reading", mock:requests()[2].body.tool_choice.name)
  end)

  it("give up in time", function()
    local cases = {
      { "silent", { timeout_seconds = 0.3 } },
      { "keep-warm", { timeout_seconds = 10, idle_timeout_seconds = 0.3 } },
      { "keep-warm", { timeout_seconds = 0.4 } },
    }
    for _, case in ipairs(cases) do
      local started = core.mono()
      local reading, err = openai(case[1], case[2]):analyze_image(PNG)
      assert.is_nil(reading)
      assert.equal("timeout", err.reason)
      assert.is_true(core.mono() - started < 5)
      local last = follow(openai(case[1], case[2]))
      assert.equal("error", last.event_type)
      assert.equal("timeout", last.data.error.reason)
    end
  end)

  it("stop at an answer without end", function()
    local _, err = openai("endless"):analyze_image(PNG)
    assert.equal("response_too_large", err.reason)
    assert.equal("response_too_large", follow(openai "endless").data.error.reason)
  end)

  it("notice a connection that breaks", function()
    local reading, err = openai("drop"):analyze_image(PNG)
    assert.is_nil(reading)
    assert.equal("provider", err.fault)
    assert.equal("error", follow(openai "drop").event_type)
  end)

  it("can be cancelled", function()
    local one = task.spawn(function()
      return openai("silent"):analyze_image(PNG)
    end)
    local watcher = task.spawn(function()
      repeat
        task.sleep(0.01)
      until #mock:requests() > 0
      one:cancel()
    end)
    watcher:join()
    local reading, err = one:join()
    assert.is_nil(reading)
    assert.equal("cancelled", err.reason)
  end)

  describe("streaming", function()
    local GOOD = { "ok", "by-1", "by-3", "by-64", "azure-first", "comments", "crlf" }
    for _, scenario in ipairs(GOOD) do
      it("read " .. scenario, function()
        local last, text, types = follow(openai(scenario))
        assert.equal("complete", last.event_type)
        assert.equal("start", types[1])
        assert.equal("Flange with four holes", last.data.result.summary)
        assert.equal(812, last.data.result.usage.input_tokens)
        assert.truthy(text:find("Ø6,6", 1, true))
      end)
    end

    for _, scenario in ipairs { "ok", "by-1", "by-5", "tool" } do
      it("read Anthropic's " .. scenario, function()
        local last = follow(anthropic(scenario))
        assert.equal("complete", last.event_type)
        assert.equal("Flange with four holes", last.data.result.summary)
        assert.equal(1600, last.data.result.usage.input_tokens)
      end)
    end

    it("tell pings and comments as heartbeats", function()
      local _, _, types = follow(openai "comments")
      assert.truthy(table.concat(types, " "):find("heartbeat", 1, true))
      _, _, types = follow(anthropic "ok")
      assert.truthy(table.concat(types, " "):find("heartbeat", 1, true))
    end)

    it("only ever move forward", function()
      local share = 0
      for event in openai("ok"):analyze_image_stream(PNG) do
        assert.is_number(event.timestamp)
        if event.event_type == "progress" then
          assert.is_true(event.data.progress > share)
          share = event.data.progress
        end
      end
      assert.equal(1, share)
    end)

    local FAILING = {
      cut = "cut_stream", ["cut-early"] = "cut_stream", ["done-only"] = "cut_stream",
      empty = "cut_stream", ["no-finish"] = "cut_stream", length = "truncated",
      ["content-filter"] = "filtered", blank = "blank", refusal = "refused",
      ["mid-error"] = "server_error", ["event-error"] = "server_error",
      ["error-string"] = "server_error", ["rate-error"] = "rate_limited",
      ["not-json"] = "invalid_response", ["not-object"] = "invalid_response",
      quota = "billing", ["html-in-200"] = "cut_stream", redirect = "redirect",
    }
    for scenario, reason in pairs(FAILING) do
      it("call " .. scenario .. " " .. reason, function()
        local last = follow(openai(scenario))
        assert.equal("error", last.event_type)
        assert.equal(reason, last.data.error.reason)
      end)
    end

    local FAILING_MESSAGES = {
      cut = "cut_stream", length = "truncated", refusal = "refused", ["mid-error"] = "overloaded",
      overloaded = "overloaded",
    }
    for scenario, reason in pairs(FAILING_MESSAGES) do
      it("call Anthropic's " .. scenario .. " " .. reason, function()
        local last = follow(anthropic(scenario))
        assert.equal("error", last.event_type)
        assert.equal(reason, last.data.error.reason)
      end)
    end

    it("take the answer of a server that knows no streams", function()
      local last, text, types = follow(openai "fenced")
      assert.equal("complete", last.event_type)
      assert.equal("Flange with four holes", last.data.result.summary)
      assert.matches("^Here it is:", text)
      assert.matches("^start .*partial progress progress complete$", table.concat(types, " "))
      last = follow(anthropic "old-claude")
      assert.equal("Flange with four holes", last.data.result.summary)
      last = follow(openai "error-in-200")
      assert.equal("server_error", last.data.error.reason)
    end)

    it("take raw text for a summary", function()
      local last = follow(openai "raw-text")
      assert.equal("complete", last.event_type)
      assert.is_false(last.data.result.parsed)
    end)

    it("can be left in the middle, and run side by side", function()
      for event in openai("by-1"):analyze_image_stream(PNG) do
        if event.event_type == "partial" then
          break
        end
      end
      collectgarbage()
      local results = task.gather {
        function() return (follow(openai "by-5")) end,
        function() return (follow(anthropic "by-3")) end,
        function() return (follow(openai "cut")) end,
      }
      assert.equal("complete", results[1][1].event_type)
      assert.equal("complete", results[2][1].event_type)
      assert.equal("error", results[3][1].event_type)
    end)

    it("fix a refused parameter before the first word", function()
      local last = follow(openai("fussy", { model = "gpt-4o" }))
      assert.equal("complete", last.event_type)
      assert.equal(2, #mock:requests())
    end)
  end)

  describe("send nothing", function()
    local function refused(one, options, reason)
      local reading, err = one:analyze_image(PNG, options)
      assert.is_nil(reading)
      assert.equal(reason, err.reason)
      assert.equal(reason, follow(one, options).data.error.reason)
      assert.equal(0, #mock:requests())
      return err
    end

    it("to a model without vision", function()
      for _, model in ipairs { "deepseek-chat", "deepseek-reasoner", "deepseek-v4-pro" } do
        local one = provider("deepseek", "ok", { model = model })
        local err = refused(one, nil, "vision_unsupported")
        assert.truthy(err.message:find("use deepseek-flash", 1, true))
        assert.equal("INPUT_ERROR", err.code)
      end
      assert(provider("deepseek", "ok", { model = "deepseek-chat", force = true })
        :analyze_image(PNG))
      assert.equal(1, #mock:requests())
    end)

    it("where only this machine may read", function()
      refused(openai "ok", { local_only = true }, "local_only")
      refused(openai("ok", { local_only = true }), nil, "local_only")
      local one = openai "ok"
      http.local_only = true
      local reading, err = one:analyze_image(PNG)
      http.local_only = false
      assert.is_nil(reading)
      assert.equal("local_only", err.reason)
      assert.equal(0, #mock:requests())
    end)

    it("with an unknown option, a bad picture, no description wanted", function()
      refused(openai "ok", { promt = "general" }, "invalid_option")
      local reading, err = openai("ok"):analyze_image "no picture at all"
      assert.is_nil(reading)
      assert.is_true(errors.is(err, "VisionInputError"))
      reading = assert(openai("ok"):analyze_image(PNG, { include_description = false }))
      assert.equal("", reading.summary)
      assert.equal(0, #mock:requests())
    end)
  end)

  it("send a model without vision the text where the caller allows it", function()
    local image = assert(images.of(PNG))
    local one = provider("deepseek", "ok", { model = "deepseek-chat" })
    local reading, err = one:analyze_image(image, { allow_transcript = true })
    assert(reading, tostring(err))
    assert.equal("text", reading.grounding)
    local body = mock:requests()[1].body
    assert.equal(1, #body.messages[2].content)
    assert.truthy(body.messages[2].content[1].text:find("<transcript>", 1, true))
  end)
end)
