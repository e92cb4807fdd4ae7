-- SPDX-License-Identifier: MIT
-- What no honest client sends, over real connections.

local core = require "vision.core"
local json = require "vision.base.json"
local pictures = require "spec.support.pictures"
local service = require "spec.support.service"
local socket = require "spec.support.socket"
local task = require "vision.base.task"

local PNG = pictures.png(40, 30, function() return 200 end)
local BASE64 = core.image_from_bytes(PNG):base64()
local JSON, FORM = "application/json", "multipart/form-data; boundary=b"

local function head(content_type, more)
  return "POST /api/v1/vision/analyze HTTP/1.1\r\nHost: x\r\nContent-Type: " .. content_type
    .. "\r\n" .. more
end

local function post(content_type, body)
  return head(content_type, ("Content-Length: %d\r\n\r\n"):format(#body)) .. body
end

local function picture(base64, more)
  local fields = { image_base64 = base64, include_ocr = false }
  for name, value in pairs(more or {}) do fields[name] = value end
  return post(JSON, json.encode(fields))
end

-- What comes back for some bytes, up to a pattern or to the end of the connection.
local function ask(server, bytes, pattern)
  local client = socket.connect(server:port())
  client:send(bytes)
  local text = pattern and client:read_until(pattern) or client:read_to_end()
  client:close()
  return text
end

local function status_of(server, bytes)
  return tonumber(ask(server, bytes, "\r\n\r\n"):match "^HTTP/1.1 (%d+)")
end

local function is_quiet(server)
  for _ = 1, 1000 do
    if server:busy() == 0 and server.handle:under_way() == 0 then return true end
    task.sleep(0.005)
  end
end

describe("the built-in server, faced with what is hostile,", function()
  it("refuses JSON that is cut off or spoiled at any byte", function()
    service.with({}, function(call, server)
      local good, tries = json.encode { image_base64 = BASE64, tags = { "a" } }, {}
      for i = 1, #good do
        tries[#tries + 1] = post(JSON, good:sub(1, i - 1))
        tries[#tries + 1] = post(JSON, good:sub(1, i - 1) .. "\0" .. good:sub(i + 1))
      end
      local text = ask(server, table.concat(tries) .. "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        "\r\n\r\nok\n")
      assert.equal(#tries, select(2, text:gsub("HTTP/1.1 4%d%d ", "")))
      assert.equal(200, call("GET", "/healthz").status)
    end)
  end)

  it("is strict about base64, but for line breaks", function()
    service.with({}, function(_, server)
      local lines = BASE64:gsub(("."):rep(76), "%0\r\n")
      assert.equal(200, status_of(server, picture(lines)))
      for _, wrong in ipairs { BASE64 .. "A", BASE64 .. "=", BASE64:gsub("=+$", "") .. "====",
        "=" .. BASE64, BASE64:sub(1, 9) .. "=" .. BASE64:sub(10), BASE64:sub(1, 9) .. " \0" } do
        assert.matches("^HTTP/1.1 400 .*INPUT_ERROR", ask(server, picture(wrong), "}\n"))
      end
    end)
  end)

  it("takes a body in chunks, and refuses chunks that are none", function()
    service.with({}, function(call, server)
      local chunked = head("image/png", "Transfer-Encoding: chunked\r\n\r\n")
      local pieces = { chunked }
      for i = 1, #PNG, 7 do
        local piece = PNG:sub(i, i + 6)
        pieces[#pieces + 1] = ("%x\r\n%s\r\n"):format(#piece, piece)
      end
      local whole = table.concat(pieces) .. "0\r\n\r\n"
      assert.equal(200, status_of(server, whole:gsub("/analyze", "%0?include_ocr=false")))
      for _, wrong in ipairs { "xyz\r\nab\r\n", "-1\r\na\r\n", "ffffffffffffffffff\r\na\r\n",
        "3\r\nabcde\r\n" } do
        assert.is_nil(ask(server, chunked .. wrong):find "^HTTP/1.1 [25]")
      end
      assert.equal(200, call("GET", "/healthz").status)
      assert.is_true(is_quiet(server))
    end)
  end)

  it("answers what is sent in one go one after the other", function()
    service.with({}, function(_, server)
      local text = ask(server, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" .. picture(BASE64)
        .. "GET /nope HTTP/1.1\r\nHost: x\r\n\r\n", "no_route")
      local statuses = {}
      for status in text:gmatch "HTTP/1.1 (%d+)" do statuses[#statuses + 1] = status end
      assert.same({ "200", "200", "404" }, statuses)
    end)
  end)

  it("takes a body for what it is said to be, or not at all", function()
    service.with({}, function(call, server)
      local length = "Content-Length: " .. #PNG .. "\r\n"
      local smuggled = "\r\n\r\n" .. PNG .. "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
      for _, more in ipairs { length .. "Content-Length: 2", length .. length:sub(1, -3),
        length .. "Transfer-Encoding: chunked", "Content-Length: -1", "Content-Length: 1x",
        "Content-Length: 99999999999999999999", "Transfer-Encoding: gzip, chunked" } do
        local text = ask(server, head("image/png", more .. smuggled))
        assert.matches("^HTTP/1.1 4", text, more)
        assert.is_nil(text:find "HTTP/1.1 [235]", more)
      end
      local client = socket.connect(server:port()) -- shorter than said
      client:send(head("image/png", length .. "\r\n") .. PNG:sub(1, 10))
      client:close()
      local text = ask(server, post("image/png", PNG) .. "rest\r\n\r\n") -- longer
      assert.equal(1, select(2, text:gsub("HTTP/1.1 200", "")))
      assert.is_true(is_quiet(server))
      assert.equal(200, call("GET", "/healthz").status)
    end)
  end)

  it("puts nothing that it was sent into a head", function()
    service.with({}, function(_, server)
      local evil = "a\r\nX-Evil: 1\r\n\r\n"
      local form = table.concat({ "--b", 'Content-Disposition: form-data; name="image"; '
        .. 'filename="' .. evil .. '"', "", PNG, "--b--", "" }, "\r\n")
      local id = "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: a%0d%0aX-Evil: 1\r\n\r\n"
      for _, bytes in ipairs { picture(BASE64, { tags = { evil } }), post(FORM, form), id,
        picture(BASE64, { file_name = evil }), picture(BASE64, { provider = evil }) } do
        local top = ask(server, bytes, "\r\n\r\n"):match "^(.-)\r\n\r\n"
        assert.is_nil(top:find "\nX%-Evil")
      end
    end)
  end)

  it("says little about a name of a megabyte", function()
    service.with({}, function(call, server)
      local name = ("n"):rep(2 ^ 20)
      local text = ask(server, picture(BASE64, { provider = name }), "}\n")
      assert.matches("^HTTP/1.1 4%d%d ", text)
      assert.is_true(#text < 8192)
      local long = "GET /api/v1/vision/analyze?provider=" .. name .. " HTTP/1.1\r\nHost: x\r\n\r\n"
      assert.matches("^HTTP/1.1 414 ", ask(server, long))
      local wide = "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " .. name .. "\r\n\r\n"
      assert.matches("^HTTP/1.1 4[13][31] ", ask(server, wide))
      assert.equal(200, call("GET", "/healthz").status)
    end)
  end)

  it("lets no client who reads slowly hold up others", function()
    service.with({}, function(call, server)
      local client = socket.connect(server:port())
      client:send(("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"):rep(200))
      client.socket:receive(1)
      for _ = 1, 20 do assert.equal(200, call("GET", "/healthz").status) end
      client:close()
      assert.is_true(is_quiet(server))
    end)
  end)

  it("forgets who leaves, at whatever point", function()
    service.with({}, function(call, server)
      local body = picture(BASE64)
      local chunked = head("image/png", "Transfer-Encoding: chunked\r\n\r\n") .. "5\r\nabcde\r\n"
      for _, bytes in ipairs { "", "POS", body:sub(1, 40), head(JSON, "Content-Length: 99\r\n\r\n"),
        body:sub(1, -10), body, chunked, body .. body .. body:sub(1, -3) } do
        for _, abruptly in ipairs { false, true } do
          local client = socket.connect(server:port())
          client:send(bytes)
          if abruptly then client.socket:setoption("linger", { on = true, timeout = 0 }) end
          task.sleep(0)
          client:close()
        end
      end
      assert.is_true(is_quiet(server))
      assert.equal(200, call("GET", "/healthz").status)
    end)
  end)

  it("has room for who asks, however many only hold connections", function()
    service.with({ server = { connections = 64 } }, function(_, server)
      local idle, partial = {}, "GET /healthz HTTP/1.1\r\nHost: x\r\n"
      for i = 1, 500 do
        idle[i] = socket.connect(server:port())
        if i % 2 == 0 then idle[i]:send(partial) end
        if i % 50 == 0 then assert.equal(200, status_of(server, partial .. "\r\n")) end
      end
      assert.equal("", idle[1]:read_to_end())
      assert.is_true(server.handle:connections() <= 64)
      idle[500]:send "\r\n"
      assert.matches("^HTTP/1.1 200", idle[500]:read_until "ok\n")
      for _, client in ipairs(idle) do client:close() end
    end)
  end)

  it("can be stopped while requests come", function()
    for _ = 1, 5 do
      service.with({}, function(_, server)
        for _ = 1, 20 do
          local client = socket.connect(server:port())
          client:send(picture(BASE64) .. picture(BASE64):sub(1, -4))
        end
        task.sleep(0)
      end)
      collectgarbage()
    end
  end)
end)
