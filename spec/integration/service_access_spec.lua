-- SPDX-License-Identifier: MIT
-- What the service notes of clients over real connections.

local exposition = require "spec.support.exposition"
local json = require "vision.base.json"
local pictures = require "spec.support.pictures"
local request_log = require "vision.server.request_log"
local service = require "spec.support.service"
local socket = require "spec.support.socket"
local task = require "vision.base.task"

local PNG = pictures.png(40, 30, function() return 200 end)

local function waiting_provider(seen)
  return { name = "waiting", model = "m", analyze_image = function()
    seen.begun = seen.begun + 1
    local ok, err = task.sleep(30)
    if not ok then return nil, err end
    return { summary = "s", details = {}, provider = "waiting" }
  end }
end

local function until_true(check)
  for _ = 1, 2000 do
    if check() then return true end
    task.sleep(0.005)
  end
end

describe("the service", function()
  it("logs a client who left as 499, before its answer, its stream or its body's end", function()
    local seen, lines = { begun = 0 }, {}
    local function last() return lines[#lines] and json.decode(lines[#lines]) end
    service.with({
      engine = { create = function() return waiting_provider(seen) end },
      app = { observers = {
        request_log.new("json", function(line) lines[#lines + 1] = line end) } },
    }, function(call, server)
      for i, path in ipairs { "analyze", "analyze/stream" } do
        local client = socket.connect(server:port())
        client:send(("POST /api/v1/vision/%s?include_ocr=false HTTP/1.1\r\nHost: x\r\n"
          .. "Content-Type: image/png\r\nContent-Length: %d\r\n\r\n"):format(path, #PNG) .. PNG)
        assert.is_true(until_true(function() return seen.begun == i end))
        client:close()
        assert.is_true(until_true(function() return #lines == i end))
        assert.equal(499, last().status)
      end
      local client = socket.connect(server:port())
      client:send("POST /api/v1/vision/analyze HTTP/1.1\r\nHost: x\r\n"
        .. "Content-Type: image/png\r\nContent-Length: 100000\r\n\r\nab")
      task.sleep(0.01)
      client:close()
      assert.is_true(until_true(function() return #lines == 3 end))
      assert.same({ 499, 0 }, { last().status, last().bytes })
      local page = exposition.read(call("GET", "/metrics").body)
      assert.equal(2, page.values['vision_http_requests_total{http_request_method="POST",'
        .. 'http_route="/api/v1/vision/analyze",http_response_status_code="499"}'])
    end)
  end)
end)
