-- SPDX-License-Identifier: MIT
-- Requests against a real server that misbehaves on request (spec/support/http_server.py).

local core = require "vision.core"
local errors = require "vision.base.error"
local http = require "vision.base.http"
local json = require "vision.base.json"
local pictures = require "spec.support.pictures"
local task = require "vision.base.task"

local SECRET = "sk-do-not-show-me"

local function new_image(bytes)
  local data = ("\17\200a"):rep(math.floor(bytes / 3))
  return assert(core.image_from_bytes(pictures.png_of(4, 4, 2, data)))
end

-- Waits for what `condition` returns, looking again whenever the loop has moved.
local function eventually(condition, what)
  local deadline = core.mono() + 10
  repeat
    local value = condition()
    if value then return value end
    task.sleep(0.005)
  until core.mono() > deadline
  error("did not happen within 10 s: " .. what)
end

local function assert_fails(reason, pattern, value, err)
  assert.is_nil(value)
  assert.is_true(errors.is(err), tostring(err))
  assert.are.equal(reason, err.reason, err.message)
  assert.matches(pattern, err.message)
  assert.is_nil(tostring(err):find(SECRET, 1, true))
end

describe("http", function()
  local server, url

  setup(function()
    server = require("spec.support.http_server").start()
    url = server.url
  end)

  teardown(function() server:stop() end)

  local function get(path, options)
    options = options or {}
    options.url = url .. path
    return http.request(options)
  end

  local function echo(options)
    options.url = options.url or url .. "/echo"
    return json.decode(assert(http.request(options)).body)
  end

  describe("a request", function()
    it("brings status, headers, body and timing", function()
      local response = assert(get("/echo/a%20b?c=d", { headers = { "X-Mine: 1" } }))
      local seen = json.decode(response.body)
      assert.are.equal(200, response.status)
      assert.are.equal("application/json", response.headers["content-type"])
      assert.are.equal("one, two", response.headers["x-twice"])
      assert.are.equal("GET", seen.method)
      assert.are.equal("/echo/a%20b?c=d", seen.target)
      assert.are.equal("1", seen.headers["x-mine"])
      local timing = response.timing
      assert.is_true(0 <= timing.connect and timing.connect <= timing.first_byte)
      assert.is_true(timing.first_byte <= timing.total and timing.total < 10)
    end)

    it("is a POST where it has a body, and says nothing that was not asked for", function()
      local seen = echo { body = "12345", headers = { "Content-Type: text/plain" } }
      assert.are.equal("POST", seen.method)
      assert.are.equal("5", seen.headers["content-length"])
      assert.are.equal("text/plain", seen.headers["content-type"])
      assert.is_nil(seen.headers.expect)
      assert.is_nil(seen.headers["transfer-encoding"])
      assert.is_nil(echo({ body = "1" }).headers["content-type"])
      assert.are.equal("0", echo({ method = "POST" }).headers["content-length"])
    end)

    it("sends pictures as base64 between texts, with the exact length", function()
      for _, bytes in ipairs { 3, 300, 9000, 12297, 16000, 60001, 300001 } do
        for more = 0, 2 do
          local image = new_image(bytes + 3 * more)
          local text = ("<%s|%s>"):format(image:base64(), image:base64())
          local seen = echo { body = { "<", { base64 = image }, "", "|", { base64 = image }, ">" } }
          assert.are.equal(#text, seen.length)
          assert.are.equal(core.sha256(text), seen.sha256)
        end
      end
    end)

    it("keeps the picture alive while it is sent", function()
      local request = assert(core.http {
        method = "POST", url = url .. "/echo", body = { { base64 = new_image(300000) } },
      })
      collectgarbage()
      collectgarbage()
      eventually(function() return request:done() end, "the end of the request")
      request:close()
    end)

    it("keeps the connection for the next one", function()
      local first = echo {}
      assert.are.equal(first.connection, echo({}).connection)
    end)

    it("sends all again when a kept connection turns out dead", function()
      local image = new_image(300000)
      for _ = 1, 20 do
        local response = assert(get("/once", { body = { { base64 = image } } }))
        assert.are.equal("once", response.body)
      end
      assert.are.equal(core.sha256(image:base64()), echo({ body = { { base64 = image } } }).sha256)
    end)

    it("takes every status but a redirect for an answer", function()
      for _, status in ipairs { 201, 400, 401, 404, 429, 500, 529 } do
        assert.are.equal(status, assert(get("/status/" .. status, { body = "x" })).status)
      end
      assert.are.equal(413, assert(get("/refuse-early", { body = "x" })).status)
    end)

    it("forgets the head of an interim answer", function()
      local response = assert(get "/interim")
      assert.are.equal("final", response.body)
      assert.are.equal("yes", response.headers["x-late"])
      assert.is_nil(response.headers["x-early"])
    end)

    it("takes bodies and heads up to their limits", function()
      assert.are.equal(1000000, #assert(get("/size/1000000", { max_response = 1000000 })).body)
      assert.are.equal("", assert(get("/size/0", { max_response = 0 })).body)
      assert.is_string(assert(get "/heads/60").headers["x-filler-59"])
    end)

    it("runs with many others", function()
      local image, tasks = new_image(50000), {}
      for i = 1, 100 do
        tasks[i] = function()
          return echo({ body = { tostring(i), { base64 = image } } }).sha256
        end
      end
      for i, results in ipairs(task.gather(tasks)) do
        assert.are.equal(core.sha256(i .. image:base64()), results[1])
      end
    end)
  end)

  describe("a failure", function()
    local CASES = {
      { "/reset", "network", "without an answer" },
      { "/close", "network", "without an answer" },
      { "/half-head", "network", "without an answer" },
      { "/garbage", "network", "the exchange with 127.0.0.1:%d+ failed" },
      { "/cut", "cut_stream", "cut its answer off after 100 bytes" },
      { "/cut-chunked", "cut_stream", "after 100 bytes" },
      { "/announced", "response_too_large", "more than the 500000 bytes" },
      { "/endless", "response_too_large", "more than the 500000 bytes" },
      { "/size/500001", "response_too_large", "more than the 500000 bytes" },
      { "/heads/100", "response_too_large", "header lines are more than 65536 bytes" },
      { "/redirect", "redirect", "%(302%) to https://elsewhere.example/v2/chat, which" },
      { "/silent", "timeout", "sent nothing of use within 0.1 s" },
      { "/blanks", "timeout", "sent nothing of use within 0.1 s" },
      { "/drops", "timeout", "did not finish within 0.4 s" },
    }
    for _, case in ipairs(CASES) do
      it(("of %s is %s"):format(case[1], case[2]), function()
        local options = { idle_timeout = 0.1, total_timeout = 0.4, max_response = 500000 }
        options.headers = { "Authorization: Bearer " .. SECRET }
        local response, err = get(case[1] .. "?key=" .. SECRET, options)
        assert_fails(case[2], case[3], response, err)
        assert.is_nil(err.message:find("hidden", 1, true))
      end)
    end

    it("is no failure when blank lines came first", function()
      local response = assert(get("/blanks-then/3", { idle_timeout = 5 }))
      assert.are.equal('\n\n\n{"ok":true}', response.body)
    end)

    it("of a closed port is refused_connection", function()
      assert_fails("refused_connection", "127.0.0.1:1 refuses",
        http.request { url = "http://127.0.0.1:1/" })
    end)

    it("of an unknown host is dns", function()
      assert_fails("dns", "no host named no%-such%-host.invalid",
        http.request { url = "http://no-such-host.invalid/?key=" .. SECRET })
    end)

    it("of a host that never agrees on TLS is a timeout of the connection", function()
      assert_fails("timeout", "accepted no connection within 0.2 s",
        http.request { url = server.deaf, connect_timeout = 0.2 })
    end)

    it("of an unknown certificate is tls", function()
      assert_fails("tls", "certificate of 127.0.0.1:%d+ is not to be trusted",
        http.request { url = server.secure .. "/echo" })
    end)
  end)

  describe("what cannot be sent", function()
    it("is a header with a line break, and its value stays unseen", function()
      for _, bad in ipairs { "\r", "\n", "\r\nX: y", "\1" } do
        assert_fails("invalid_option", "header 'Authorization' holds a line break",
          get("/echo", { headers = { "Authorization: Bearer " .. SECRET .. bad } }))
      end
      for _, bad in ipairs { SECRET, "", ": " .. SECRET, "A b: c" } do
        assert_fails("invalid_option", "must read 'Name: value'",
          get("/echo", { headers = { bad } }))
      end
    end)

    it("is a URL that is none, and it stays unseen", function()
      for _, bad in ipairs {
        "", SECRET, "localhost:80/", "http://", "/v1", "ftp://host/" .. SECRET, "http://a\nb/",
        "file:///etc/passwd", "https://exa mple/" .. SECRET, "http://host:port/",
      } do
        assert_fails("invalid_option", "https://host/path", http.request { url = bad })
      end
    end)

    it("is another method, a GET with a body, too many headers", function()
      assert_fails("invalid_option", "GET or POST", get("/echo", { method = "BREW" }))
      assert_fails("invalid_option", "no body", get("/echo", { method = "GET", body = "x" }))
      local headers = {}
      for i = 1, 65 do headers[i] = "X: y" end
      assert_fails("invalid_option", "at most 64 headers", get("/echo", { headers = headers }))
    end)

    it("is misuse where the types are wrong", function()
      local function throws(options, pattern)
        local ok, message = pcall(core.http, options)
        assert.is_false(ok)
        assert.matches(pattern, message)
        assert.is_nil(message:find(SECRET, 1, true))
      end
      throws({}, "option 'url'")
      throws({ url = 1 }, "option 'url'")
      throws({ url = url, headers = "a: b" }, "option 'headers'")
      throws({ url = url, headers = { {} } }, "header 1")
      throws({ url = url, headers = { "A: " .. SECRET .. "\0" } }, "header 1 holds a zero byte")
      throws({ url = url, body = { 1 } }, "segment 1")
      throws({ url = url, body = { "a", { base64 = "text" } } }, "segment 2")
      throws({ url = url, total_timeout = -1 }, "option 'total_timeout'")
      throws({ url = url, max_response = 2 ^ 40 }, "option 'max_response'")
    end)

    it("is anything while local-only is on, loopback too", function()
      http.local_only = true
      local response, err = get "/echo"
      local reader, stream_err = http.stream { url = url .. "/events/1" }
      http.local_only = false
      assert_fails("local_only", "%-%-local%-only", response, err)
      assert_fails("local_only", "VISION_LOCAL_ONLY", reader, stream_err)
    end)
  end)

  describe("a stream", function()
    local function stream(path, options)
      options = options or {}
      options.url = url .. path
      return http.stream(options)
    end

    it("is read to its clean end", function()
      local reader = assert(stream "/events/5")
      assert.are.equal(200, reader.status)
      assert.are.equal("chunked", reader.headers["transfer-encoding"])
      local parts = {}
      for chunk in reader.read, reader do parts[#parts + 1] = chunk end
      assert.are.equal(("data: {}\n\n"):rep(5), table.concat(parts))
      assert.is_nil((reader:read()))
      assert.is_true(reader:timing().total > 0)
      reader:close()
      reader:close()
    end)

    it("gives the rest at once, for the body of an error", function()
      local reader = assert(stream "/status/429")
      assert.are.equal(429, reader.status)
      assert.are.equal("said so", reader:rest())
      reader:close()
    end)

    it("fails where a whole answer would", function()
      assert_fails("redirect", "elsewhere.example", stream "/redirect")
      assert_fails("network", "without an answer", stream "/reset")
      assert_fails("network", "without an answer", stream "/half-head")
      local reader = assert(stream "/cut")
      assert.are.equal(("z"):rep(100), reader:read())
      assert_fails("cut_stream", "100 bytes", reader:read())
      reader:close()
      reader = assert(stream("/endless", { max_response = 200000 }))
      assert_fails("response_too_large", "200000", reader:rest())
      reader:close()
    end)

    it("is idle however many comments keep it alive", function()
      local reader = assert(stream("/comments", { idle_timeout = 0.15 }))
      local start = core.mono()
      local chunk, err
      repeat chunk, err = reader:read() until not chunk
      assert_fails("timeout", "nothing of use within 0.15 s", chunk, err)
      assert.is_true(core.mono() - start < 5)
      reader:close()
    end)

    it("is not idle while its reader says that there is payload", function()
      local reader = assert(stream("/events/30", { idle_timeout = 0.25 }))
      local length = 0
      for chunk in reader.read, reader do
        reader:payload()
        length = length + #chunk
      end
      assert.are.equal(30 * 10, length) -- 30 events, 20 ms apart: longer than the idle time
      reader:close()
    end)

    it("holds the sender back while nobody reads, and that is not idle time", function()
      local sent_to_others = server:stats().sent
      local reader = assert(stream("/endless", { idle_timeout = 0.3, max_response = 2 ^ 29 }))
      local start, sent = core.mono(), -1
      eventually(function()
        local before = sent
        sent = server:stats().sent
        return sent - before < 2000 and core.mono() - start > 0.6
      end, "the sender standing still")
      assert.is_true(sent - sent_to_others < 100e6)
      local received = 0
      while received < 30e6 do
        local chunk = assert(reader:read())
        assert.is_true(#chunk <= 128 * 1024)
        received = received + #chunk
        reader:payload()
      end
      reader:close()
    end)
  end)

  describe("cancelling", function()
    local function cancelled(request)
      request:cancel()
      local done, err = request:done()
      assert.is_nil(done)
      assert.are.equal("cancelled", err.reason)
      request:cancel()
      request:close()
      request:cancel()
      request:close()
      assert.are.equal(0, request:id())
      assert.has_error(function() request:done() end, "this request is closed")
      assert.are.equal(200, assert(get "/echo").status)
    end

    local function start(options)
      options.url = options.url or url .. options.path
      options.path = nil
      return assert(core.http(options))
    end

    -- Until the server has seen one more request for `scenario`.
    local function until_seen(scenario, send)
      local function count() return server:stats().seen[scenario] or 0 end
      local before = count()
      local request = send()
      eventually(function() return count() > before end, "the request")
      return request
    end

    it("works before the loop has run", function()
      cancelled(start { path = "/echo" })
    end)

    it("works while the name is looked up", function()
      local request
      repeat -- one may have failed before we can cancel it
        request = start { url = "http://no-such-host.invalid/" }
        core.loop():step(0)
      until not request:done()
      cancelled(request)
    end)

    it("works while the connection is made", function()
      local request = start { url = server.deaf }
      for _ = 1, 20 do core.loop():step(0) end
      cancelled(request)
    end)

    it("works while the body is sent", function()
      local request = start { method = "POST", path = "/echo", body = { ("x"):rep(2 ^ 24) } }
      for _ = 1, 5 do core.loop():step(0) end
      assert.is_nil(request:status())
      cancelled(request)
    end)

    it("works while the answer is awaited", function()
      cancelled(until_seen("silent", function() return start { path = "/silent" } end))
    end)

    it("works while the answer comes", function()
      local request = start { path = "/endless", max_response = 2 ^ 30 }
      eventually(function() return request:status() end, "the head")
      cancelled(request)
    end)

    it("works while a stream is held back", function()
      local request = start { path = "/endless", stream = true, max_response = 2 ^ 30 }
      eventually(function() return request:status() end, "the head")
      for _ = 1, 50 do core.loop():step(1000) end
      cancelled(request)
    end)

    it("changes nothing after the end", function()
      local request = start { path = "/size/3" }
      eventually(function() return request:done() end, "the end")
      request:cancel()
      assert.is_true(request:done())
      assert.are.equal("xxx", request:body())
      request:close()
    end)

    it("of a task takes its request along", function()
      local t = until_seen("comments", function()
        return task.spawn(http.request, { url = url .. "/comments" })
      end)
      local closed = server:stats().closed
      t:cancel()
      assert_fails("cancelled", "cancelled", t:join())
      eventually(function() return server:stats().closed > closed end, "the connection closing")
    end)

    it("one of two in the handling of the other's end leaves that one alone", function()
      local first, second = start { path = "/size/1" }, start { path = "/silent" }
      local loop = core.loop()
      repeat
        assert.is_true(loop:wait(10))
      until loop:next() == first:id()
      second:close()
      first:close()
      assert.are.equal(200, assert(get "/echo").status)
    end)
  end)

  it("goes on under the smallest budget", function()
    local request = assert(core.http {
      method = "POST", url = url .. "/echo", body = { { base64 = new_image(300000) } },
    })
    local deadline = core.mono() + 10
    while not request:done() and core.mono() < deadline do core.loop():step(0) end
    assert.is_true(request:done())
    request:close()
  end)

  it("leaks no descriptor", function()
    local function count()
      local pipe = io.popen("ls /proc/$PPID/fd | wc -l")
      local number = pipe:read("*n")
      pipe:close()
      return number
    end
    local PATHS = { "/echo", "/close", "/reset", "/cut", "/redirect", "/once", "/endless" }
    local function round(times)
      for i = 1, times do
        get(PATHS[i % #PATHS + 1], { body = "x", max_response = 70000 })
        if i % 10 == 0 then
          local reader = assert(http.stream { url = url .. "/comments" })
          reader:close()
        end
      end
    end
    round(20)
    local before = count()
    round(200)
    -- A connection more may be kept, or not yet known to have ended; a leak would be dozens.
    assert.is_true(count() <= before + 5)
  end)

  describe("in a process of its own", function()
    local INTERPRETER = rawget(_G, "jit") and "luajit" or "lua5.4"

    -- What `code` prints; `url` stands for the server.
    local function run(code, environment)
      local path = os.tmpname()
      local file = assert(io.open(path, "w"))
      file:write(code)
      file:close()
      local pipe = io.popen(table.concat({
        ("LUA_PATH='%s' LUA_CPATH='%s' SERVER=%s"):format(package.path, package.cpath, url),
        environment or "", "timeout 30", INTERPRETER, path, "2>&1; echo $?",
      }, " "))
      local text = pipe:read("*a")
      pipe:close()
      os.remove(path)
      local output, status = text:match("^(.*)(%d+)%s*$")
      assert.are.equal("0", status, text)
      return (output:gsub("%s+$", ""))
    end

    local ASK = [[
      local response, err = require("vision.base.http").request { url = os.getenv "URL" }
      print(response and response.status or err)]]

    it("names host and reason when a certificate is for another", function()
      local output = run(ASK, ("CURL_CA_BUNDLE= SSL_CERT_FILE=%s URL=%s/echo")
        :format(server.certificate, server.secure))
      assert.matches("certificate of 127.0.0.1:%d+ is not to be trusted .*name matches", output)
      assert.matches("%(tls%)$", output)
    end)

    it("trusts what the environment says", function()
      local output = run(ASK, ("CURL_CA_BUNDLE=/nonexistent URL=%s/echo"):format(server.secure))
      assert.matches("SSL_CERT_FILE", output)
    end)

    it("asks the proxy of the environment, but for hosts that need none", function()
      local proxy = "http_proxy=" .. url
      assert.are.equal("200", run(ASK, proxy .. " URL=http://elsewhere.example/echo"))
      assert.matches("dns", run(ASK, proxy .. " NO_PROXY=.invalid URL=http://no.invalid/echo"))
      local refused = run(ASK, "https_proxy=" .. url .. " URL=https://elsewhere.example/echo")
      assert.matches("^the proxy does not connect to elsewhere.example, it answers 407 %(it "
        .. "wants a login%): check HTTPS_PROXY", refused)
    end)

    it("ends cleanly with requests under way, whatever is collected first", function()
      local output = run [[
        local core = require "vision.core"
        local url = os.getenv "SERVER"
        local kept, loop = {}, core.loop()
        for i = 1, 20 do
          local request = assert(core.http { url = url .. "/endless", stream = i % 2 == 0 })
          if i % 3 == 0 then kept[i] = request end
        end
        for _ = 1, 10 do loop:step(1000) end
        loop = nil
        collectgarbage()
        collectgarbage()
        core.loop():step(1000)
        print "well"]]
      assert.are.equal("well", output)
    end)

    it("refuses the network by VISION_LOCAL_ONLY, whatever word of yes it holds", function()
      assert.matches("local_only", run(ASK, "VISION_LOCAL_ONLY=1 URL=" .. url))
      assert.matches("local_only", run(ASK, "VISION_LOCAL_ONLY=true URL=" .. url))
      assert.is_nil(run(ASK, "VISION_LOCAL_ONLY=0 URL=" .. url .. "/echo"):find "local_only")
    end)

    it("loads libcurl with the first request, not before", function()
      local output = run [[
        local http = require "vision.base.http"
        local function is_loaded()
          return io.open("/proc/self/maps"):read("*a"):find("libcurl", 1, true) ~= nil
        end
        require("vision.core").loop()
        local before = is_loaded()
        http.request { url = os.getenv "SERVER" .. "/echo" }
        print(before, is_loaded())]]
      assert.are.equal("false\ttrue", output)
    end)
  end)
end)
