-- SPDX-License-Identifier: MIT
local app = require "vision.server.app"
local core = require "vision.core"
local engine = require "vision.server.engine"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local log = require "vision.base.log"
local mailbox = require "vision.base.mailbox"
local pictures = require "spec.support.pictures"
local shelves = require "vision.server.shelf"
local task = require "vision.base.task"

local PNG = pictures.png(40, 30, function() return 200 end)
local OTHER = pictures.png(40, 30, function() return 100 end)
local ANALYZE = "/api/v1/vision/analyze?include_ocr=false"
local STREAM = "/api/v1/vision/analyze/stream?include_ocr=false"

describe("an Idempotency-Key", function()
  local calls, step

  before_each(function()
    calls, step = 0, nil
  end)

  local provider = {
    name = "fake", model = "m",
    analyze_image = function()
      calls = calls + 1
      local ok, err = true, nil
      if step then ok, err = step(calls) end
      if not ok then return nil, err end
      return { summary = "reading " .. calls, details = {}, provider = "fake" }
    end,
  }

  local function service(shelf)
    return assert(app.new { engine = assert(engine.new { shelf = shelf,
      create = function() return provider end }) })
  end

  local function begin(of, key, body, more)
    more = more or {}
    local exchange = of:begin { method = "POST", target = more.target or ANALYZE, remote = "x",
      headers = { ["content-type"] = more.content_type or "image/png", ["idempotency-key"] = key } }
    exchange.request.key = more.client and { name = more.client }
    exchange:feed(body or PNG)
    return exchange
  end

  local function text_of(reply)
    local pieces = {}
    for piece in reply.events or function() end do pieces[#pieces + 1] = piece end
    if reply.close then reply.close() end
    return reply.body or table.concat(pieces)
  end

  -- status, text, whether it was replayed
  local function ask(...)
    local exchange = begin(...)
    local reply, text
    task.spawn(function()
      reply = exchange:answer()
      text = text_of(reply)
    end):join()
    exchange:finish(false)
    return reply.status, text, reply.headers["Idempotency-Replayed"]
  end

  it("brings the same answer again, and asks nobody twice", function()
    local one = service()
    local status, text, replayed = ask(one, "a")
    assert.same({ 200, nil }, { status, replayed })
    assert.same({ 200, text, "true" }, { ask(one, "a") })
    assert.equal(1, calls)
    assert.matches("reading 2", select(2, ask(one, "b")))
    assert.matches("reading 3", select(2, ask(one, nil)))
    assert.matches("reading 4", select(2, ask(one, "a", PNG, { client = "another" })))
  end)

  it("knows a request by what it says, not by how", function()
    local one, base64 = service(), core.image_from_bytes(PNG):base64()
    local function form(boundary)
      return table.concat({ "--" .. boundary,
        'Content-Disposition: form-data; name="file"; filename="a.png"', "Content-Type: image/png",
        "", PNG, "--" .. boundary .. "--", "" }, "\r\n")
    end
    for i, pair in ipairs {
      { ('{"image_base64":"%s","tags":["a"]}'), '{ "tags": ["a"], "image_base64": "%s" }' },
      { "x", "y" },
    } do
      for _, kind in ipairs(pair) do
        local is_form = #kind == 1
        assert.equal(200, (ask(one, "k" .. i, is_form and form(kind) or kind:format(base64), {
          content_type = is_form and "multipart/form-data; boundary=" .. kind
            or "application/json" })))
      end
      assert.equal(i, calls)
    end
  end)

  it("refuses another request under the same key", function()
    local one = service()
    ask(one, "a")
    for _, case in ipairs { { OTHER }, { PNG, { target = ANALYZE .. "&dpi=100" } },
      { PNG, { target = STREAM } } } do
      local status, text = ask(one, "a", case[1], case[2])
      local said = json.decode(text)
      assert.same({ 422, "key_reused" }, { status, said.reason })
    end
    assert.equal(1, calls)
  end)

  it("says that its request is being answered", function()
    local one, go = service(), mailbox.new()
    step = function() return go:take() end
    local first = task.spawn(ask, one, "a")
    task.sleep(0)
    while calls == 0 do task.sleep(0.001) end
    local status, text = ask(one, "a")
    assert.same({ 409, "request_running" }, { status, json.decode(text).reason })
    go:put(true)
    assert.equal(200, (first:join()))
    assert.same({ "true", 1 }, { select(3, ask(one, "a")), calls })
  end)

  it("keeps no failure that may pass, no left request, no fault of the program", function()
    local one = service()
    step = function(n)
      if n == 1 then return nil, errors.new("overloaded", "busy") end
      if n == 2 then return task.sleep(30) end
      if n == 3 then error "a mistake" end
      return true
    end
    assert.equal(503, (ask(one, "a")))
    local exchange = begin(one, "a")
    local left = task.spawn(function() return exchange:answer() end)
    while calls < 2 do task.sleep(0.001) end
    left:cancel()
    left:join()
    exchange:finish(true)
    log.set_sink(function() end)
    assert.equal(500, (ask(one, "a")))
    log.set_sink(nil)
    assert.equal(200, (ask(one, "a")))
    assert.equal("true", select(3, ask(one, "a")))
    assert.equal(4, calls)
  end)

  it("brings a whole stream again, and begins anew where one was left", function()
    local one = service()
    step = function(n)
      if n == 1 then return nil, errors.new("overloaded", "busy") end
      return true
    end
    assert.matches("event: error", select(2, ask(one, "a", PNG, { target = STREAM })))
    local exchange = begin(one, "a", PNG, { target = STREAM })
    task.spawn(function()
      local reply = exchange:answer()
      reply.events()
      reply.close()
    end):join()
    local _, text, replayed = ask(one, "a", PNG, { target = STREAM })
    assert.is_nil(replayed)
    assert.matches("event: complete\n", text)
    local before = calls
    assert.same({ 200, text, "true" }, { ask(one, "a", PNG, { target = STREAM }) })
    assert.equal(before, calls)
  end)

  it("holds for all who share a store, and across a restart", function()
    local path = os.tmpname()
    os.remove(path)
    local shelf = shelves.lazy(path)
    local _, text = ask(service(shelf), "a")
    shelf:close()
    local other = shelves.lazy(path)
    assert.same({ 200, text, "true" }, { ask(service(other), "a") })
    assert.equal(1, calls)
    other:close()
    os.execute(("rm -f '%s' '%s'-*"):format(path, path))
  end)

  it("has one winner, however many ask at once of however many workers", function()
    local path = os.tmpname()
    os.remove(path)
    local one, other = shelves.lazy(path), shelves.lazy(path)
    local apps, seen = { service(one), service(other) }, {}
    step = function() return task.sleep(0.05) end
    local all = {}
    for i = 1, 40 do
      all[i] = function()
        local status, _, replayed = ask(apps[i % 2 + 1], "same")
        local what = status .. (replayed and " again" or "")
        seen[what] = (seen[what] or 0) + 1
      end
    end
    task.gather(all)
    assert.same({ 1, 1 }, { calls, seen["200"] })
    assert.equal(39, (seen["409"] or 0) + (seen["200 again"] or 0))
    one:close()
    other:close()
    os.execute(("rm -f '%s' '%s'-*"):format(path, path))
  end)

  it("reads nothing where its store is away, for it could be paid twice", function()
    local said = {}
    log.set_sink(function(_, message) said[#said + 1] = message end)
    local status, text = ask(service(shelves.lazy "/nowhere/at/all.db"), "a")
    log.set_sink(nil)
    assert.same({ 503, "store_unavailable", 0 }, { status, json.decode(text).reason, calls })
    assert.is_nil(text:find("nowhere", 1, true))
    assert.matches("nowhere/at/all", said[1], 1, true)
  end)

  it("must be one", function()
    for _, key in ipairs { "", "a b", ("x"):rep(256), "\1" } do
      assert.equal(400, (ask(service(), key)))
    end
    assert.equal(0, calls)
  end)
end)
