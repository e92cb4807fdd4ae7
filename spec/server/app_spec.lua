-- SPDX-License-Identifier: MIT
local app = require "vision.server.app"
local core = require "vision.core"
local engine = require "vision.server.engine"
local json = require "vision.base.json"
local log = require "vision.base.log"
local pictures = require "spec.support.pictures"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local PNG = pictures.png(40, 30, function() return 200 end)

describe("the application of the service", function()
  local service

  before_each(function()
    service = assert(app.new { engine = assert(engine.new { provider = "stub" }),
      max_body = 110000 })
  end)

  -- The body comes in pieces of 7 bytes.
  local function call(method, target, headers, body)
    local exchange = service:begin { method = method, target = target, headers = headers or {},
      remote = "127.0.0.1" }
    local from = 1
    while body and from <= #body and exchange:feed(body:sub(from, from + 6)) do from = from + 7 end
    return exchange:answer(), exchange
  end

  local function analyze(content_type, body, query)
    local reply = call("POST", "/api/v1/vision/analyze" .. (query or "?include_ocr=false"),
      { ["content-type"] = content_type }, body)
    return json.decode(reply.body), reply
  end

  it("reads a picture that comes as JSON, as a form or as it is", function()
    local base64 = core.image_from_bytes(PNG):base64()
    local form = table.concat({
      "--xx", 'Content-Disposition: form-data; name="file"; filename="a.png"',
      "Content-Type: image/png", "", PNG,
      "--xx", 'Content-Disposition: form-data; name="include_ocr"', "", "false", "--xx--", "",
    }, "\r\n")
    for _, case in ipairs {
      { "application/json", json.encode { image_base64 = base64, include_ocr = false }, "" },
      { "Application/JSON; charset=utf-8", json.encode { image_base64 = base64 } },
      { "image/png", PNG },
      { 'multipart/form-data; boundary="xx"', form, "" },
    } do
      local answer, reply = analyze(case[1], case[2], case[3])
      assert.same({ 200, true, "stub" }, { reply.status, answer.success, answer.provider })
      assert.equal(reply.headers["X-Request-Id"], answer.request_id)
      assert.matches("^Stub answer", answer.description.summary)
    end
  end)

  it("holds no more bytes of bodies than it may, and takes more when some have gone", function()
    service = assert(app.new { engine = assert(engine.new { provider = "stub" }),
      max_bodies = 2 * #PNG + 10 })
    local function begin()
      return service:begin { method = "POST", target = "/api/v1/vision/analyze",
        headers = { ["content-type"] = "image/png" }, remote = "127.0.0.1" }
    end
    local first, second, third = begin(), begin(), begin()
    assert.is_true(first:feed(PNG))
    assert.is_true(second.sink:feed(PNG) and second:poured(#PNG))
    assert.is_false(third:feed(PNG))
    local reply = third:answer()
    assert.same({ 503, "1" }, { reply.status, reply.headers["Retry-After"] })
    assert.equal("queue_full", json.decode(reply.body).reason)
    third:finish(false)
    local fourth = begin()
    assert.is_false(fourth:poured(#PNG))
    fourth:finish(true)
    assert.equal(200, first:answer().status)
    first:finish(false)
    assert.is_true(begin():feed(PNG))
    assert.equal(200, second:answer().status)
    second:finish(false)
  end)

  it("answers, and holds nothing, where it fails itself while a body comes", function()
    local said = {}
    log.set_sink(function(_, message) said[#said + 1] = message end)
    local exchange = service:begin { method = "POST", target = "/api/v1/vision/batch",
      headers = { ["content-type"] = "multipart/form-data; boundary=xx" }, remote = "127.0.0.1" }
    exchange.receiver.feed = function() error "a mistake of ours" end
    assert.is_false(exchange:feed "--xx")
    local reply = exchange:answer()
    exchange:finish(false)
    log.set_sink(nil)
    assert.same({ 500, 0 }, { reply.status, service.body_bytes })
    assert.equal("internal", json.decode(reply.body).reason)
    assert.is_nil(reply.body:find("a mistake of ours", 1, true))
    assert.matches("a mistake of ours", said[1])
  end)

  it("says in one shape what was wrong", function()
    for _, case in ipairs {
      { "GET", "/nope", 404, "no_route" },
      { "PUT", "/api/v1/vision/analyze", 405, "method_not_allowed" },
      { "GET", "/api/../v1", 400, "usage" },
      { "GET", "/a?b=%zz", 400, "usage" },
      { "GET", "//healthz", 400, "usage" },
      { "POST", "/api/v1/vision/analyze", 413, "too_large", "application/json",
        '{"pages":[' .. ("1,"):rep(50000) .. '1]}' },
      { "GET", "/api//v1/vision/health", 400, "usage" },
      { "POST", "/api/v1/vision/analyze", 400, "invalid_json", "application/json",
        '{"provider":"stub","provider":"openai"}' },
      { "POST", "/api/v1/vision/analyze", 415, "unsupported_body", "text/html", "x" },
      { "POST", "/api/v1/vision/analyze", 400, "invalid_json", "application/json", "{" },
      { "POST", "/api/v1/vision/analyze", 400, "input", "application/json", "{}" },
      { "POST", "/api/v1/vision/analyze?provider=x", 400, "invalid_option", "image/png", PNG },
      { "POST", "/api/v1/vision/analyze", 415, "unsupported_format", "image/png", ("x"):rep(99) },
      { "POST", "/api/v1/vision/analyze", 400, "usage", "multipart/form-data; boundary=x", "--x" },
      { "POST", "/api/v1/vision/analyze", 413, "too_large", "image/png", ("x"):rep(110001) },
    } do
      local reply = call(case[1], case[2], { ["content-type"] = case[5] }, case[6])
      local answer = json.decode(reply.body)
      assert.same({ case[3], false, case[4] }, { reply.status, answer.success, answer.reason })
      assert.is_string(answer.error)
      assert.is_string(answer.code)
      assert.equal(reply.headers["X-Request-Id"], answer.request_id)
    end
  end)

  it("names pages that can be none, whoever reads", function()
    for _, pages in ipairs { "0", "-1", "1.5", "x", "[[1]]", '{"a":1}', "[true]" } do
      local answer, reply = analyze("image/png", PNG, "?include_ocr=false&pages=" .. pages)
      assert.same({ 400, "invalid_option" }, { reply.status, answer.reason }, pages)
      assert.matches("'pages' must be a list of pages", answer.error)
    end
    assert.is_true(analyze("image/png", PNG, "?include_ocr=false&pages=1,2").success)
  end)

  it("refuses a body that is to be unpacked", function()
    local function status_of(coding)
      return call("POST", "/api/v1/vision/analyze?include_ocr=false", { ["content-type"] =
        "image/png", ["content-encoding"] = coding }, PNG).status
    end
    assert.same({ 415, 415, 200 }, { status_of "gzip", status_of "Br, gzip",
      status_of "Identity" })
  end)

  it("refuses a body before it is read", function()
    local _, exchange = call("POST", "/api/v1/vision/analyze",
      { ["content-type"] = "image/png", ["content-length"] = "110001" })
    assert.is_false(exchange.wants_body)
    assert.equal(413, exchange:answer().status)
  end)

  it("keeps an id that is one, and gives another to the rest", function()
    local reply = call("GET", "/healthz", { ["x-request-id"] = "abc-1.2_3:4" })
    assert.equal("abc-1.2_3:4", reply.headers["X-Request-Id"])
    reply = call("GET", "/healthz", { ["x-request-id"] = "a\r\nSet-Cookie: b" })
    assert.matches("^req%-%w+$", reply.headers["X-Request-Id"])
  end)

  it("tells of a reading while it is read", function()
    local names, last = {}, nil
    local reply = call("POST", "/api/v1/vision/analyze/stream?include_ocr=false",
      { ["content-type"] = "image/png" }, PNG)
    assert.equal("text/event-stream", reply.headers["Content-Type"])
    task.spawn(function()
      for event in reply.events do
        local name, data = event:match "^event: (%w+)\ndata: ([^\n]+)\n\n$"
        names[#names + 1], last = name, json.decode(data)
      end
    end):join()
    assert.same({ "start", "progress", "complete" }, names)
    assert.is_true(last.success)
  end)

  it("says now and then that it is still there", virtual.timed(function()
    local slow = { name = "slow", analyze_image = function()
      task.sleep(40)
      return { summary = "s", details = {}, provider = "slow" }
    end }
    service = assert(app.new { engine = assert(engine.new {
      create = function() return slow end }) })
    local reply = call("POST", "/api/v1/vision/analyze/stream?include_ocr=false",
      { ["content-type"] = "image/png" }, PNG)
    local names = {}
    for event in reply.events do names[#names + 1] = event:match "^event: (%w+)" end
    reply.close()
    assert.same({ "heartbeat", "heartbeat", "complete" }, names)
  end))
end)
