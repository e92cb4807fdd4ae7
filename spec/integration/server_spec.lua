-- SPDX-License-Identifier: MIT
-- The service over real connections: what holds for each carrier, then what the built-in server
-- answers for alone.

local core = require "vision.core"
local http_server = require "spec.support.http_server"
local json = require "vision.base.json"
local pictures = require "spec.support.pictures"
local service = require "spec.support.service"
local socket = require "spec.support.socket"
local task = require "vision.base.task"

local PNG = pictures.png(40, 30, function() return 200 end)

-- A provider that waits until it is told, or cancelled.
local function waiting_provider()
  local seen = { begun = 0, cancelled = 0 }
  return seen, {
    name = "waiting", model = "m",
    analyze_image = function()
      seen.begun = seen.begun + 1
      local ok, err = task.sleep(seen.seconds or 30)
      if not ok then
        seen.cancelled = seen.cancelled + 1
        return nil, err
      end
      return { summary = "s", details = {}, provider = "waiting" }
    end,
  }
end

local function until_true(check)
  for _ = 1, 2000 do
    if check() then return true end
    task.sleep(0.005)
  end
end

local POST = "POST /api/v1/vision/analyze?include_ocr=false HTTP/1.1\r\nHost: x\r\n"
  .. "Content-Type: image/png\r\n"

