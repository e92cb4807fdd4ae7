-- SPDX-License-Identifier: MIT
local application = require "spec.support.application"
local core = require "vision.core"
local environment = require "spec.support.environment"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local live_text = require "vision.server.openai.live_text"
local pictures = require "spec.support.pictures"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local PNG = pictures.png(40, 30, function() return 200 end)
local URL = "data:image/png;base64," .. core.image_from_bytes(PNG):base64()
local AS_JSON = { ["content-type"] = "application/json" }
local CHAT = "/v1/chat/completions"

local function picture(url) return { type = "image_url", image_url = { url = url or URL } } end

local function user(...) return { role = "user", content = json.array { ... } } end

local function words(text) return { type = "text", text = text } end

-- A chat about a picture, with further fields.
local function chat(more)
  local body = { model = "vision", messages = { user(words "How many holes?", picture()) } }
  for name, value in pairs(more or {}) do body[name] = value end
  return json.encode(body)
end

-- Keeps what it was asked; `plays` says what comes of it.
local function reader(plays)
  local own = { name = "openai", model = "m", capabilities = {}, asked = {} }
  function own.analyze_image(_, image, options)
    own.asked[#own.asked + 1] = { bytes = image:bytes(), options = options }
    if plays.err then return nil, plays.err end
    return { summary = plays.summary or "A flange.", details = plays.details or { "Four holes" },
      provider = "openai", model = "m", parsed = true, confidence = 0.8, warnings = {},
      drawing = plays.drawing, usage = plays.usage, cost_usd = plays.cost_usd, grounding = "image" }
  end
  if plays.pieces then
    function own.analyze_image_stream(_, image, options)
      local at = 0
      return stream.new(function()
        at = at + 1
        if plays.pieces[at] then return stream.event("partial", { text = plays.pieces[at] }) end
        if at > #plays.pieces + 1 then return nil end
        if plays.seconds and not task.sleep(plays.seconds) then
          own.is_left = true
          return nil
        end
        local reading, err = own:analyze_image(image, options)
        return reading and stream.event("complete", { result = reading })
          or stream.event("error", { error = err })
      end, function() end)
    end
  end
  return own
end

-- `body(call, asked, own)`: call with a body's fields, or its text.
local function with(plays, body, more)
  more = more or {}
  local own = reader(plays)
  more.providers, more.engine = { openai = own }, { provider = "openai" }
  application.with({ cache = more.cache or false, retry = false }, function(call, service)
    body(function(fields, headers)
      local text = type(fields) == "string" and fields or chat(fields)
      return call("POST", CHAT, headers or AS_JSON, text)
    end, own, call, service)
  end, more)
end

local function chunks_of(reply)
  local chunks, all, content = {}, {}, {}
  for text in reply.events do all[#all + 1] = text end
  if reply.close then reply.close() end
  for data in table.concat(all):gmatch "data: ([^\n]+)\n\n" do
    local chunk = data ~= "[DONE]" and json.decode(data) or data
    chunks[#chunks + 1] = chunk
    local choice = chunk.choices and chunk.choices[1]
    content[#content + 1] = choice and choice.delta.content
  end
  return chunks, table.concat(content), table.concat(all)
end

describe("a chat completion", function()
  it("is the reading of the picture of its messages, as text", function()
    with({ usage = { input_tokens = 100, output_tokens = 20, cached_tokens = 64 },
      drawing = { title_block = { number = "D-1", title = "Flange" }, notes = { "All R2" },
        callouts = { { text = "Ø20 H7" } }, missing = {} } }, function(ask, own)
      local reply = ask()
      assert.equal(200, reply.status, reply.text)
      local answer = reply.json
      assert.same({ "chat.completion", "vision", 1 }, { answer.object, answer.model,
        #answer.choices })
      assert.matches("^chatcmpl%-", answer.id)
      assert.same({ "assistant", "stop", 0 }, { answer.choices[1].message.role,
        answer.choices[1].finish_reason, answer.choices[1].index })
      assert.equal("A flange.\n\n- Four holes\n\nTitle block:\n- number: D-1\n- title: Flange\n\n"
        .. "Call-outs:\n- Ø20 H7\n\nNotes:\n- All R2", answer.choices[1].message.content)
      assert.same({ 100, 20, 120, 64 }, { answer.usage.prompt_tokens,
        answer.usage.completion_tokens, answer.usage.total_tokens,
        answer.usage.prompt_tokens_details.cached_tokens })
      assert.same({ "openai", 0.8 }, { answer.vision.provider, answer.vision.confidence })
      assert.equal(PNG, own.asked[1].bytes)
      assert.equal("How many holes?", own.asked[1].options.question)
    end)
  end)

  it("is the reading's JSON where that is asked for", function()
    with({}, function(ask)
      for _, format in ipairs { { type = "json_object" },
        { type = "json_schema", json_schema = { name = "x", schema = {} } } } do
        local content = ask({ response_format = format }).json.choices[1].message.content
        local reading = json.decode(content)
        assert.same({ "A flange.", { "Four holes" }, 0.8 }, { reading.summary, reading.details,
          reading.confidence })
      end
    end)
  end)

  it("says nothing of tokens that nobody counted, and none where nothing was paid", function()
    with({}, function(ask) assert.is_nil(ask().json.usage) end)
    with({ cost_usd = 0 }, function(ask)
      assert.same({ 0, 0, 0 }, { ask().json.usage.total_tokens, ask().json.usage.prompt_tokens,
        ask().json.usage.completion_tokens })
    end)
  end)

  it("takes the words of all messages, and the picture of the last that has one", function()
    local other = pictures.png(60, 50, function() return 90 end)
    local newer = "data:image/png;base64," .. core.image_from_bytes(other):base64()
    with({}, function(ask, own)
      assert.equal(200, ask({ messages = {
        { role = "system", content = "Be brief." }, user(words "What is it?", picture()),
        { role = "assistant", content = "A flange." },
        user({ type = "file", file = { filename = "b.png", file_data = newer } }),
        user(words "And this?", words "  "),
      } }).status)
      assert.equal("Be brief.\n\nWhat is it?\n\nYou answered:\nA flange.\n\nAnd this?\n  ",
        own.asked[1].options.question)
      assert.equal(other, own.asked[1].bytes)
      assert.equal("b.png", own.asked[1].options.file)
      assert.equal(200, ask({ messages = { user(picture()) } }).status)
      assert.is_nil(own.asked[2].options.question)
    end)
  end)

  it("keeps large pictures out of its JSON", function()
    local large = pictures.png(80, 60, function(x, y) return x * y % 256, y, x end)
    local url = "data:image/png;base64," .. core.image_from_bytes(large):base64()
    assert.is_true(#url > 8192)
    with({}, function(ask, own)
      local part = { type = "image_url", image_url = url }
      assert.equal(200, ask({ messages = { user(part) } }).status)
      assert.equal(large, own.asked[1].bytes)
    end)
  end)

  it("is not asked twice, and another question is another", function()
    with({ cost_usd = 0.01 }, function(ask, own)
      assert.is_false(ask().json.vision.cached or false)
      assert.is_true(ask().json.vision.cached)
      assert.equal(1, #own.asked)
      ask { messages = { user(words "Which material?", picture()) } }
      assert.equal(2, #own.asked)
    end, { cache = true })
  end)

  it("is paid once under one Idempotency-Key, as a stream, too", function()
    local headers = { ["content-type"] = "application/json", ["idempotency-key"] = "one" }
    with({}, function(ask, own)
      local first = ask({}, headers).json
      assert.same(first, ask({}, headers).json)
      headers["idempotency-key"] = "two"
      local reply = ask({ stream = true }, headers)
      local pieces = {}
      for piece in reply.events do pieces[#pieces + 1] = piece end
      assert.equal(table.concat(pieces), ask({ stream = true }, headers).body)
      assert.equal(2, #own.asked)
      reply = ask({ n = 1 }, headers)
      assert.same({ 422, "key_reused" }, { reply.status, reply.json.error.code })
    end)
  end)

  it("fetches pictures only where the service does", function()
    local asked = { messages = { user(picture "https://example.org/a.png") } }
    with({}, function(ask)
      local reply = ask(asked)
      assert.same({ 403, "forbidden_address", "messages[0]" }, { reply.status,
        reply.json.error.code, reply.json.error.param })
    end)
    local got
    with({}, function(ask)
      assert.equal(200, ask(asked).status)
      assert.equal("https://example.org/a.png", got)
    end, { app = { fetcher = { get = function(_, url)
      got = url
      return core.image_from_bytes(PNG)
    end } } })
  end)

  it("is read by whom its model names", function()
    with({}, function(ask)
      for model, name in pairs { vision = "openai", auto = "openai", openai = "openai",
        ["openai/m"] = "openai", stub = "stub" } do
        local answer = ask({ model = model }).json
        assert.same({ model, name }, { answer.model, answer.vision.provider })
      end
      assert.equal("openai", ask((chat():gsub('"model":"vision",', ""))).json.vision.provider)
    end)
  end)
end)

describe("a chat completion as a stream", function()
  it("tells the text while the model writes it", function()
    local pieces = { '{"summ', 'ary": "A fl', 'ange.\\u00', 'd8 ", "det', 'ails": ["Four',
      ' holes"', ', " ", "R2"], "confidence"', ': 0.8}' }
    with({ pieces = pieces, summary = "A flange.Ø", details = { "Four holes", "R2" },
      usage = { input_tokens = 7, output_tokens = 5 } }, function(ask)
      local reply = ask { stream = true, stream_options = { include_usage = true } }
      assert.same({ 200, "text/event-stream" }, { reply.status, reply.headers["Content-Type"] })
      local chunks, content = chunks_of(reply)
      assert.equal("A flange.Ø\n\n- Four holes\n- R2", content)
      local texts = {}
      for i = 1, 5 do texts[i] = chunks[i].choices[1].delta.content end
      assert.same({ "", "A fl", "ange.", "Ø", "\n\n- Four" }, texts)
      assert.equal("assistant", chunks[1].choices[1].delta.role)
      local count = #chunks
      assert.same({ "[DONE]", 12, {}, "stop" }, { chunks[count],
        chunks[count - 1].usage.total_tokens, chunks[count - 1].choices,
        chunks[count - 2].choices[1].finish_reason })
      for i = 1, count - 1 do
        assert.same({ "chat.completion.chunk", chunks[1].id }, { chunks[i].object, chunks[i].id })
      end
    end)
  end)

  it("says the same as the whole answer, whoever reads", function()
    with({ drawing = { title_block = {}, callouts = { { text = "40" } }, notes = {} } },
      function(ask)
        local whole = ask().json.choices[1].message.content
        local chunks, content = chunks_of(ask { stream = true })
        assert.equal(whole, content)
        assert.is_nil(chunks[#chunks - 1].usage)
        chunks, content = chunks_of(ask { stream = true,
          response_format = { type = "json_object" } })
        assert.equal("A flange.", json.decode(content).summary)
        assert.equal("[DONE]", chunks[#chunks])
      end)
  end)

  it("that cannot begin has a status", function()
    with({ pieces = {}, err = errors.new("rate_limited", "busy", { retry_after = 3 }) },
      function(ask)
        local reply = ask { stream = true }
        assert.same({ 429, "3", "true", "rate_limit_exceeded" }, { reply.status,
          reply.headers["Retry-After"], reply.headers["X-Should-Retry"], reply.json.error.code })
      end)
  end)

  it("that fails later says so in its place", function()
    with({ pieces = { '{"summary": "A fl' }, err = errors.new("cut_stream", "it broke off") },
      function(ask)
        local chunks, _, all = chunks_of(ask { stream = true })
        assert.equal("cut_stream", chunks[#chunks].error.code)
        assert.is_nil(all:find("[DONE]", 1, true))
      end)
  end)

  it("says that it lives", virtual.timed(function()
    with({ pieces = {}, seconds = 40 }, function(ask)
      local _, content, all = chunks_of(ask { stream = true })
      assert.equal("A flange.\n\n- Four holes", content)
      assert.equal(2, select(2, all:gsub(": reading\n\n", "")))
    end)
  end))

  it("that is left gives the provider's call up", function()
    with({ pieces = { '{"summary": "A flange' }, seconds = 3600 },
      function(ask, own)
        local reply = ask { stream = true }
        reply.events()
        reply.close()
        task.sleep(0)
        assert.is_true(own.is_left)
      end)
    with({ pieces = {}, seconds = 3600 }, function(ask, own)
      local work = task.spawn(ask, { stream = true }) -- it has no head yet
      task.sleep(0.02)
      work:cancel()
      work:join()
      assert.is_true(own.is_left)
    end)
  end)
end)

describe("the text of a reading that is being written", function()
  local RAW = [[{ "summary" : " Bo\"lt \\ M10\u00d71 \ud83d\ude00 ", "details": [" a ", "", "b]"],]]
  local TEXT = "Bo\"lt \\ M10×1 \240\159\152\128\n\n- a\n- b]"

  it("is the same however it is cut", function()
    for size = 1, #RAW do
      local live, said = live_text.new(), {}
      for at = 1, #RAW, size do said[#said + 1] = live:feed(RAW:sub(at, at + size - 1)) end
      assert.equal(TEXT, table.concat(said), size)
      assert.equal("\n\nNotes:", live:rest(TEXT .. "\n\nNotes:"))
    end
  end)

  it("does not hold others up, whatever is written", function()
    local live, began = live_text.new(), os.clock()
    live:feed('{"summary": "a' .. (" "):rep(1000000) .. 'b", "details": ["')
    for _ = 1, 5000 do live:feed((" "):rep(1000)) end
    assert.is_true(os.clock() - began < 0.5)
  end)

  it("is left to the end where it looks otherwise", function()
    for _, raw in ipairs { "I see a flange", '{"details": ["a"]}', '{"summary": 7}',
      ("x"):rep(20000) } do
      local live = live_text.new()
      assert.equal("", live:feed(raw))
      assert.equal("", live:feed(#raw > 100 and '{"summary": "b"' or " "))
      assert.equal("all", live:rest "all")
    end
    local live = live_text.new()
    assert.equal("one", live:feed '{"summary": "one')
    assert.equal("\n\ntwo", live:rest "two")
  end)
end)

describe("a chat that cannot be answered", function()
  local function refused(reply, status, code, param)
    local fault = reply.json.error
    assert.same({ status, code, param }, { reply.status, fault.code, fault.param }, reply.text)
    assert.is_string(fault.message)
    assert.equal(status >= 500 and "server_error" or status == 429 and code
      or "invalid_request_error", fault.type)
    assert.is_nil(reply.json.success)
    assert.is_string(reply.headers["X-Request-Id"])
  end

  it("says in OpenAI's shape what is wrong with it", function()
    with({}, function(ask, own)
      refused(ask "{", 400, "invalid_json")
      refused(ask '{"a":1,"a":2}', 400, "invalid_json")
      refused(ask "[1]", 400, "invalid_json")
      refused(ask("x", { ["content-type"] = "text/plain" }), 415, "unsupported_body")
      refused(ask("x", { ["content-type"] = "multipart/form-data; boundary=x" }), 415,
        "unsupported_body")
      refused(ask "{}", 400, "invalid_option", "messages")
      refused(ask { model = "gpt-9" }, 404, "model_not_found", "model")
      refused(ask { model = ("x"):rep(1000000) }, 404, "model_not_found", "model")
      refused(ask { model = 7 }, 400, "invalid_option", "model")
      refused(ask { n = 2 }, 400, "invalid_option", "n")
      refused(ask { stream = "yes" }, 400, "invalid_option", "stream")
      refused(ask { tools = { { type = "function" } } }, 400, "invalid_option", "tools")
      refused(ask { response_format = { type = "xml" } }, 400, "invalid_option", "response_format")
      refused(ask { response_format = { type = {} } }, 400, "invalid_option", "response_format")
      for _, case in ipairs {
        { {}, "messages" }, { "Hello", "messages" }, { { 7 }, "messages[0]" },
        { { { role = "tool", content = "x" } }, "messages[0]" },
        { { { role = {}, content = "x" } }, "messages[0]" },
        { { { role = "user" } }, "messages[0].content" }, { { user(7) }, "messages[0].content[0]" },
        { { user(words "Hello") }, "messages" }, { { user(words(7)) }, "messages[0].content[0]" },
        { { user { type = "input_audio" } }, "messages[0].content[0]" },
        { { user { type = {} } }, "messages[0].content[0]" },
        { { user { type = "file", file = { file_id = "f" } } }, "messages[0].content[0]" },
        { { user(picture(), picture()) }, "messages[0]" },
        { { user(words(("x"):rep(70000)), picture()) }, "messages" },
        { { user(picture { "x" }) }, "messages[0]" }, { { user(picture(7)) }, "messages[0]" },
        { { user { type = "image_url", image_url = false } }, "messages[0]" },
      } do
        refused(ask { messages = case[1] }, 400, "invalid_option", case[2])
      end
      refused(ask { messages = { user(picture "data:image/png;base64,!!") } }, 400,
        "invalid_base64", "messages[0]")
      refused(ask { messages = { user(picture(URL:sub(1, 62))) } }, 422, "truncated_image",
        "messages[0]")
      assert.equal(0, #own.asked)
    end)
  end)

  it("is one that was cut off, wherever that was", function()
    local text = chat()
    with({}, function(ask, own)
      for length = 1, #text - 1, 3 do refused(ask(text:sub(1, length)), 400, "invalid_json") end
      assert.equal(0, #own.asked)
    end)
  end)

  it("says in that shape what went wrong behind it", function()
    for reason, case in pairs { budget_exceeded = { 429, "insufficient_quota", "false" },
      overloaded = { 503, "overloaded", "true" }, refused = { 422, "refused", "false" },
      timeout = { 504, "timeout", "true" }, missing_key = { 503, "missing_key", "false" } } do
      with({ err = errors.new(reason, "words") }, function(ask)
        local reply = ask()
        refused(reply, case[1], case[2])
        assert.equal(case[3], reply.headers["X-Should-Retry"])
      end)
    end
  end)

  it("knows those who may ask by their keys", function()
    local access = { is_required = function() return true end, take_turn = function() end }
    function access.check(_, request)
      request.key = { name = "plant-3" }
      if request.headers.authorization == "Bearer good" then return nil end
      return errors.new("unauthorized", "no key", { challenge = "Bearer" })
    end
    with({}, function(ask, own, call)
      local reply = ask()
      refused(reply, 401, "invalid_api_key")
      assert.equal("Bearer", reply.headers["WWW-Authenticate"])
      refused(call("GET", "/v1/models"), 401, "invalid_api_key")
      local headers = { authorization = "Bearer good", ["content-type"] = "application/json" }
      assert.equal(200, call("GET", "/v1/models", headers).status)
      assert.equal(200, ask({}, headers).status)
      assert.equal("plant-3", own.asked[1].options.budget_key)
    end, { app = { access = access } })
  end)

  it("has that shape at paths that are not there, too", function()
    with({}, function(_, _, call)
      refused(call("POST", "/v1/embeddings", AS_JSON, "{}"), 404, "no_route")
      local reply = call("GET", CHAT)
      refused(reply, 405, "method_not_allowed")
      assert.equal("POST", reply.headers.Allow)
      refused(call("GET", "/v1/models/a%2Fb"), 400, "usage")
      assert.is_false(call("GET", "/v2/models").json.success)
    end)
  end)

  it("is not told what this program did wrong", function()
    with({}, function(ask, own)
      own.analyze_image = function() error "secret" end
      local reply = ask()
      refused(reply, 500, "internal")
      assert.is_nil(reply.text:find "secret")
    end)
  end)
end)

describe("the models of a chat", function()
  it("are the service's own, and the providers that could read", function()
    with({}, function(ask, _, call)
      ask { model = "openai/m" }
      local found = {}
      local list = call("GET", "/v1/models").json
      for _, model in ipairs(list.data) do found[model.id] = model end
      assert.same({ "list", "model", "vision" }, { list.object, found.vision.object,
        found.vision.owned_by })
      assert.is_table(found.stub)
      assert.equal("openai", found["openai/m"].owned_by)
      assert.same(found["openai/m"], call("GET", "/v1/models/openai/m").json)
      assert.same(found.vision, call("GET", "/v1/models/vision").json)
      local reply = call("GET", "/v1/models/gpt-9")
      assert.same({ 404, "model_not_found" }, { reply.status, reply.json.error.code })
    end)
  end)

  it("are no provider whose key is missing", function()
    environment.with(environment.only { ANTHROPIC_API_KEY = "none" }, function()
      with({}, function(_, _, call)
        local found = {}
        for _, model in ipairs(call("GET", "/v1/models").json.data) do found[model.id] = true end
        assert.same({ true, true }, { found.anthropic, found.stub })
        assert.is_nil(found.deepseek)
        assert.equal(404, call("GET", "/v1/models/deepseek").status)
      end)
    end)
  end)
end)
