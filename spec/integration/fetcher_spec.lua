-- SPDX-License-Identifier: MIT
-- Pictures that the service fetches, from a real server on this machine.

local application = require "spec.support.application"
local builtin = require "vision.server.builtin"
local fetcher = require "vision.server.fetcher"
local http = require "vision.base.http"
local json = require "vision.base.json"
local pictures = require "spec.support.pictures"
local task = require "vision.base.task"

local PNG = pictures.png(40, 30, function() return 200 end)

local function reply(status, body, headers)
  return function() return { status = status, headers = headers or {}, body = body } end
end

local ANSWERS = {
  ["/ok.png"] = reply(200, PNG),
  ["/missing"] = reply(404, "no"),
  ["/moved"] = reply(302, "", { Location = "/ok.png" }),
  ["/text"] = reply(200, "no picture at all"),
  ["/large"] = reply(200, PNG .. ("x"):rep(100000)),
  ["/slow"] = function()
    task.sleep(30)
    return { status = 200, headers = {}, body = PNG }
  end,
}

-- An application that only has these answers; counts what it was asked.
local function server_of(seen)
  return assert(builtin.serve({
    begin = function(_, given)
      seen[#seen + 1] = given.target
      return { wants_body = false, answer = ANSWERS[given.target], finish = function() end }
    end,
  }, { port = 0 }))
end

local HERE = { allow_private = { "127.0.0.0/8" }, seconds = 0.5, max_bytes = 50000 }

describe("a picture that is named by its address", function()
  local function with(given, body)
    application.with({}, function(call)
      local seen = {}
      local server = server_of(seen)
      local root = "http://127.0.0.1:" .. server:port()
      local ok, err = xpcall(body, debug.traceback, function(url)
        return call("POST", "/api/v1/vision/analyze?include_ocr=false",
          { ["content-type"] = "application/json" },
          json.encode { image_url = url:gsub("^/", root .. "/") })
      end, seen, call, root)
      server:stop(0)
      if not ok then error(err, 0) end
    end, { app = { fetcher = given and assert(fetcher.new(given)) } })
  end

  it("is fetched and read", function()
    with(HERE, function(analyze)
      local found = analyze "/ok.png"
      assert.same({ 200, true }, { found.status, found.json.success }, found.text)
    end)
  end)

  it("is fetched by nobody where that was not allowed", function()
    with(nil, function(analyze, seen)
      local found = analyze "/ok.png"
      assert.same({ 403, "forbidden_address" }, { found.status, found.json.reason })
      assert.matches("--allow-urls", found.json.error, 1, true)
      assert.same({}, seen)
    end)
  end)

  it("is at no address of this machine or network", function()
    with({}, function(analyze, seen, _, root)
      for _, url in ipairs { "/ok.png", root:gsub("127.0.0.1", "localhost") .. "/ok.png",
        "http://[::1]/", "http://169.254.169.254/latest/meta-data/", "http://10.1.2.3/a.png" } do
        local found = analyze(url)
        assert.same({ 403, "forbidden_address" }, { found.status, found.json.reason }, url)
      end
      assert.same({}, seen)
    end)
  end)

  it("is not followed, nor waited for too long, nor taken when it is too large", function()
    with(HERE, function(analyze, seen)
      for url, answer in pairs {
        ["/missing"] = { 400, "unreadable", "answered 404" },
        ["/moved"] = { 400, "unreadable", "" },
        ["/large"] = { 413, "too_large", "" },
        ["/slow"] = { 400, "unreadable", "" },
        ["/text"] = { 415, "unsupported_format", "" },
      } do
        local found = analyze(url)
        assert.same({ answer[1], answer[2] }, { found.status, found.json.reason }, found.text)
        assert.truthy(found.json.error:find(answer[3], 1, true))
      end
      assert.equal(5, #seen)
    end)
  end)

  it("is an address, with no password in it", function()
    with(HERE, function(analyze, seen)
      for _, url in ipairs { "", "x", "file:///etc/passwd", "ftp://a/b", "http://", "http://a b/",
        "http://user:secret@127.0.0.1/ok.png", "http://a/" .. ("x"):rep(2048), "http://a/\r\nb" } do
        local found = analyze(url)
        assert.same({ 400, "invalid_option" }, { found.status, found.json.reason }, url)
        assert.is_nil(found.text:find("secret", 1, true))
      end
      assert.same({}, seen)
    end)
  end)

  it("is one of a batch, too, fetched when its turn comes", function()
    with(HERE, function(_, seen, call, root)
      local found = call("POST", "/api/v1/vision/batch", { ["content-type"] = "application/json" },
        json.encode { images = { { image_url = root .. "/ok.png" },
          { image_url = root .. "/missing" } } })
      local last
      for piece in call("GET", found.headers.Location .. "/events").events do last = piece end
      local state = json.decode(last:match "data: ([^\n]+)")
      assert.same({ "completed", 1, 1 }, { state.status, state.completed, state.failed })
      table.sort(seen)
      assert.same({ "/missing", "/ok.png" }, seen)
    end)
  end)

  it("is fetched from nowhere where nothing may leave this machine", function()
    with(HERE, function(analyze, seen)
      http.local_only = true
      local found = analyze "/ok.png"
      http.local_only = false
      assert.same({ 403, "local_only" }, { found.status, found.json.reason })
      assert.same({}, seen)
    end)
  end)

  it("needs networks that are ones", function()
    for _, wrong in ipairs { { "x" }, { 7 }, { "10.0.0.0/99" } } do
      local made, err = fetcher.new { allow_private = wrong }
      assert.is_nil(made)
      assert.matches("allow_private", err.message)
    end
  end)
end)
