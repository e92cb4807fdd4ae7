-- SPDX-License-Identifier: MIT
-- The service where its disk has no room left, by a limit on the size of files: what was read, and
-- paid for, is answered all the same and says that it was not stored; what is stored can be read.

local command = require "spec.support.command"
local folder = require "spec.support.folder"
local http = require "vision.base.http"
local json = require "vision.base.json"
local output = require "spec.support.output"
local pictures = require "spec.support.pictures"
local processes = require "spec.support.processes"
local service = require "spec.support.service"
local task = require "vision.base.task"

local LIMIT = 800000 -- bytes of a file
local MOST = 3000    -- requests until it must be full

local function limit(pid)
  assert(os.execute(("prlimit --pid %d --fsize=%d"):format(pid, LIMIT)))
end

local function analyze(call, i)
  return call("POST", "/api/v1/vision/analyze?include_ocr=false",
    { headers = { "Content-Type: image/png" },
      body = pictures.png(8, 8, function() return i % 251 end) })
end

local function check(call)
  local answer, warnings
  local stored = -1
  for i = 1, MOST do
    answer = analyze(call, i)
    assert.same({ 200, true }, { answer.status, answer.json.success }, answer.body)
    warnings, stored = table.concat(answer.json.warnings or {}, "\n"), stored + 1
    if warnings:find "not stored" then break end
    assert.is_string(answer.json.record_id)
  end
  assert.matches("not stored: .*no room left", warnings)
  local page = call("GET", "/api/v1/vision/records?limit=1000")
  assert.same({ 200, stored }, { page.status, #page.json.records })
  assert.is_true(stored > 0)
  assert.equal(200, call("GET", "/readyz").status)
  assert.equal(200, analyze(call, 1).status)
end

describe("a full disk under", function()
  it("'vision serve' costs a record, not the answer", function()
    folder.with(function(place)
      local running = command.start({ "serve", "--provider", "stub", "--port", "0", "--store",
        place .. "/records.db" }, { environment = { XDG_CONFIG_HOME = place, TMPDIR = place } })
      local ok, err = pcall(function()
        local root = "http://127.0.0.1:" .. output.await(running.err, "127%.0%.0%.1:(%d+)")
        limit(processes.child_of(running.pid) or running.pid)
        check(function(method, path, more)
          local answer = assert(http.request { url = root .. path, method = method,
            headers = more and more.headers, body = more and more.body })
          answer.json = answer.body:sub(1, 1) == "{" and json.decode(answer.body)
          return answer
        end)
      end)
      os.execute("kill -TERM " .. running.pid)
      local status, _, log = command.finish(running)
      if not ok then error(tostring(err) .. "\n" .. log:sub(-2000), 0) end
      assert.equal(0, status)
    end)
  end)

  it("nginx costs a record, not the answer", function()
    folder.with(function(place)
      local ok, err = task.spawn(function()
        local server, call = service.nginx { reads = { records = {
          store = place .. "/records.db" } } }
        local done, failed = xpcall(function()
          limit(tonumber(call("GET", "/worker").body))
          check(call)
        end, debug.traceback)
        local log = server:log()
        server:stop()
        return done, type(failed) == "string" and failed .. "\n" .. log or failed
      end):join()
      if not ok then error(err, 0) end
    end)
  end)
end)
