-- SPDX-License-Identifier: MIT
local app = require "vision.server.app"
local engine = require "vision.server.engine"
local json = require "vision.base.json"
local log = require "vision.base.log"
local pictures = require "spec.support.pictures"
local request_log = require "vision.server.request_log"

local PNG = pictures.png(40, 30, function() return 200 end)
local PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

describe("the log of requests", function()
  local lines

  local function ask(format, given, left)
    lines = {}
    local service = assert(app.new { engine = assert(engine.new { provider = "stub" }),
      observers = { request_log.new(format, function(line) lines[#lines + 1] = line end) } })
    local exchange = service:begin { method = given.method or "GET", target = given.target,
      headers = given.headers or {}, remote = "192.0.2.1" }
    if given.body then exchange:feed(given.body) end
    local reply = not given.leaves and exchange:answer()
    for _ in reply and reply.events or function() end do end -- luacheck: ignore 542
    exchange:finish(left or false)
    return reply
  end

  it("says of each request what became of it, and none of its secrets", function()
    local reply = ask("json", { method = "POST", body = PNG,
      target = "/api/v1/vision/analyze?include_ocr=false&tags=%5B%22secret%22%5D",
      headers = { ["content-type"] = "image/png", ["x-request-id"] = "me-1", traceparent = PARENT,
        authorization = "Bearer sk-secret" } })
    local said = json.decode(lines[1])
    assert.same({ "me-1", "0af7651916cd43dd8448eb211c80319c", "POST", "/api/v1/vision/analyze", 200,
      #reply.body, "stub", "192.0.2.1" }, { said.id, said.trace, said.method, said.path,
      said.status, said.bytes, said.provider, said.remote })
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT[%d:.]+Z$", said.time)
    assert.is_true(said.ms >= 0)
    assert.is_nil(lines[1]:find("secret", 1, true))
    assert.is_nil(lines[1]:find("\n", 1, true))
  end)

  it("counts events, says 499 of a client who left, and why one was refused", function()
    local stream = { method = "POST", target = "/api/v1/vision/analyze/stream?include_ocr=false",
      headers = { ["content-type"] = "image/png" }, body = PNG }
    ask("json", stream)
    local whole = json.decode(lines[1])
    assert.same({ 200, "stub" }, { whole.status, whole.provider })
    assert.is_true(whole.bytes > 100)
    ask("json", stream, true)
    assert.equal(499, json.decode(lines[1]).status)
    stream.leaves = true
    ask("json", stream)
    assert.same({ 499, 0 }, { json.decode(lines[1]).status, json.decode(lines[1]).bytes })
    ask("json", { target = "/nope" })
    assert.same({ 404, "no_route" }, { json.decode(lines[1]).status, json.decode(lines[1]).reason })
  end)

  it("is one line for people, too, whatever a path holds", function()
    ask("text", { target = "/x%0Ay%1b[31m", headers = { ["x-request-id"] = "me-2" } })
    assert.matches("^%S+Z 404 GET /x y %[31m %d+%.%d ms %d+ B 192.0.2.1 me%-2 reason=no_route$",
      lines[1])
    ask("json", { target = "/%ff" .. ("x"):rep(1000) })
    assert.is_true(#json.decode(lines[1]).path < 210)
  end)

  it("takes the program's own messages into the same form", function()
    local said = {}
    request_log.take_messages(function(line) said[#said + 1] = json.decode(line) end)
    log.error "a store\nis full"
    log.set_sink(nil)
    assert.same({ "error", "a store is full" }, { said[1].level, said[1].message })
  end)
end)

describe("a trace", function()
  local trace = require "vision.server.trace"

  it("goes on where the caller's header is one, and begins anew where not", function()
    local one = trace.of(PARENT)
    assert.same({ "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331" }, { one.id, one.parent })
    assert.equal(("00-%s-%s-01"):format(one.id, one.span), one.header)
    assert.not_equal(one.parent, one.span)
    local later = "cc" .. PARENT:sub(3)
    for header, is_known in pairs {
      [later] = true, [later .. "-more"] = true, [later .. "x"] = false,
      [PARENT .. "-more"] = false,
      ["ff" .. PARENT:sub(3)] = false, [PARENT:upper()] = false, [PARENT:sub(1, -2)] = false,
      ["00-" .. ("0"):rep(32) .. "-b7ad6b7169203331-01"] = false, [""] = false,
    } do
      assert.equal(is_known, trace.of(header).id == one.id, header)
    end
    assert.matches("^00%-" .. ("%x"):rep(32) .. "%-" .. ("%x"):rep(16) .. "%-00$",
      trace.of(nil).header)
  end)
end)
