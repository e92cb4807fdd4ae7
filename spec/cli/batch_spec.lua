-- SPDX-License-Identifier: MIT
local bar = require "vision.cli.bar"
local errors = require "vision.base.error"
local folders = require "spec.support.folder"
local json = require "vision.base.json"
local readers = require "spec.support.readers"
local response = require "vision.response"
local run = require("spec.support.command_line").run
local storage = require "vision.records.storage"

-- A manager whose n-th answer fails where the plan says so.
local function manager(fails, retry_after)
  local calls = 0
  return {
    requests = {},
    current_provider = function() return {} end,
    analyze = function(self, request)
      calls = calls + 1
      self.requests[calls] = request
      if fails and fails[calls] then
        local err = errors.new(fails[calls], "it went wrong", { provider = "a",
          retry_after = retry_after })
        return response.failure(err, "a", 12), err
      end
      return response.success({ summary = "A pin", details = {}, provider = "a", confidence = 0.9,
        drawing = { callouts = { { type = "thread", text = "M8", sources = { "a" } } } } }, nil, 3)
    end,
  }
end

local function with_files(names, body)
  folders.with(function(root)
    for _, name in ipairs(names) do folders.write(root .. "/" .. name, readers.PICTURE) end
    body(root)
  end)
end

describe("vision batch", function()
  it("prints a line for each drawing", function()
    with_files({ "a.gif", "b.gif" }, function(root)
      local code, out, err = run({ "batch", root }, { manager = manager() })
      assert.equal(0, code)
      assert.equal(("%s/a.gif: 1 call-out, confidence 90 %%, 3 ms: A pin\n"):format(root)
        .. ("%s/b.gif: 1 call-out, confidence 90 %%, 3 ms: A pin\n"):format(root), out)
      assert.matches("^vision: 2 of 2 drawings read in %d+ ms\n$", err)
    end)
  end)

  it("goes on behind failures, and ends with 1", function()
    with_files({ "a.gif", "b.gif", "c.gif" }, function(root)
      folders.write(root .. "/broken.png", "no picture")
      local code, out, err = run({ "batch", "--json", "--concurrency", "1", root },
        { manager = manager { [2] = "timeout" } })
      assert.equal(1, code)
      local lines = {}
      for line in out:gmatch "[^\n]+" do
        local answer = assert(json.decode(line))
        lines[answer.file:match "[^/]+$"] = answer
      end
      assert.is_true(lines["a.gif"].success)
      assert.equal("timeout", lines["b.gif"].reason)
      assert.equal(12, lines["b.gif"].processing_time_ms)
      assert.equal("unsupported_format", lines["broken.png"].reason)
      assert.is_true(lines["c.gif"].success)
      assert.matches("vision: .-/b.gif: it went wrong\n", err)
      assert.matches("2 of 4 drawings read", err)
    end)
  end)

  it("keeps results under the names of their files, and does not read them again", function()
    with_files({ "a.gif" }, function(root)
      local store = root .. "/records.db"
      local function batch(...)
        return run { "batch", root, "--store", store, "--provider", "stub", "--tag", "x,y", ... }
      end
      assert.equal(0, (batch()))
      local kept = assert(storage.open(store))
      local record = kept:query().records[1]
      kept:close()
      assert.same({ root .. "/a.gif", "x,y", "stub", "completed" },
        { record.file, record.tags[1], record.provider, record.status })
      local code, out, err = batch()
      assert.equal(0, code)
      assert.matches("a.gif: confidence n/a, already done: ", out, 1, true)
      assert.matches("1 of 1 drawing read in %d+ ms, 1 of them before", err)
      code, out, err = batch "--json"
      assert.equal(0, code, err)
      local answer = json.decode(out)
      assert.same({ record.record_id, true, 0 }, { answer.record_id, answer.resumed,
        answer.cost_usd })
      err = select(3, batch "--no-cache")
      assert.is_nil(err:find "before")
    end)
  end)

  it("prints what could not be stored, says so and ends with 1", function()
    with_files({ "a.gif", "b.gif" }, function(root)
      local InMemoryStorage = require("vision.records.storage.memory").InMemoryStorage
      local save = InMemoryStorage.save
      finally(function() InMemoryStorage.save = save end)
      function InMemoryStorage.save() return nil, errors.new("internal", "no room") end
      local code, out, err = run { "batch", root, "--store", "memory:", "--provider", "stub" }
      assert.equal(1, code)
      assert.matches("a.gif: .*b.gif: ", out)
      assert.matches("results are not stored: no room", err)
      assert.matches("2 results could not be stored", err)
    end)
  end)

  it("stops where nothing can be kept, and says what is left", function()
    with_files({ "a.gif", "b.gif", "c.gif" }, function(root)
      local InMemoryStorage = require("vision.records.storage.memory").InMemoryStorage
      for method, read in pairs { save = "1 of 3 drawings read", query = "0 of 3 drawings read" } do
        local kept = InMemoryStorage[method]
        finally(function() InMemoryStorage[method] = kept end)
        InMemoryStorage[method] = function()
          return nil, errors.new("store_unavailable", "it is away")
        end
        local code, _, err = run { "batch", root, "--store", "memory:", "--provider", "stub",
          "--concurrency", "1" }
        InMemoryStorage[method] = kept
        assert.equal(1, code)
        assert.matches(read, err)
        assert.matches("stopped, for nothing is kept; 2 drawings left: run it again", err)
      end
    end)
  end)

  it("gives the call-outs of all as one table", function()
    with_files({ "a.gif", "b.gif" }, function(root)
      local _, out = run({ "batch", "--csv", root }, { manager = manager() })
      local lines = {}
      for line in out:gmatch "[^\r\n]+" do lines[#lines + 1] = line end
      assert.equal(3, #lines)
      assert.matches("^file,", lines[1])
      assert.matches("/b.gif,1,", lines[3])
    end)
  end)

  it("hands its options on", function()
    with_files({ "a.gif" }, function(root)
      local own = manager()
      run({ "batch", "--prompt", "general", "--dpi", "300", "--no-text-layer", "--timeout", "9",
        root }, { manager = own })
      local request = own.requests[1]
      assert.equal("general", request.prompt)
      assert.equal(300, request.dpi)
      assert.is_true(request.no_text_layer)
      assert.equal(9, request.timeout_seconds)
      assert.is_false(request.include_ocr)
    end)
  end)

  it("looks into folders in folders when asked to, and says where there is nothing", function()
    with_files({}, function(root)
      os.execute("mkdir '" .. root .. "/deep'")
      folders.write(root .. "/deep/a.gif", readers.PICTURE)
      local code, out, err = run({ "batch", root }, { manager = manager() })
      assert.equal(1, code)
      assert.equal("", out)
      assert.matches("no drawings in", err)
      assert.matches("\nvision: there was no drawing to read\n$", err)
      assert.is_nil(err:find "0 of 1")
      folders.write(root .. "/b.gif", readers.PICTURE)
      os.execute("mkdir '" .. root .. "/empty'")
      code, out, err = run({ "batch", root, root .. "/empty" }, { manager = manager() })
      assert.equal(1, code)
      assert.matches("^[^\n]*b.gif: [^\n]*\n$", out)
      assert.matches("\nvision: 1 of 1 drawing read", err)
      code = run({ "batch", "--recursive", root }, { manager = manager() })
      assert.equal(0, code)
    end)
    local code, _, err = run({ "batch", "/nowhere" }, { manager = manager() })
    assert.equal(1, code)
    assert.matches("no such file: /nowhere", err)
  end)

  it("says once what keeps all of them from being read", function()
    with_files({ "a.gif", "b.gif" }, function(root)
      for _, case in ipairs {
        { { "--config", "/nowhere.lua" },
          "vision: VISION_CONFIG names no file that can be read: no such file: /nowhere.lua\n" },
        { { "--provider", "openai" }, "vision: no key: [^\n]*\n" },
        { { "--prompt", "nope" }, "vision: there is no prompt template 'nope'[^\n]*\n" },
        { { "--var", "a=b" }, "vision: prompt 'engineering_drawing' has no variable 'a'\n" },
      } do
        local argv = { "batch", root }
        for _, word in ipairs(case[1]) do argv[#argv + 1] = word end
        local code, out, err = run(argv)
        assert.equal(1, code)
        assert.equal("", out)
        assert.matches("^" .. case[2] .. "$", err)
      end
    end)
  end)

  it("does not take standard input for a drawing", function()
    local code, _, err = run { "batch", "-" }
    assert.equal(2, code)
    assert.matches("'vision analyze %-' reads standard input", err)
  end)

  it("refuses what is out of range", function()
    local code, _, err = run { "batch", "--concurrency", "0", "." }
    assert.equal(2, code)
    assert.matches("%-%-concurrency must be a whole number from 1 to 1000", err)
  end)

  it("shows on a terminal how far it is", function()
    with_files({ "a.gif", "b.gif" }, function(root)
      local _, out, err = run({ "batch", "--concurrency", "1", root }, { manager = manager(),
        terminal = { is_terminal = true, colour = false, width = 60 } })
      assert.matches("\r\27%[K%[[#.]+%] [12]", err)
      assert.not_matches("\27", out)
      for line in out:gmatch "[^\n]+" do assert.is_true(#line <= 63) end
    end)
  end)
end)

describe("the bar", function()
  local function line(percent, completed, failed, total, seconds, width)
    return bar.line({ progress_percent = percent, completed = completed, failed = failed,
      total = total, estimated_remaining_seconds = seconds }, width or 80)
  end

  it("tells what is done and what is left", function()
    assert.equal("[##########..........] 5 of 10, about 12 s left", line(50, 5, 0, 10, 11.4))
    assert.equal("[####................] 20 of 100, 3 failed, about 3 min left",
      line(20, 17, 3, 100, 130))
    assert.equal("[....................] 7 done", line(0, 7, 0, nil, math.huge))
    assert.equal("[####################] 9 of 9", line(100, 9, 0, 9, 0))
    assert.equal("[....................] 0 done", bar.line(bar.BEGIN, 80))
  end)

  it("tells what was done before", function()
    local progress = { completed = 5, failed = 0, total = 10, progress_percent = 50,
      estimated_remaining_seconds = 0, resumed = 3 }
    assert.matches("5 of 10, 3 done before", bar.line(progress, 80), 1, true)
  end)

  it("leaves out what has no room, the words last", function()
    assert.equal("[####....] 5 of 10, about 12 s left", line(50, 5, 0, 10, 11.4, 39))
    assert.equal("5 of 10, about 12 s left", line(50, 5, 0, 10, 11.4, 29))
    assert.equal("5 of 10, about 12 …", line(50, 5, 0, 10, 11.4, 19))
  end)
end)