service.each(function(carrier)
  describe(carrier.name, function()
    it("answers the four requests of the description", function()
      carrier.with({}, function(call)
        local base64 = core.image_from_bytes(PNG):base64()
        local body = json.encode { image_base64 = base64, include_ocr = false }
        local as_json = { headers = { "Content-Type: application/json" }, body = body }
        assert.is_true(call("POST", "/api/v1/vision/analyze", as_json).json.success)
        local answer = call("POST", "/api/v1/vision/analyze?provider=stub", as_json)
        assert.same({ 200, "stub" }, { answer.status, answer.json.provider })
        assert.is_table(call("GET", "/api/v1/vision/providers").json.providers.openai)
        assert.equal("healthy", call("GET", "/api/v1/vision/health").json.status)
      end)
    end)

    it("keeps a connection for several requests, and answers HEAD", function()
      carrier.with({}, function(_, port)
        local client = socket.connect(port)
        for _, line in ipairs { "GET /healthz", "HEAD /healthz", "GET /nope" } do
          client:send(line .. " HTTP/1.1\r\nHost: x\r\n\r\n")
        end
        local text = client:read_until "no_route[^\r]*}\n"
        assert.equal(2, select(2, text:gsub("HTTP/1.1 200", "")))
        assert.equal(1, select(2, text:gsub("\r\n\r\nok\n", "")))
        client:close()
      end)
    end)

    it("says 100 before a body that is wanted, and not before one that is not", function()
      carrier.with({}, function(_, port)
        local client = socket.connect(port)
        client:send(POST .. "Expect: 100-continue\r\nContent-Length: " .. #PNG .. "\r\n\r\n")
        assert.matches("^HTTP/1.1 100", client:read_until "\r\n\r\n")
        client:send(PNG)
        assert.matches("HTTP/1.1 200", client:read_until "}\n")
        client:close()
        client = socket.connect(port)
        client:send(POST .. "Expect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n")
        assert.matches("^HTTP/1.1 413", client:read_until "}\n")
        client:close()
      end)
    end)

    it("speaks HTTP/1.0, and takes a whole address for its path", function()
      carrier.with({}, function(_, port)
        local events = POST:gsub("analyze", "analyze/stream", 1):gsub("HTTP/1.1", "HTTP/1.0")
        for request, answer in pairs {
          ["GET /healthz HTTP/1.0\r\n\r\n"] = "\r\n\r\nok\n$",
          ["GET http://x/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"] =
            "\r\n\r\nok\n$",
          [events .. "Content-Length: " .. #PNG .. "\r\n\r\n" .. PNG] =
            "\r\n\r\nevent: start\n.*\nevent: complete\ndata: [^\n]*\n\n$",
        } do
          local client = socket.connect(port)
          client:send(request)
          local text = client:read_to_end()
          assert.matches("^HTTP/1.[01] 200 ", text)
          assert.matches(answer, text)
          client:close()
        end
      end)
    end)

    it("refuses a header that stands twice", function()
      carrier.with({}, function(_, port)
        local client = socket.connect(port)
        client:send("GET /healthz HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\n"
          .. "authorization: b\r\n\r\n")
        assert.matches("^HTTP/1.1 400.*\"reason\":\"usage\"", client:read_until "}\n")
        client:close()
      end)
    end)

    it("takes a picture as JSON, as a form and as it is, small or large", function()
      local large = pictures.png(700, 700, function(x, y) return (x * y * 7919) % 251 end)
      carrier.with({}, function(call)
        for _, picture in ipairs { PNG, large } do
          local image = core.image_from_bytes(picture)
          for _, body in ipairs {
            { "image/png", picture },
            { "application/json", json.encode { image_base64 = image:base64() } },
            { "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; "
              .. "name=\"image\"; filename=\"a.png\"\r\n\r\n" .. picture .. "\r\n--b--\r\n" },
          } do
            local answer = call("POST", "/api/v1/vision/analyze?include_ocr=false",
              { headers = { "Content-Type: " .. body[1] }, body = body[2] })
            assert.same({ 200, true }, { answer.status, answer.json.success }, answer.body)
          end
        end
      end)
    end)

    it("sends events as they come, and says when a reading fails", function()
      carrier.with({}, function(_, port)
        local client = socket.connect(port)
        client:send(POST:gsub("analyze", "analyze/stream", 1) .. "Content-Length: " .. #PNG
          .. "\r\n\r\n" .. PNG)
        local text = client:read_until "event: complete\ndata: [^\n]*\n\n"
        assert.matches("^HTTP/1.1 200", text)
        assert.matches("Content%-Type: text/event%-stream", text)
        assert.matches("event: start\ndata: {.*event: complete\n", text)
        client:close()
      end)
    end)

    it("cancels the paid call of a client who leaves, streaming or not", function()
      local upstream = http_server.start()
      local function closed() return upstream:stats().closed end
      local reads = { provider = { provider = "openai_compatible", model = "m",
        base_url = upstream.url .. "/blanks", retry = false } }
      carrier.with({ reads = reads }, function(_, port)
        for count, path in ipairs { "analyze", "analyze/stream" } do
          local client = socket.connect(port)
          client:send(POST:gsub("analyze", path, 1) .. "Content-Length: " .. #PNG .. "\r\n\r\n"
            .. PNG)
          assert.is_true(until_true(function() return upstream:stats().seen.blanks == count end))
          local before = closed()
          client:close()
          assert.is_true(until_true(function() return closed() > before end))
        end
      end)
      upstream:stop()
    end)
  end)
end)

describe("the built-in server", function()
  it("cancels the call of a client who leaves", function()
    local seen, provider = waiting_provider()
    service.with({ engine = { create = function() return provider end } }, function(_, server)
      local client = socket.connect(server:port())
      client:send(POST .. "Content-Length: " .. #PNG .. "\r\n\r\n" .. PNG)
      assert.is_true(until_true(function() return seen.begun == 1 end))
      client:close()
      assert.is_true(until_true(function() return seen.cancelled == 1 end))
      assert.is_true(until_true(function() return server:busy() == 0 end))
    end)
  end)

  it("cuts off who never ends a head or a body", function()
    service.with({ server = { header_seconds = 1, body_seconds = 1 } }, function(call, server)
      local slow_head, slow_body = socket.connect(server:port()), socket.connect(server:port())
      slow_head:send "GET /healthz HTTP/1.1\r\nHo"
      slow_body:send(POST .. "Content-Length: 1000\r\n\r\nab")
      assert.equal(200, call("GET", "/healthz").status)
      for _, client in ipairs { slow_head, slow_body } do
        assert.matches("^HTTP/1.1 408 .*\r\n\r\n{.*request_timeout", client:read_to_end())
      end
    end)
  end)

  it("ends what runs before it stops", function()
    local seen, provider = waiting_provider()
    seen.seconds = 0.2
    service.with({ engine = { create = function() return provider end } }, function(call, server)
      local answer
      local client = task.spawn(function()
        answer = call("POST", "/api/v1/vision/analyze?include_ocr=false",
          { headers = { "Content-Type: image/png" }, body = PNG })
      end)
      assert.is_true(until_true(function() return seen.begun == 1 end))
      server:stop(10)
      client:join()
      assert.same({ 200, "s" }, { answer.status, answer.json.description.summary })
    end)
  end)

  it("sends all of an answer before it stops", function()
    local size = 8 * 2 ^ 20 -- more than sockets take at once
    local instead = { begin = function()
      local reply = { status = 200, headers = {}, body = ("x"):rep(size) }
      return { answer = function() return reply end, finish = function() end }
    end }
    service.with({}, function(_, other)
      local server = assert(require("vision.server.builtin").serve(instead, { port = 0 }))
      local client = socket.connect(server:port())
      client:send "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
      client:read_until "xxx"
      local stop = task.spawn(server.stop, server, 10)
      assert.equal(size, #client:read_to_end():match "\r\n\r\n(.*)$")
      stop:join()
      assert.is_number(other:port())
    end)
  end)

  it("says that its port is taken", function()
    service.with({}, function(_, server)
      local other, err = require("vision.server.builtin").serve({}, { port = server:port() })
      assert.is_nil(other)
      assert.matches("is taken by another program: name another with %-%-port", err.message)
    end)
  end)
end)
