-- SPDX-License-Identifier: MIT
-- What no honest client sends, over real connections: for each carrier, then what the built-in
-- server answers for alone. Beside it: Expect and late clients in server_spec.lua, a full disk in
-- full_disk_spec.lua, values that nobody means in spec/server/nonsense_spec.lua, bytes of all kinds
-- in csrc/fuzz/request.lua.

local chance = require "spec.support.chance"
local core = require "vision.core"
local folder = require "spec.support.folder"
local http_server = require "spec.support.http_server"
local json = require "vision.base.json"
local log = require "vision.base.log"
local pictures = require "spec.support.pictures"
local policy = require "vision.policy"
local service = require "spec.support.service"
local socket = require "spec.support.socket"
local task = require "vision.base.task"

local PNG = pictures.png(40, 30, function() return 200 end)
local GIF = "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;" -- the smallest there is
local BASE64 = core.image_from_bytes(PNG):base64()
local JSON, FORM = "application/json", "multipart/form-data; boundary=b"
local HEALTH = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

local function head(content_type, more, path)
  return "POST " .. (path or "/api/v1/vision/analyze") .. " HTTP/1.1\r\nHost: x\r\nContent-Type: "
    .. content_type .. "\r\n" .. more
end

local function post(content_type, body, path)
  return head(content_type, ("Content-Length: %d\r\n\r\n"):format(#body), path) .. body
end

local function picture(base64, more)
  local fields = { image_base64 = base64, include_ocr = false }
  for name, value in pairs(more or {}) do fields[name] = value end
  return post(JSON, json.encode(fields))
end

-- A form with one file, and a field where one is given.
local function form(file_name, field)
  local lines = { "--b", 'Content-Disposition: form-data; name="image"; filename="' .. file_name
    .. '"', "", PNG, "--b" }
  if field then
    for _, line in ipairs { 'Content-Disposition: form-data; name="tags"', "", field, "--b" } do
      lines[#lines + 1] = line
    end
  end
  return post(FORM, table.concat(lines, "\r\n") .. "--\r\n")
end

-- What comes back for some bytes, up to a pattern or to the end of the connection.
local function ask(port, bytes, pattern)
  local client = socket.connect(port)
  client:send(bytes)
  local text = pattern and client:read_until(pattern) or client:read_to_end()
  client:close()
  return text
end

local function status_of(port, bytes)
  return tonumber(ask(port, bytes, "\r\n\r\n"):match "^HTTP/1.1 (%d+)")
end

-- The one answer of a connection: its status, and its body, which is a failure of the usual shape.
local function failure_of(text)
  local status, body = text:match "^HTTP/1.1 (%d+) .-\r\n\r\n(.*)$"
  assert.is_string(body, "no answer: " .. text)
  local answer = assert(json.decode(body), text)
  assert.same({ false, "string", "string", "string", "string" }, { answer.success,
    type(answer.error), type(answer.code), type(answer.reason), type(answer.request_id) }, text)
  assert.matches("\r\nContent%-Type: application/json", text)
  return tonumber(status), answer
end

local function until_true(what, check)
  for _ = 1, 2000 do
    if check() then return end
    task.sleep(0.005)
  end
  error("never: " .. what, 2)
end

local function is_well(call)
  assert.equal(200, call("GET", "/healthz").status)
end

service.each(function(carrier)
  describe(carrier.name .. ", faced with what is hostile,", function()
    it("refuses JSON that is cut off or spoiled at any byte", function()
      carrier.with({}, function(call, port)
        local gif = core.base64_encode(GIF)
        local good = json.encode { image_base64 = gif, tags = { "a" } }
        local cut, spoiled = {}, {}
        for i = 1, #good do
          cut[i] = post(JSON, good:sub(1, i - 1))
          spoiled[i] = post(JSON, good:sub(1, i - 1) .. "\0" .. good:sub(i + 1))
        end
        for _, tries in ipairs { cut, spoiled } do
          local text = ask(port, table.concat(tries) .. HEALTH, "\r\n\r\nok\n")
          assert.equal(#good, select(2, text:gsub("HTTP/1.1 4%d%d ", "")))
        end
        is_well(call)
      end)
    end)

    it("names a field that is there twice, or that nobody knows", function()
      carrier.with({}, function(_, port)
        local image = '"image_base64":"' .. BASE64 .. '"'
        for body, word in pairs {
          ["{" .. image .. "," .. image .. "}"] = "image_base64",
          ["{" .. image .. ',"tags":["a"],"t\\u0061gs":["b"]}'] = "tags",
          ["{" .. image .. ',"nonsense":1}'] = "nonsense",
          ["{" .. image .. ',"__index":{"a":1}}'] = "__index",
        } do
          local status, answer = failure_of(ask(port, post(JSON, body), "}\n"))
          assert.equal(400, status)
          assert.matches("'" .. word .. "'", answer.error)
        end
        local target = "/api/v1/vision/analyze?include_ocr=false&include_ocr=false"
        assert.equal(400, status_of(port, post("image/png", PNG, target)))
      end)
    end)

    it("is strict about base64, but for line breaks", function()
      carrier.with({}, function(_, port)
        local lines = BASE64:gsub(("."):rep(76), "%0\r\n")
        assert.equal(200, status_of(port, picture(lines)))
        for _, wrong in ipairs { BASE64 .. "A", BASE64 .. "=", BASE64:gsub("=+$", "") .. "====",
          "=" .. BASE64, BASE64:sub(1, 9) .. "=" .. BASE64:sub(10), BASE64:sub(1, 9) .. " \0" } do
          assert.matches("^HTTP/1.1 400 .*INPUT_ERROR", ask(port, picture(wrong), "}\n"))
        end
      end)
    end)

    it("takes a body in chunks, and refuses chunks that are none", function()
      carrier.with({}, function(call, port)
        local chunked = head("image/png", "Transfer-Encoding: chunked\r\n\r\n")
        local pieces = { chunked }
        for i = 1, #PNG, 7 do
          local piece = PNG:sub(i, i + 6)
          pieces[#pieces + 1] = ("%x\r\n%s\r\n"):format(#piece, piece)
        end
        local whole = table.concat(pieces) .. "0\r\n\r\n"
        assert.equal(200, status_of(port, (whole:gsub("/analyze", "%0?include_ocr=false"))))
        for _, wrong in ipairs { "xyz\r\nab\r\n", "-1\r\na\r\n", "ffffffffffffffffff\r\na\r\n",
          "3\r\nabcde\r\n" } do
          local text = ask(port, chunked .. wrong)
          if text ~= "" then assert.matches("^4", failure_of(text)) end
        end
        is_well(call)
      end)
    end)

    it("answers what is sent in one go one after the other", function()
      carrier.with({}, function(_, port)
        local text = ask(port, HEALTH .. picture(BASE64)
          .. "GET /nope HTTP/1.1\r\nHost: x\r\n\r\n", "no_route")
        local statuses = {}
        for status in text:gmatch "HTTP/1.1 (%d+)" do statuses[#statuses + 1] = status end
        assert.same({ "200", "200", "404" }, statuses)
      end)
    end)

    it("takes a body for what it is said to be, or not at all", function()
      carrier.with({}, function(call, port)
        local length = "Content-Length: " .. #PNG .. "\r\n"
        local smuggled = "\r\n\r\n" .. PNG .. HEALTH
        for _, more in ipairs { length .. "Content-Length: 2", length .. length:sub(1, -3),
          length .. "Transfer-Encoding: chunked", "Content-Length: -1", "Content-Length: 1x",
          "Content-Length: 99999999999999999999", "Transfer-Encoding: gzip, chunked",
          "Content-Length : " .. #PNG, length .. "no header" } do
          local text = ask(port, head("image/png", more .. smuggled))
          assert.matches("^4", tostring(failure_of(text)), more)
          assert.is_nil(text:find "HTTP/1.1 [235]", more)
        end
        local client = socket.connect(port) -- shorter than said
        client:send(head("image/png", length .. "\r\n") .. PNG:sub(1, 10))
        client:close()
        local text = ask(port, post("image/png", PNG) .. "rest\r\n\r\n") -- longer
        assert.equal(1, select(2, text:gsub("HTTP/1.1 200", "")))
        is_well(call)
      end)
    end)

    it("puts nothing that it was sent into a head", function()
      carrier.with({}, function(_, port)
        local evil = "a\r\nX-Evil: 1\r\n\r\n"
        local id = "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: a%0d%0aX-Evil: 1\r\n\r\n"
        for _, bytes in ipairs { picture(BASE64, { tags = { evil } }), form(evil),
          form("a.png", evil), id, picture(BASE64, { file_name = evil }),
          picture(BASE64, { provider = evil }) } do
          local top = ask(port, bytes, "\r\n\r\n"):match "^(.-)\r\n\r\n"
          assert.matches("^HTTP/1.1 [24]%d%d ", top)
          assert.is_nil(top:find "\nX%-Evil")
        end
      end)
    end)

    it("finds nothing beside its paths", function()
      carrier.with({}, function(call, port)
        for _, path in ipairs { "/../etc/passwd", "/api/v1/vision/../../../etc/passwd",
          "/%2e%2e/%2e%2e/etc/passwd", "/api/v1/vision/records/..%2f..%2fx", "//healthz",
          "/healthz/../healthz", "/page/..%5c..%5cmain.js", "/api%2fv1/vision/health",
          "/healthz%00", "/%zz", "/./healthz", "/api/v1/vision/report/..%2F..%2Finit",
          "/main.js/", "/reading.css/../../../server/app.lua" } do
          local status = failure_of(ask(port, "GET " .. path
            .. " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
          assert.is_true(status == 400 or status == 404, path .. " " .. status)
        end
        is_well(call)
      end)
    end)

    it("says little about a name of a megabyte", function()
      carrier.with({}, function(call, port)
        local name = ("n"):rep(2 ^ 20)
        local text = ask(port, picture(BASE64, { provider = name }), "}\n")
        assert.matches("^HTTP/1.1 4%d%d ", text)
        assert.is_true(#text < 8192)
        is_well(call)
      end)
    end)

    it("refuses what is too long for a head in the shape of all failures", function()
      carrier.with({}, function(call, port)
        local long = ("n"):rep(2 ^ 20)
        local status = failure_of(ask(port, "GET /api/v1/vision/analyze?provider=" .. long
          .. " HTTP/1.1\r\nHost: x\r\n\r\n"))
        assert.is_true(status == 414 or status == 400, tostring(status))
        status = failure_of(ask(port, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " .. long
          .. "\r\n\r\n"))
        assert.is_true(status == 431 or status == 400, tostring(status))
        is_well(call)
      end)
    end)

    it("lets no client who reads slowly hold up others, and sends it all", function()
      carrier.with({}, function(call, port)
        local count = 60
        local client = socket.connect(port, 2048)
        client:send(("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"):rep(count))
        local size = #call("GET", "/openapi.json").body
        for _ = 1, 20 do
          client:read_bytes(1)
          is_well(call)
        end
        local _, answers = client:read_bytes(count * size):gsub("\nContent%-Length: " .. size, "")
        assert.is_true(answers >= count - 1, "answers: " .. answers)
        client:close()
      end)
    end)

    it("forgets who leaves before anything was paid for, at whatever point", function()
      carrier.with({}, function(call, port)
        local body = picture(BASE64)
        local chunked = head("image/png", "Transfer-Encoding: chunked\r\n\r\n") .. "5\r\nabcde\r\n"
        for _, bytes in ipairs { "", "POS", body:sub(1, 40), body:sub(1, -10), body, chunked,
          head(JSON, "Content-Length: 99\r\n\r\n"), body .. body .. body:sub(1, -3) } do
          for _, abruptly in ipairs { false, true } do
            local client = socket.connect(port)
            client:send(bytes)
            if abruptly then client.socket:setoption("linger", { on = true, timeout = 0 }) end
            task.sleep(0)
            client:close()
          end
        end
        is_well(call)
      end)
    end)

    local MESSAGES = json.encode { model = "vision", messages = { { role = "user", content = {
      { type = "image_url", image_url = { url = "data:image/png;base64," .. BASE64 } } } } } }
    local STREAMED = MESSAGES:gsub("^{", '{"stream":true,')
    local CHAT = "/v1/chat/completions"
    local RAW = "/api/v1/vision/analyze?include_ocr=false"
    local LIVE = "/api/v1/vision/analyze/stream?include_ocr=false"

    -- Up to where it reads, and what the provider is doing by then.
    for phase, case in pairs {
      ["is waited for"] = { "blanks", post("image/png", PNG, RAW) },
      ["is waited for as a stream"] = { "blanks", post("image/png", PNG, LIVE), "event: start" },
      ["has begun to be streamed"] = { "talks", post("image/png", PNG, LIVE), "event: partial" },
      ["is waited for by a client of OpenAI's"] = { "blanks", post(JSON, MESSAGES, CHAT) },
      ["is streamed to a client of OpenAI's"] = { "talks", post(JSON, STREAMED, CHAT) },
    } do
      it("cancels the paid call of who leaves while the answer " .. phase, function()
        local upstream = http_server.start()
        local reads = { provider = { provider = "openai_compatible", model = "remote",
          base_url = upstream.url .. "/" .. case[1], retry = false } }
        carrier.with({ reads = reads }, function(call, port)
          local client = socket.connect(port)
          client:send(case[2])
          until_true("a call", function() return upstream:stats().seen[case[1]] == 1 end)
          if case[3] then client:read_until(case[3]) end
          local before = upstream:stats().closed
          client:close()
          until_true("its end", function() return upstream:stats().closed > before end)
          is_well(call)
        end)
        upstream:stop()
      end)
    end

    it("goes on where a policy fails in the midst of a request", function()
      folder.with(function(place)
        os.execute("mkdir -p '" .. place .. "/routing'")
        folder.write(place .. "/routing/default.lua", [[return { route = function(job)
          if job.format == "png" then return job.nothing.more end
          return "local"
        end }]])
        log.set_sink(function() end) -- it is told
        finally(function() log.set_sink() end)
        local reads = { scripts = place, stack = { providers = { "stub", "local" } } }
        carrier.with({ reads = reads }, function(call)
          local answer = call("POST", RAW, { headers = { "Content-Type: image/png" }, body = PNG })
          assert.same({ 200, "stub" }, { answer.status, answer.json.provider }, answer.body)
          answer = call("POST", RAW, { headers = { "Content-Type: image/gif" }, body = GIF })
          assert.matches("decoding the picture", answer.json.error) -- it was asked
          is_well(call)
        end)
      end)
      assert(policy.reload())
    end)
  end)
end)

local function is_quiet(server)
  for _ = 1, 1000 do
    if server:busy() == 0 and server.handle:under_way() == 0 then return true end
    task.sleep(0.005)
  end
end

describe("the built-in server, faced with what is hostile,", function()
  -- What its library refuses by itself, and would answer with a page of its own.
  local REFUSED = {
    { 400, "GET /healthz HTTP/1.1\r\n\r\n" },
    { 400, "GET /healthz HTTX\r\nHost: x\r\n\r\n" },
    { 400, "GET /healthz HTTP/1.1\r\nHost: x\r\nno header\r\n\r\n" },
    { 400, head(JSON, "Content-Length: 1x\r\n\r\n") },
    -- Whoever answered it was at it: to them its client has left.
    { 400, head(JSON, "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), 499 },
    { 413, head(JSON, "Content-Length: 99999999999999999999\r\n\r\n") },
    { 414, "GET /" .. ("x"):rep(2 ^ 17) },
    { 431, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " .. ("x"):rep(2 ^ 17) },
    { 505, "GET /healthz HTTP/3.0\r\nHost: x\r\n\r\n" },
  }

  it("answers all that it refuses in the one shape, and tells of it like of all else", function()
    local told = {}
    local function observe(outcome) told[#told + 1] = outcome end
    service.with({ app = { observers = { observe } } }, function(call, server)
      for i, case in ipairs(REFUSED) do
        local text = ask(server:port(), case[2])
        local status, answer = failure_of(text)
        until_true("it is told", function() return #told == i end)
        assert.same({ case[3] or case[1], "127.0.0.1" }, { told[i].status,
          told[i].request.remote })
        if not case[3] then
          assert.same({ answer.request_id, answer.reason }, { told[i].request.id,
            told[i].err.reason })
        end
        assert.same({ case[1], "INPUT_ERROR" }, { status, answer.code }, text)
        assert.matches("\r\nX%-Request%-Id: " .. answer.request_id:gsub("-", "%%-"), text)
        assert.is_nil(text:find "<html>")
      end
      local text = ask(server:port(), (head(JSON, "Content-Length: x\r\n\r\n", "/v1/models")))
      assert.equal("usage", json.decode(text:match "\r\n\r\n(.*)$").error.code)
      is_well(call)
      assert.is_true(is_quiet(server))
    end)
  end)

  -- The daemon keeps fields of the query apart; where they are many it has no room for an answer.
  it("outlives queries of any number of fields", function()
    service.with({ server = { header_seconds = 1 } }, function(call, server)
      for count = 300, 420, 4 do
        local query = ("a&"):rep(count)
        failure_of(ask(server:port(), "GET /api/v1/vision/records?" .. query
          .. " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        is_well(call)
      end
      until_true("an end of all", function() return server.handle:connections() == 0 end)
    end)
  end)

  it("answers heads of any length", function()
    service.with({}, function(_, server)
      local port = server:port()
      for size = 15000, 21000, 150 do
        local status = status_of(port, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: "
          .. ("x"):rep(size) .. "\r\nConnection: close\r\n\r\n")
        assert.equal(size < 16200 and 200 or 431, status, size)
      end
      for count = 20, 420, 10 do
        local fields = ("a:b\r\n"):rep(count) .. "Cookie: " .. ("a=b;"):rep(count)
        local status = status_of(port, "GET /healthz HTTP/1.1\r\nHost: x\r\n" .. fields
          .. "\r\nConnection: close\r\n\r\n")
        assert.is_true(status == 200 or status == 431, count)
      end
    end)
  end)

  it("tells only who was refused, whoever else is at it", function()
    service.with({}, function(_, server)
      local others, partial = {}, "GET /healthz HTTP/1.1\r\nHost: x\r\n"
      for i = 1, 20 do
        others[i] = socket.connect(server:port())
        others[i]:send(i % 2 == 0 and partial or HEALTH .. partial:sub(1, 10))
      end
      for i = 1, 20, 2 do others[i]:read_until "ok\n" end
      for _, case in ipairs(REFUSED) do
        assert.matches("^HTTP/1.1 " .. case[1], ask(server:port(), case[2]))
      end
      local many = {}
      for i = 1, 40 do -- more than are kept to be told of
        many[i] = socket.connect(server:port())
        many[i]:send(REFUSED[4][2])
      end
      for _, client in ipairs(many) do failure_of(client:read_to_end()) end
      -- Of a head that is whole it is certain whose it is.
      failure_of(ask(server:port(), REFUSED[4][2]))
      for i, client in ipairs(others) do
        client:send(i % 2 == 0 and "\r\n" or partial:sub(11) .. "\r\n")
        local text = client:read_until(i % 2 == 0 and "ok\n" or "ok\n.*ok\n")
        assert.is_nil(text:find "HTTP/1.1 4")
        client:close()
      end
    end)
  end)

  it("cuts off a client who takes nothing any more", function()
    service.with({ server = { idle_seconds = 1 } }, function(call, server)
      local client = socket.connect(server:port(), 2048)
      client:send(("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"):rep(200))
      client:read_bytes(1)
      is_well(call)
      until_true("its end", function() return server.handle:under_way() == 0 end)
      client:close()
    end)
  end)

  it("forgets who leaves, at whatever point", function()
    service.with({}, function(call, server)
      local body = picture(BASE64)
      for _, bytes in ipairs { "", body:sub(1, 40), body:sub(1, -10), body } do
        local client = socket.connect(server:port())
        client:send(bytes)
        task.sleep(0)
        client:close()
      end
      assert.is_true(is_quiet(server))
      is_well(call)
    end)
  end)

  it("outlives connections of any bytes, in any pieces, that end at any time", function()
    local random = chance.new(11)
    local whole = { HEALTH, picture(BASE64), form("a.png", "x"), post("image/png", PNG),
      head("image/png", "Transfer-Encoding: chunked\r\n\r\n") .. "3\r\nabc\r\n0\r\n\r\n",
      head(JSON, "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n") .. "{}",
      post("image/png", PNG, "/api/v1/vision/analyze/stream") }
    local function spoiled(text)
      local at = random:integer(1, #text)
      return text:sub(1, at - 1) .. string.char(random:integer(0, 255))
        .. text:sub(at + random:integer(0, 3))
    end
    local function disturb(port)
      local client, text = socket.connect(port), ""
      for _ = 1, random:integer(1, 3) do
        local one = random:one_of(whole)
        text = text .. (random:integer(1, 2) == 1 and one or spoiled(one))
      end
      text = text:sub(1, random:integer(1, 2 * #text))
      while #text > 0 do
        local size = random:integer(1, #text)
        if not client:send(text:sub(1, size)) then break end
        text = text:sub(size + 1)
        if random:integer(1, 2) == 1 then task.sleep(0) end
      end
      client.socket:setoption("linger", { on = random:integer(1, 2) == 1, timeout = 0 })
      client:close()
    end
    -- The daemon does not always hear of an end that came together with the last bytes of half a
    -- request: then the deadline ends it.
    service.with({ server = { header_seconds = 1, body_seconds = 1 } }, function(call, server)
      for _ = 1, 60 do
        local list = {}
        for i = 1, 10 do list[i] = function() disturb(server:port()) end end
        task.gather(list)
      end
      assert.is_true(is_quiet(server))
      until_true("an end of all", function() return server.handle:connections() == 0 end)
      is_well(call)
    end)
  end)

  it("has room for who asks, however many only hold connections", function()
    service.with({ server = { connections = 64 } }, function(_, server)
      local idle, partial = {}, "GET /healthz HTTP/1.1\r\nHost: x\r\n"
      for i = 1, 500 do
        idle[i] = socket.connect(server:port())
        if i % 2 == 0 then idle[i]:send(partial) end
        if i % 50 == 0 then assert.equal(200, status_of(server:port(), partial .. "\r\n")) end
      end
      assert.equal("", idle[1]:read_to_end())
      assert.is_true(server.handle:connections() <= 64)
      idle[500]:send "\r\n"
      assert.matches("^HTTP/1.1 200", idle[500]:read_until "ok\n")
      for _, client in ipairs(idle) do client:close() end
    end)
  end)

  it("has room for who asks, however many send their bodies slowly", function()
    service.with({ server = { connections = 64 } }, function(_, server)
      local slow = {}
      for i = 1, 200 do
        slow[i] = socket.connect(server:port())
        slow[i]:send(head("image/png", "Content-Length: 500000\r\n\r\nx"))
        if i % 20 == 0 then assert.equal(200, status_of(server:port(), HEALTH)) end
      end
      assert.equal(408, (failure_of(slow[1]:read_to_end())))
      local open, most = server:connections()
      assert.is_true(open <= 64)
      assert.equal(64, most)
      for _, client in ipairs(slow) do client:close() end
      assert.is_true(is_quiet(server))
    end)
  end)

  it("tells when many requests are under way, and when no longer", function()
    local told = {}
    service.with({ server = { crowded = function(is) told[#told + 1] = is end } },
      function(call, server)
        local many = {}
        for i = 1, 300 do
          many[i] = socket.connect(server:port())
          many[i]:send(head("image/png", "Content-Length: 500000\r\n\r\nx"))
        end
        while server:busy() < 300 do task.sleep(0.001) end
        assert.same({ true }, told)
        for _, client in ipairs(many) do client:close() end
        assert.is_true(is_quiet(server))
        is_well(call)
        assert.same({ true, false }, told)
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
