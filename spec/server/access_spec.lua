-- SPDX-License-Identifier: MIT
local access = require "vision.server.access"
local app = require "vision.server.app"
local clock = require "vision.base.clock"
local engine = require "vision.server.engine"
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local keys = require "vision.server.keys"
local log = require "vision.base.log"
local origins = require "vision.server.origins"
local pictures = require "spec.support.pictures"

local PNG = pictures.png(40, 30, function() return 200 end)

describe("access to the service", function()
  local place, path, now

  before_each(function()
    place = os.tmpname()
    os.remove(place)
    path = place .. "/deep/keys.json"
    now = 1000
    clock.install { mono = function() return now end }
  end)

  after_each(function()
    clock.install(nil)
    log.set_sink(nil)
    os.execute("rm -rf '" .. place .. "'")
  end)

  local function service(given, more)
    local options = { engine = assert(engine.new { provider = "stub" }) }
    if given then
      given.path = path
      options.access = assert(access.new(given))
    end
    for name, value in pairs(more or {}) do options[name] = value end
    return assert(app.new(options))
  end

  local function ask(of, headers, target, method, body)
    local exchange = of:begin { method = method or "GET", headers = headers or {},
      target = target or "/api/v1/vision/providers", remote = "192.0.2.1" }
    if body and exchange.wants_body then exchange:feed(body) end
    local reply = exchange:answer()
    exchange:finish(false)
    return reply, exchange
  end

  local function bearer(key) return { authorization = "Bearer " .. key } end

  local function mistyped(key)
    return key:sub(1, -2) .. (key:sub(-1) == "0" and "1" or "0")
  end

  local function add(name, scopes, rate)
    return assert(keys.add(path, { name = name, scopes = scopes or { "read" },
      requests_per_minute = rate }))
  end

  it("takes a key as a bearer token or as X-API-Key, and nothing else", function()
    local key = add "ci"
    local one = service {}
    for _, case in ipairs {
      { bearer(key), 200 }, { { authorization = "bearer  " .. key }, 200 },
      { { ["x-api-key"] = key }, 200 },
      { {}, 401 }, { bearer "x", 401 }, { bearer(key .. "0"), 401 },
      { bearer(mistyped(key)), 401 },
      { { authorization = "Basic " .. key }, 401 }, { { authorization = key }, 401 },
    } do
      local reply = ask(one, case[1])
      assert.equal(case[2], reply.status)
      assert.equal(case[2] == 401, reply.headers["WWW-Authenticate"] ~= nil)
    end
    assert.equal("unauthorized", json.decode(ask(one, {}).body).reason)
    assert.equal(200, ask(one, {}, "/healthz").status)
  end)

  it("refuses before a body is read", function()
    local one = service {}
    local headers = { ["content-type"] = "image/png" }
    local _, exchange = ask(one, headers, "/api/v1/vision/analyze", "POST")
    assert.is_false(exchange.wants_body)
  end)

  it("asks each key for what it allows", function()
    local reads, reader, boss = add("reads", { "analyze" }), add("reader"), add("boss", { "admin" })
    local one = service {}
    assert.equal(403, ask(one, bearer(reads)).status)
    assert.equal(200, ask(one, bearer(reader)).status)
    assert.equal(200, ask(one, bearer(boss)).status)
    local headers = bearer(reads)
    headers["content-type"] = "image/png"
    local analyze = "/api/v1/vision/analyze?include_ocr=false"
    assert.equal(200, ask(one, headers, analyze, "POST", PNG).status)
    headers = bearer(reader)
    headers["content-type"] = "image/png"
    assert.equal(403, ask(one, headers, analyze, "POST", PNG).status)
  end)

  it("lets a key make so many requests a minute, and says when to come again", function()
    local key, other = add("slow", nil, 3), add("other", nil, 3)
    local one = service {}
    for _ = 1, 3 do assert.equal(200, ask(one, bearer(key)).status) end
    local reply = ask(one, bearer(key))
    assert.same({ 429, "20", "rate_limited" },
      { reply.status, reply.headers["Retry-After"], json.decode(reply.body).reason })
    assert.equal(200, ask(one, bearer(other)).status)
    now = now + 20
    assert.equal(200, ask(one, bearer(key)).status)
    assert.equal(429, ask(one, bearer(key)).status)
  end)

  it("holds that for all processes that share a state", function()
    clock.install(nil) -- that of the machine, which they share
    local key = add("slow", nil, 3)
    assert(os.execute("chmod 700 '" .. place .. "/deep'"))
    local states, apps = {}, {}
    for i = 1, 2 do
      states[i] = assert(require("vision.layers.shared_state").shared_state(place .. "/deep/state"))
      apps[i] = service { shared = states[i] }
    end
    for i = 1, 3 do assert.equal(200, ask(apps[i % 2 + 1], bearer(key)).status) end
    for i = 1, 2 do
      assert.equal(429, ask(apps[i], bearer(key)).status)
      states[i]:close()
    end
  end)

  it("tells the budget and the log whose request it is", function()
    local key, asked = add("ci", { "analyze" }), nil
    local seen = {}
    local provider = { name = "fake", analyze_image = function(_, _, options)
      asked = options.budget_key
      return { summary = "s", details = {}, provider = "fake" }
    end }
    local one = service({}, { observers = { function(outcome) seen[#seen + 1] = outcome end },
      engine = assert(engine.new { create = function() return provider end }) })
    local headers = bearer(key)
    headers["content-type"] = "image/png"
    ask(one, headers, "/api/v1/vision/analyze?include_ocr=false", "POST", PNG)
    assert.equal("ci", asked)
    assert.same({ "ci", "fake", 200 },
      { seen[1].request.key.name, seen[1].request.provider, seen[1].status })
    ask(one, headers, "/api/v1/vision/analyze?budget_key=x", "POST", PNG)
    assert.equal(400, seen[2].status)
  end)

  it("holds each key to its budget", function()
    local spender, other = add("spender", { "analyze" }), add("other", { "analyze" })
    local settings = { cache = false, provider = { name = "fake", model = "m",
      analyze_image = function()
        return { summary = "s", details = {}, provider = "fake" }
      end },
      budget = { prices = { fake = { image = 1 } },
        budgets = { { key = "spender", total_limit_usd = 1.5 } } } }
    local shared = assert(require("vision.stack.shared").new(settings))
    local one = service({}, { engine = assert(engine.new { shared = shared, create = function()
      return require("vision.stack").stack(shared:apply(settings))
    end }) })
    local function status(key)
      local headers = bearer(key)
      headers["content-type"] = "image/png"
      local reply = ask(one, headers, "/api/v1/vision/analyze?include_ocr=false", "POST", PNG)
      return reply.status, json.decode(reply.body).reason
    end
    assert.equal(200, (status(spender)))
    log.set_sink(function() end) -- an alert of the budget
    assert.same({ 429, "budget_exceeded" }, { status(spender) })
    for _ = 1, 3 do assert.equal(200, (status(other))) end
  end)

  it("takes up new keys and forgets revoked ones; a file that is wrong changes nothing", function()
    local key = add "first"
    local one, said = service {}, {}
    log.set_sink(function(_, message) said[#said + 1] = message end)
    local second = add "second"
    now = now + 2
    assert.equal(200, ask(one, bearer(second)).status)
    assert(keys.remove(path, "first"))
    now = now + 2
    assert.equal(401, ask(one, bearer(key)).status)
    for _ = 1, 2 do
      folder.write(path, '{"keys":[{"id":1}]}')
      now = now + 2
      assert.equal(200, ask(one, bearer(second)).status)
    end
    assert.equal(1, #said)
    assert.matches("keys stay as they were: .*keys%[1%]: option 'id' must be 8 hex", said[1])
    os.remove(path)
    now = now + 2
    assert.equal(401, ask(one, bearer(second)).status)
  end)

  it("asks for no key where none is needed, but takes those that are its own", function()
    local key = add("ci", { "analyze" })
    local one = service { required = false }
    assert.equal(200, ask(one, {}).status)
    assert.equal(200, ask(one, bearer "sk-of-another-service").status)
    assert.equal(403, ask(one, bearer(key)).status)
    assert.equal(401, ask(one, bearer(mistyped(key))).status)
  end)

  describe("file of keys", function()
    it("holds no key, and is its owner's alone", function()
      local key = add("ci", nil, 5)
      local text = assert(io.open(path)):read "*a"
      assert.is_nil(text:find(key:sub(13), 1, true))
      local mode = assert(io.popen("stat -c %a '" .. path .. "'")):read "*l"
      assert.equal("600", mode)
      local list = assert(keys.read(path))
      assert.same({ "ci", 5, { "read" } },
        { list[1].name, list[1].requests_per_minute, list[1].scopes })
    end)

    it("refuses a name twice, a wrong one, an unknown scope, and who is not there", function()
      add "ci"
      for _, case in ipairs {
        { { name = "ci", scopes = { "read" } }, "already: revoke it" },
        { { name = "a b", scopes = { "read" } }, "must be a name" },
        { { name = "x", scopes = { "write" } }, "must be a list of analyze, read, admin" },
        { { name = "x", scopes = {} }, "must be a list of" },
      } do
        local made, err = keys.add(path, case[1])
        assert.is_nil(made)
        assert.matches(case[2], err.message)
      end
      local ok, err = keys.remove(path, "nobody")
      assert.is_nil(ok)
      assert.equal("not_found", err.reason)
      assert.equal(1, #keys.read(path))
    end)

    it("is written by one at a time", function()
      add "ci"
      assert(io.open(path .. ".new", "w")):close()
      local made, err = keys.add(path, { name = "x", scopes = { "read" } })
      assert.is_nil(made)
      assert.matches("another 'vision keys' is at work", err.message)
    end)
  end)

  describe("from pages of other origins", function()
    local headers = { host = "reader.example.com:8000" }

    local function from(origin, more)
      local all = { host = headers.host, origin = origin }
      for name, value in pairs(more or {}) do all[name] = value end
      return all
    end

    it("is refused unless the origin is allowed", function()
      local one = service(nil, { origins = assert(origins.new {
        allowed = { "https://tools.example.com" } }) })
      assert.equal(200, ask(one, headers).status)
      assert.equal(403, ask(one, from "https://evil.example").status)
      assert.equal(403, ask(one, from "null").status)
      assert.equal(200, ask(one, from "http://reader.example.com:8000").status)
      assert.equal(200, ask(one, from("https://x.example", { ["sec-fetch-site"] = "same-origin" }))
        .status)
      local reply = ask(one, from "https://tools.example.com")
      assert.same({ 200, "https://tools.example.com", "Origin" }, { reply.status,
        reply.headers["Access-Control-Allow-Origin"], reply.headers.Vary })
      reply = ask(one, from("https://tools.example.com",
        { ["access-control-request-method"] = "POST" }), "/api/v1/vision/analyze", "OPTIONS")
      assert.equal(204, reply.status)
      assert.matches("Authorization", reply.headers["Access-Control-Allow-Headers"])
      assert.is_nil(reply.headers["Access-Control-Allow-Headers"]:find "stainless")
      reply = ask(one, from("https://evil.example",
        { ["access-control-request-method"] = "POST" }), nil, "OPTIONS")
      assert.equal(405, reply.status)
      assert.is_nil(reply.headers["Access-Control-Allow-Origin"])
      assert.equal(200, ask(one, from "https://evil.example", "/healthz").status)
    end)

    it("is refused where a page has it as a picture, or a link would have drawings read", function()
      local one = service(nil, { origins = assert(origins.new {
        allowed = { "https://tools.example.com" } }) })
      local stream = "/api/v1/vision/analyze/stream?include_ocr=false&image_base64=AAAA"
      for _, case in ipairs {
        { 403, "cross-site", "no-cors", stream }, { 403, "same-site", "no-cors", stream },
        { 403, "cross-site", "navigate", stream }, { 403, "cross-site", "no-cors" },
        { 200, "cross-site", "navigate" }, { 200, "none", "navigate" },
        { 415, "same-origin", "cors", stream }, { 200, "cross-site", "no-cors", "/healthz" },
      } do
        local reply = ask(one, from(nil, { ["sec-fetch-site"] = case[2],
          ["sec-fetch-mode"] = case[3] }), case[4])
        assert.equal(case[1], reply.status, table.concat(case, " "))
      end
      assert.equal(200, ask(one, from("https://tools.example.com",
        { ["sec-fetch-site"] = "cross-site" })).status)
    end)

    it("may have the headers that this service and OpenAI's clients know, and no others", function()
      local one = service(nil, { origins = assert(origins.new {
        allowed = { "https://tools.example.com" } }) })
      local reply = ask(one, from("https://tools.example.com", {
        ["access-control-request-method"] = "POST",
        ["access-control-request-headers"] =
          "authorization,X-Stainless-Lang, x-stainless-retry-count,x-evil,x-stainless-a:b" }),
        "/v1/chat/completions", "OPTIONS")
      local names = reply.headers["Access-Control-Allow-Headers"]
      local allowed = {}
      for name in names:lower():gmatch "[^,%s]+" do allowed[name] = true end
      for _, name in ipairs { "authorization", "content-type", "idempotency-key", "traceparent",
        "x-request-id", "x-api-key", "x-stainless-lang", "x-stainless-retry-count" } do
        assert.is_true(allowed[name], name)
      end
      assert.is_nil(names:find "evil")
      assert.is_nil(names:find ":")
    end)

    it("is refused under names of others' that lead to this machine", function()
      local one = service(nil, { origins = assert(origins.new { guards_host = true,
        allowed = { "https://reader.example.com" } }) })
      for host, status in pairs {
        ["localhost:8000"] = 200, ["127.0.0.1"] = 200, ["[::1]:8000"] = 200,
        ["reader.example.com"] = 200, ["evil.example:8000"] = 403, ["127.9.9.9:1"] = 200,
        ["127.0.0.1.evil.example"] = 403, ["127.evil.example"] = 403,
      } do
        assert.equal(status, ask(one, { host = host }).status)
      end
    end)

    it("must be named as browsers do", function()
      local made, err = origins.new { allowed = { "https://x.example/" } }
      assert.is_nil(made)
      assert.matches("is no origin: write scheme", err.message)
    end)
  end)
end)
