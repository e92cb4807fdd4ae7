-- SPDX-License-Identifier: MIT
-- The page as it is served; what it does in a browser is tried by spec/page/.

local app = require "vision.server.app"
local core = require "vision.core"
local engine = require "vision.server.engine"
local json = require "vision.base.json"
local pictures = require "spec.support.pictures"
local reader = require "vision.reading.reader"
local task = require "vision.base.task"

local FOLDER = "lua/vision/server/page/"

local function read_file(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read "*a"
  file:close()
  return bytes
end

describe("the page of the service", function()
  local service

  before_each(function()
    service = assert(app.new { engine = assert(engine.new { provider = "stub" }) })
  end)

  local function call(method, target, headers, body)
    local exchange = service:begin { method = method, target = target, headers = headers or {},
      remote = "127.0.0.1" }
    if body then exchange:feed(body) end
    return exchange:answer()
  end

  local function files()
    local names = {}
    local list = assert(io.popen("ls " .. FOLDER))
    for name in list:lines() do names[#names + 1] = name end
    list:close()
    return names
  end

  it("serves each of its files with its type, and takes nothing from elsewhere", function()
    local types = { html = "text/html; charset=utf-8", css = "text/css; charset=utf-8",
      js = "text/javascript; charset=utf-8", svg = "image/svg+xml" }
    local count = 0
    for _, name in ipairs(files()) do
      local reply = call("GET", "/page/" .. name)
      assert.same({ 200, types[name:match "%.(%w+)$"] },
        { reply.status, reply.headers["Content-Type"] }, name)
      assert.equal(read_file(FOLDER .. name), reply.body)
      local outside = reply.body:gsub("http://www%.w3%.org/2000/svg", "")
      assert.is_nil(outside:find "https?://", name)
      count = count + 1
    end
    assert.is_true(count >= 12)
    assert.equal(read_file(FOLDER .. "index.html"), call("GET", "/").body)
  end)

  it("puts texts into the page as texts, and has nothing inline", function()
    for _, name in ipairs(files()) do
      local text = read_file(FOLDER .. name)
      for _, word in ipairs { "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
        "eval(", "new Function" } do
        assert.is_nil(text:find(word, 1, true), name .. ": " .. word)
      end
    end
    local page = read_file(FOLDER .. "index.html")
    assert.is_nil(page:find "<style" or page:find " style=" or page:find " on%w+="
      or page:find "<script[^>]*>[^<]")
  end)

  it("has a policy that allows its own files and the browser's own pictures alone", function()
    local policy = call("GET", "/").headers["Content-Security-Policy"]
    assert.matches("default%-src 'none'", policy)
    assert.is_nil(policy:find "unsafe" or policy:find "%*" or policy:find "data:")
    assert.equal("nosniff", call("GET", "/").headers["X-Content-Type-Options"])
  end)

  it("is not sent again while it is the same", function()
    local first = call("GET", "/page/main.js")
    assert.equal("no-cache", first.headers["Cache-Control"])
    local second = call("GET", "/page/main.js", { ["if-none-match"] = first.headers.ETag })
    assert.same({ 304, nil, first.headers.ETag },
      { second.status, second.body, second.headers.ETag })
    assert.equal(200, call("GET", "/page/main.js", { ["if-none-match"] = '"old"' }).status)
  end)

  it("has no other files", function()
    for _, target in ipairs { "/page/page.lua", "/page/..%2fapp.lua", "/page/", "/page/main.js/x",
      "/page/%00" } do
      assert.is_true(call("GET", target).status >= 400, target)
    end
  end)

  describe("draws a page of a drawing", function()
    local function picture(query, content_type, bytes)
      local reply
      task.spawn(function()
        reply = call("POST", "/api/v1/vision/page" .. query, { ["content-type"] = content_type },
          bytes)
      end):join()
      return reply
    end

    it("as PNG", function()
      local reply = picture("?page=1", "application/pdf", read_file "examples/drawings/flange.pdf")
      assert.same({ 200, "image/png" }, { reply.status, reply.headers["Content-Type"] })
      assert.equal("png", reply.body:type())
      local info
      task.spawn(function() info = assert(reader.info(reply.body)) end):join()
      assert.is_true(info.width > 2000 and info.width <= 3200)
    end)

    it("however small the drawing is that comes as base64", function()
      local small = pictures.png(20, 10, function() return 200 end)
      local base64 = core.image_from_bytes(small):base64()
      assert.is_true(#base64 < 1024) -- it stands in the JSON as a text
      local reply = picture("", "application/json", json.encode { image_base64 = base64 })
      assert.same({ 200, "image/png" }, { reply.status, reply.headers["Content-Type"] })
    end)

    it("and says what it cannot draw", function()
      local pdf = read_file "examples/drawings/flange.pdf"
      for _, case in ipairs {
        { "?page=9", "application/pdf", pdf, "page" },
        { "?page=0", "application/pdf", pdf, "page" },
        { "", "application/pdf", "%PDF-1.4 nothing", "." },
        { "", "image/png", "", "." },
        { "", "application/json", "{}", "no picture was given" },
        { "", "application/json", '{"image_base64":5}', "must be a text in base64" },
      } do
        local reply = picture(case[1], case[2], case[3])
        assert.is_true(reply.status >= 400 and reply.status < 500, reply.status)
        assert.matches(case[4], json.decode(reply.body).error)
      end
    end)
  end)
end)
