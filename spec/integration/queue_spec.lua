-- SPDX-License-Identifier: MIT
local clock = require "vision.base.clock"
local command = require "spec.support.command"
local errors = require "vision.base.error"
local follower = require "vision.queue.follower"
local folders = require "spec.support.folder"
local images = require "vision.drawing.image"
local jobs = require "vision.queue.jobs"
local log = require "vision.base.log"
local pictures = require "spec.support.pictures"
local response = require "vision.response"
local server_of = require "spec.support.redis"
local task = require "vision.base.task"
local workers = require "vision.queue.worker"

local DEADLINE = 20 -- seconds until a spec fails

describe("a queue in Redis", function()
  local server, r, said, folder, begun

  setup(function() server = server_of.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    r = server:handle()
    assert(r:call "FLUSHALL")
    said, begun = {}, {}
    log.set_sink(function(_, message) said[#said + 1] = message end)
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
  end)
  after_each(function()
    for _, stop in ipairs(begun) do stop(true) end -- those of a test that failed
    log.set_sink(nil)
    r:close()
    os.execute("rm -rf " .. folder)
  end)

  local function until_true(what, body)
    local give_up = clock.mono() + DEADLINE
    while not body() do
      assert.is_true(clock.mono() < give_up, "never: " .. what)
      task.sleep(0.01)
    end
  end

  -- A file of its own content, and its handle.
  local function picture(name)
    local path = ("%s/%s.png"):format(folder, name)
    folders.write(path, pictures.png(#name, 2, function() return 128 end))
    return assert(images.image_file(path)), path
  end

  local function answer(words)
    return response.success({ summary = words, details = {}, confidence = 0.5, provider = "p" },
      nil, 12)
  end

  -- A worker in a task; `stop` waits for its end.
  local function start(given)
    given.jobs = assert(jobs.open(server.url))
    local worker = assert(workers.new(given))
    local work = task.spawn(function() return worker:run() end)
    local function stop(at_once)
      worker:stop(at_once)
      local ok, err = work:join()
      given.jobs:close()
      return ok, err
    end
    begun[#begun + 1] = stop
    return worker, stop
  end

  local function follow(settings, upload)
    return follower.new(assert(jobs.open(server.url)),
      { settings = settings or {}, upload = upload })
  end

  local function dead_letters()
    local list = {}
    for i, message in ipairs(assert(r:call("XRANGE", "vision:jobs:dead", "-", "+"))) do
      list[i] = {}
      for at = 1, #message[2], 2 do list[i][message[2][at]] = message[2][at + 1] end
    end
    return list
  end

  it("has pictures read by a worker, with what was asked", function()
    local seen = {}
    local _, stop = start { read = function(image, job)
      seen[#seen + 1] = { image:width(), job.settings.prompt, job.settings.pages[2], job.file }
      return answer "a pin"
    end }
    local one = follow { prompt = "general", pages = { 1, 3 } }
    local image, path = picture "three"
    local got = assert(one:analyze(image, path))
    assert.equal("a pin", got.description.summary)
    assert.equal('"details":[]', require("vision.base.json").encode(response.to_json(got))
      :match '"details":%[%]')
    assert.same({ { 5, "general", 3, path } }, seen)
    assert.is_true(stop())
    assert.equal(0, r:call("XLEN", "vision:jobs"))
    assert.same({}, dead_letters())
    one:close()
  end)

  it("buries jobs that make no sense, whoever put them in, and works on", function()
    local wrong = {
      {}, { "image_hash", "x" }, { "image_hash", "x", "path", "/etc/passwd" },
      { "image_hash", "x", "path", "/dev/zero" }, { "image_hash", "x", "path", folder },
      { "image_hash", "x", "path", "a\0b" }, { "image_hash", "x", "path", "" },
      { "image_hash", "x", "settings", "{" }, { "image_hash", "x", "settings", "7" },
      { "image_hash", "x", "settings", ("["):rep(5000) }, { "image_hash", "x", "tags", "\255" },
      { "image_hash", "x", "key", "another", "message", "0-0", "deliveries", "many" },
    }
    for i, fields in ipairs(wrong) do
      local key = ("w%d\27[31m"):format(i)
      if fields[1] then
        assert(r:call("HSET", "vision:job:" .. key, (table.unpack or unpack)(fields)))
      end
      assert(r:call("XADD", "vision:jobs", "*", "key", key))
    end
    local _, stop = start { max_deliveries = 1, read = function(_, job)
      return answer(job.settings.prompt or "none")
    end }
    local one = follow()
    local got, err = one:analyze(picture "good")
    assert(got, tostring(err))
    until_true("all are dead letters", function() return #dead_letters() == #wrong end)
    assert.is_true(stop())
    assert.equal(0, r:call("XLEN", "vision:jobs"))
    for _, letter in ipairs(dead_letters()) do assert.truthy(#letter.message > 0) end
    one:close()
  end)

  it("reads what is asked twice once, and asks again when that is long ago", function()
    local calls = 0
    local _, stop = start { read = function()
      calls = calls + 1
      task.sleep(0.05)
      return answer "a pin"
    end }
    local one = follow()
    local _, path = picture "same"
    local function ask()
      return function() return one:analyze(assert(images.image_file(path)), path) end
    end
    for _, results in ipairs(assert(task.gather { ask(), ask(), ask() })) do
      assert.equal("a pin", results[1].description.summary)
    end
    assert.equal(1, calls)
    assert(ask()())
    assert.equal(1, calls)
    local hash = assert(images.image_file(path)):sha256()
    assert(r:call("DEL", "vision:job:" .. jobs.key(hash, jobs.settings_key {})))
    assert(ask()())
    assert.equal(2, calls)
    stop()
    one:close()
  end)

  it("carries the bytes, for workers that do not see the files", function()
    local _, stop = start { read = function(image) return answer("width " .. image:width()) end }
    local one = follow({}, true)
    local image, path = picture "uploaded"
    os.remove(path)
    assert.equal("width 8", assert(one:analyze(image, path)).description.summary)
    assert.is_true(r:call("TTL", "vision:picture:" .. image:sha256()) > 86000)
    stop()
    one:close()
  end)

  it("tells who follows why a job was given up, and keeps it among the dead letters", function()
    local calls = 0
    local _, stop = start { read = function()
      calls = calls + 1
      return nil, errors.new("invalid_image", "it is no picture at all")
    end }
    local one = follow()
    local image, path = picture "poison"
    local hash = image:sha256()
    local got, err = one:analyze(image, path)
    assert.is_nil(got)
    assert.same({ "invalid_image", "it is no picture at all" }, { err.reason, err.message })
    local letters = dead_letters()
    assert.equal(1, #letters)
    assert.same({ hash, path, "invalid_image", "it is no picture at all", "1" },
      { letters[1].image_hash, letters[1].file, letters[1].reason, letters[1].message,
        letters[1].deliveries })
    assert.is_nil(one:analyze(assert(images.image_file(path)), path)) -- asked for again: tried anew
    assert.equal(2, calls)
    stop()
    one:close()
  end)

  it("tries again what may go well later, so many times", function()
    local calls = 0
    local _, stop = start { claim_seconds = 0.1, max_deliveries = 3, read = function(_, job)
      calls = calls + 1
      if job.file:find "good" and calls == 3 then return answer "at last" end
      return nil, errors.new("overloaded", "not now")
    end }
    local one = follow()
    assert.equal("at last", assert(one:analyze(picture "good")).description.summary)
    calls = 0
    local _, err = one:analyze(picture "never")
    assert.same({ "overloaded", 3 }, { err.reason, calls })
    assert.equal("3", dead_letters()[1].deliveries)
    stop()
    one:close()
  end)

  it("waits for a provider that is given a rest, and gives nothing up for it", function()
    local asked = 0
    local _, stop = start { max_deliveries = 1, read = function()
      asked = asked + 1
      if asked < 2 then
        return nil, errors.new("circuit_open", "it failed too often", { retry_after = 0.1 })
      end
      return answer "read"
    end }
    local one = follow()
    assert.equal("read", assert(one:analyze(picture "a")).description.summary)
    assert.equal(2, asked)
    assert.same({ "the provider is away, the worker waits for it: it failed too often",
      "the provider is there again" }, said)
    stop()
    one:close()
  end)

  it("notices a file that is not there, or is another by now", function()
    local _, stop = start { claim_seconds = 0.1, max_deliveries = 2,
      read = function() return answer "read" end }
    local one = follow()
    local image, path = picture "gone"
    os.remove(path)
    local _, err = one:analyze(image, path)
    assert.equal("not_found", err.reason)
    assert.matches("is the folder shared", err.message)
    image, path = picture "changed"
    folders.write(path, pictures.png(40, 40, function() return 128 end))
    _, err = one:analyze(image, path)
    assert.matches("has changed", err.message)
    stop()
    one:close()
  end)

  it("keeps the job of a worker that is alive, however long it takes", function()
    local calls = 0
    local function read()
      calls = calls + 1
      task.sleep(0.6)
      return answer "slowly"
    end
    local _, stop = start { read = read, claim_seconds = 0.15 }
    local _, stop_other = start { read = read, claim_seconds = 0.15 }
    local one = follow()
    assert(one:analyze(picture "slow"))
    assert.equal(1, calls)
    stop()
    stop_other()
    one:close()
  end)

  it("lets a worker that is stopped finish what it has, and leave the rest", function()
    local began = 0
    local _, stop = start { concurrency = 2, read = function()
      began = began + 1
      task.sleep(0.1)
      return answer "done"
    end }
    local one, waiting = follow(), {}
    for i = 1, 6 do
      waiting[i] = task.spawn(function() return one:analyze(picture(("x"):rep(i))) end)
    end
    until_true("two are begun", function() return began == 2 end)
    stop()
    assert.is_true(began < 6)
    assert.equal(6 - began, r:call("XLEN", "vision:jobs"))
    assert.equal(0, r:call("XPENDING", "vision:jobs", "workers")[1])
    local _, stop_other = start { read = function() return answer "done" end }
    for i = 1, 6 do assert(waiting[i]:join()) end
    stop_other()
    one:close()
  end)

  it("outlives Redis being away and begun anew", function()
    local calls = 0
    local _, stop = start { read = function()
      calls = calls + 1
      return answer "read"
    end }
    local one = follow()
    assert(one:analyze(picture "before"))
    server:kill()
    local waiting = task.spawn(function() return one:analyze(picture "meanwhile") end)
    until_true("it is said", function() return #said >= 2 end)
    server:restart()
    assert.equal("read", assert(waiting:join()).description.summary)
    assert(server:handle():call "FLUSHALL") -- while the worker waits for the next
    assert.equal("read", assert(one:analyze(picture "afterwards")).description.summary)
    assert.equal(3, calls)
    stop()
    one:close()
    assert.matches("away", said[1])
    assert.matches("again", said[#said])
  end)

  it("says when there is no worker", function()
    local one = follow()
    local waiting = task.spawn(function() return one:analyze(picture "alone") end)
    until_true("it is said", function() return said[1] end)
    assert.matches("no worker takes from this queue", said[1])
    waiting:cancel()
    assert.equal("cancelled", select(2, waiting:join()).reason)
    assert.equal(1, r:call("XLEN", "vision:jobs"))
    one:close()
  end)

  -- A worker in a process of its own, which says its number and then which job it has begun.
  local function start_process(body)
    local file = os.tmpname()
    folders.write(file, ([[
      local errors = require "vision.base.error"
      local jobs = assert(require("vision.queue.jobs").open "%s")
      local task = require "vision.base.task"
      local worker = assert(require("vision.queue.worker").new { jobs = jobs,
        claim_seconds = 0.3, max_deliveries = 3, read = function(image, job) %s end })
      print(worker:run())
    ]]):format(server.url, body))
    local pipe = assert(io.popen(("echo $$; LUA_PATH='%s' LUA_CPATH='%s' exec %s %s"):format(
      package.path, package.cpath, command.INTERPRETER, file)))
    return { pipe = pipe, pid = pipe:read "*n", file = file }
  end

  local function kill(process)
    os.execute("kill -KILL " .. process.pid)
    process.pipe:close()
    os.remove(process.file)
  end

  it("gives the job of a worker that was killed to another, which does it once", function()
    local process = start_process "task.sleep(60)"
    local one = follow()
    local waiting = task.spawn(function() return one:analyze(picture "widow") end)
    until_true("it is begun", function()
      local pending = r:call("XPENDING", "vision:jobs", "workers") or {}
      return pending[1] == 1
    end)
    kill(process)
    local calls = 0
    local _, stop = start { claim_seconds = 0.3, read = function(_, job)
      calls = calls + 1
      return answer("delivery " .. job.deliveries)
    end }
    assert.equal("delivery 2", assert(waiting:join()).description.summary)
    assert.equal(1, calls)
    stop()
    one:close()
  end)

  it("finds the job of a dead worker behind those of many that are at work", function()
    local queue = assert(jobs.open(server.url))
    assert(queue:prepare())
    for i = 1, 60 do
      assert(queue:enqueue { key = ("%064x"):format(i), image_hash = "h", file = "f",
        settings = {} })
    end
    assert.equal(60, #assert(queue:take("at work", 60)))
    local last = assert(r:call("XREVRANGE", "vision:jobs", "+", "-", "COUNT", 1))[1][1]
    assert(r:call("XCLAIM", "vision:jobs", "workers", "dead", 0, last, "IDLE", 100000))
    local found = assert(queue:claim("me", 1, 60, 5))
    assert.same({ last, ("%064x"):format(60), 3 },
      { found[1].message, found[1].key, found[1].deliveries })
    assert.same({}, queue:claim("me", 1, 60, 5))
    queue:close()
  end)

  it("gives up a job that kills its workers", function()
    local one = follow()
    local waiting = task.spawn(function() return one:analyze(picture "killer") end)
    until_true("it is there", function() return r:call("XLEN", "vision:jobs") == 1 end)
    for _ = 1, 3 do
      local process = start_process "os.exit(1)"
      process.pipe:read "*a"
      process.pipe:close()
      os.remove(process.file)
    end
    local calls = 0
    local _, stop = start { claim_seconds = 0.3, max_deliveries = 3, read = function()
      calls = calls + 1
    end }
    local got, err = waiting:join()
    assert.is_nil(got)
    assert.matches("3 workers in a row were lost", err.message)
    assert.same({ "worker_lost", "3" }, { dead_letters()[1].reason, dead_letters()[1].deliveries })
    assert.equal(0, calls)
    stop()
    one:close()
  end)
end)
