-- SPDX-License-Identifier: MIT
-- vision serve, the real one, in a process of its own.

local command = require "spec.support.command"
local folder = require "spec.support.folder"
local http = require "vision.base.http"
local json = require "vision.base.json"
local keys = require "vision.server.keys"
local pictures = require "spec.support.pictures"
local task = require "vision.base.task"

local PNG = pictures.png(40, 30, function() return 200 end)
local ANALYZE = "/api/v1/vision/analyze?include_ocr=false"

local function text_of(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

-- What it has said on stderr, once that matches.
local function said(running, pattern)
  for _ = 1, 1000 do
    local text = text_of(running.err)
    if text:find(pattern) then return text end
    task.sleep(0.01)
  end
  error(("no '%s' in: %s"):format(pattern, text_of(running.err)))
end

local function signal(running, name)
  assert(os.execute(("kill -%s %d"):format(name, running.pid)))
end

-- The shell, or `timeout`, stands between.
local function open_files(running)
  local pipe = assert(io.popen(("ls -l /proc/%d/fd /proc/$(pgrep -P %d)/fd 2>/dev/null")
    :format(running.pid, running.pid)))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

describe("vision serve", function()
  local place

  -- Runs a function with the service; it must end by itself after SIGTERM.
  local function with(config, arguments, body)
    folder.with(function(path)
      place = path
      folder.write(path .. "/vision.lua", (config:gsub("PLACE", path)))
      local words = { "serve", "--port", "0", "--config", path .. "/vision.lua", "--keys",
        path .. "/keys.json" }
      for _, word in ipairs(arguments) do words[#words + 1] = word end
      local running = command.start(words)
      local ok, message = pcall(function()
        local port = said(running, "serves at [^\n]+"):match "serves at http://[%d.]+:(%d+)"
        body(function(method, target, headers, bytes)
          local answer = assert(http.request { url = "http://127.0.0.1:" .. port .. target,
            method = method, headers = headers, body = bytes })
          answer.json = (answer.headers["content-type"] or ""):find "json"
            and json.decode(answer.body)
          return answer
        end, running)
      end)
      pcall(signal, running, "TERM")
      local status, _, err = command.finish(running)
      if not ok then error(tostring(message) .. "\n" .. err, 0) end
      assert.equal(0, status, err)
    end)
  end

  it("knows its clients, answers once under one key, and logs each request", function()
    with("return { provider = 'stub', budget = { budgets = { { key = 'ci',"
      .. " daily_limit_usd = 1 } } } }", { "--require-keys", "--log-format", "json" },
      function(call, running)
        said(running, "nobody has a key yet")
        local key = assert(keys.add(place .. "/keys.json", { name = "ci", scopes = { "analyze" } }))
        assert.equal(401, call("POST", ANALYZE, { "Content-Type: image/png" }, PNG).status)
        local headers = { "Content-Type: image/png", "Authorization: Bearer " .. key,
          "Idempotency-Key: k-1", "X-Request-Id: mine",
          "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }
        local first
        for _ = 1, 30 do -- the file of keys is looked at every two seconds
          first = call("POST", ANALYZE, headers, PNG)
          if first.status == 200 then break end
          task.sleep(0.1)
        end
        local again = call("POST", ANALYZE, headers, PNG)
        assert.same({ 200, "true", first.body },
          { again.status, again.headers["idempotency-replayed"], again.body })
        assert.matches("^00%-0af7651916cd43dd8448eb211c80319c%-", again.headers.traceparent)
        assert.equal(403, call("GET", "/metrics", { "X-API-Key: " .. key }).status)
        local log = said(running, '"status":403')
        assert.is_nil(log:find(key, 1, true))
        local statuses = {}
        for line in log:gmatch "[^\n]+" do
          local entry = json.decode(line)
          assert.is_string(entry.time, line)
          if entry.status then statuses[#statuses + 1] = entry end
        end
        local last = statuses[#statuses]
        assert.same({ "/metrics", "ci", "forbidden" }, { last.path, last.key, last.reason })
        local before = statuses[#statuses - 1]
        assert.same({ "mine", "0af7651916cd43dd8448eb211c80319c", 200 },
          { before.id, before.trace, before.status })
      end)
  end)

  it("reads its configuration again, unless the new one is wrong", function()
    local stores = [[budget = { store = 'PLACE/money.db' }, records = { store = 'PLACE/all.db' },
      webhooks = { outbox = 'PLACE/hooks.db', webhook_url = 'http://127.0.0.1:9/',
        allow_private = true, webhook_secret = 'x' }]]
    with("return { provider = 'stub', " .. stores .. " }", {}, function(call, running)
      local function provider() return call("GET", "/api/v1/vision/health").json.provider end
      assert.equal(200, call("POST", ANALYZE, { "Content-Type: image/png" }, PNG).status)
      assert.is_truthy(open_files(running):find "money.db")
      assert.equal("stub", provider())
      folder.write(place .. "/vision.lua", "return { provider = 'stub', retry = 3 }")
      signal(running, "HUP")
      said(running, "the configuration stays as it was: .*vision%.lua: .*retry")
      assert.equal(200, call("POST", ANALYZE, { "Content-Type: image/png" }, PNG).status)
      folder.write(place .. "/vision.lua", "return { provider = { 'openai_compatible', "
        .. "base_url = 'http://127.0.0.1:9/v1', model = 'm' } }")
      signal(running, "HUP")
      said(running, "reads the new configuration")
      assert.equal("openai_compatible", provider())
      for _ = 1, 100 do -- the stores of the old one are given back
        if not open_files(running):find "money.db" then break end
        task.sleep(0.05)
      end
      assert.is_nil(open_files(running):find "hooks.db")
    end)
  end)

  it("writes down and delivers what it owes before it ends", function()
    local server = require("spec.support.http_server").start()
    folder.with(function(store)
      with(([[return { provider = 'stub', records = { store = %q }, webhooks = { webhook_url = %q,
        webhook_secret = "my-secret-key", allow_private = true } }]]):format(store .. "/records.db",
        server.url .. "/hook/good"), {}, function(call)
        assert.equal(200, call("POST", ANALYZE, { "Content-Type: image/png" }, PNG).status)
      end)
      local storage = assert(require("vision.records.storage").open(store .. "/records.db"))
      assert.equal(1, storage:count())
      storage:close()
      local events = {}
      for i, hook in ipairs(server:hooks "/hook/good") do
        events[i] = json.decode(hook.body).event_type
      end
      assert.same({ "analysis.started", "analysis.completed" }, events)
    end)
    server:stop()
  end)

  it("refuses pages of other origins", function()
    with("return { provider = 'stub' }", { "--allow-origin", "https://tools.example" },
      function(call)
        local providers = "/api/v1/vision/providers"
        assert.equal(403, call("GET", providers, { "Origin: https://evil.example" }).status)
        assert.equal(403, call("GET", providers, { "Host: evil.example" }).status)
        local answer = call("GET", providers, { "Origin: https://tools.example" })
        assert.same({ 200, "https://tools.example" },
          { answer.status, answer.headers["access-control-allow-origin"] })
      end)
  end)

  it("says what is wrong before it serves", function()
    for _, case in ipairs {
      { { "--allow-origin", "x" }, "'x' is no origin" },
      { { "--keys", "spec/cli" }, "spec/cli" },
      { { "--provider", "nobody" }, "must be one of" },
    } do
      local words = { "serve", "--port", "0" }
      for _, word in ipairs(case[1]) do words[#words + 1] = word end
      local status, _, err = command.run(words)
      assert.is_true(status == 1 or status == 2)
      assert.matches(case[2], err)
    end
  end)
end)
