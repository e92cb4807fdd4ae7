-- SPDX-License-Identifier: MIT
-- vision worker and vision batch --queue, as processes.

local clock = require "vision.base.clock"
local command = require "spec.support.command"
local folders = require "spec.support.folder"
local json = require "vision.base.json"
local mock_provider = require "spec.support.mock_provider"
local pictures = require "spec.support.pictures"
local postgres_of = require "spec.support.postgres"
local server_of = require "spec.support.redis"
local storage = require "vision.records.storage"
local task = require "vision.base.task"

local DEADLINE = 20 -- seconds until a spec fails

describe("vision worker", function()
  local server, r, model, folder, begun

  -- `timeout` is what runs: the interpreter below it is killed.
  local function kill(running)
    os.execute(("pkill -KILL -P %d"):format(running.pid))
    begun[running] = nil
    command.finish(running)
  end

  setup(function()
    server, model = server_of.start(), mock_provider.start()
  end)
  teardown(function()
    server:stop()
    model:stop()
  end)
  before_each(function()
    r, begun = server:handle(), {}
    assert(r:call "FLUSHALL")
    model:requests()
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir -p " .. folder .. "/drawings")
  end)
  after_each(function()
    for running in pairs(begun) do kill(running) end -- those of a test that failed
    r:close()
    os.execute("rm -rf " .. folder)
  end)

  local function add_drawing(name, width)
    folders.write(("%s/drawings/%s.png"):format(folder, name),
      pictures.png(width, 3, function() return 200 end))
  end

  local function until_true(what, body)
    local give_up = clock.mono() + DEADLINE
    while not body() do
      assert.is_true(clock.mono() < give_up, "never: " .. what)
      task.sleep(0.02)
    end
  end

  local function start(...)
    local running = command.start(...)
    begun[running] = true
    return running
  end

  local function finish(running)
    begun[running] = nil
    return command.finish(running)
  end

  local function start_worker(scenario, store)
    return start({ "worker", "--queue", server.url, "--provider", "openai", "--claim-after",
      "1", "--tag", "of the worker", "--store", store or folder .. "/records.db" },
      { environment = { OPENAI_API_KEY = "sk-SECRET", OPENAI_BASE_URL = model:base(scenario) } })
  end

  local function batch(...)
    return { "batch", "--queue", server.url, folder .. "/drawings", ... }
  end

  local function signal(running, name)
    os.execute(("kill -%s %d"):format(name, running.pid))
  end

  local function records()
    local store = assert(storage.open(folder .. "/records.db"))
    local list = assert(store:query()).records
    store:close()
    return list
  end

  it("reads what a batch puts in, stores it, and ends when it is told to", function()
    for i = 1, 3 do add_drawing("d" .. i, i + 3) end
    local worker = start_worker "ok"
    local status, out, err = command.run(batch("--json", "--tag", "of the batch"))
    assert.equal(0, status, err)
    local count = 0
    for line in out:gmatch "[^\n]+" do
      local answer = assert(json.decode(line))
      assert.is_true(answer.success)
      assert.equal("openai", answer.provider)
      count = count + 1
    end
    assert.equal(3, count)
    signal(worker, "TERM")
    local ended, said, told = finish(worker)
    assert.equal(0, ended)
    assert.matches("d2.png: read in", said)
    assert.matches("3 drawings read, 0 given up", told)
    assert.is_nil((said .. told .. out .. err):find("SECRET", 1, true))
    local kept = records()
    assert.equal(3, #kept)
    assert.same("of the batch, of the worker", table.concat(kept[1].tags, ", "))
    assert.matches("/drawings/d%d.png$", kept[1].file)
    assert.equal(3, #model:requests())
  end)

  it("stores in PostgreSQL, two of them side by side, each drawing once", function()
    local database = postgres_of.start()
    for i = 1, 6 do add_drawing("d" .. i, i + 3) end
    local first = start_worker("ok", database.url)
    local second = start_worker("ok", database.url)
    local status, _, err = command.run(batch())
    assert.equal(0, status, err)
    local store = assert(storage.open(database.url))
    assert.equal(6, store:count { status = "completed" })
    store:close()
    assert.equal(6, #model:requests())
    for _, worker in ipairs { first, second } do
      signal(worker, "TERM")
      assert.equal(0, (finish(worker)))
    end
    database:stop()
  end)

  it("that is killed in the middle loses nothing, and nothing is stored twice", function()
    add_drawing("one", 7)
    local first = start_worker "held"
    local follower = start(batch())
    until_true("it is asked", function() return #model:requests() > 0 end)
    kill(first)
    local second = start_worker "ok"
    local status, out, err = finish(follower)
    assert.equal(0, status, err)
    assert.matches("one.png: .*confidence", out)
    assert.equal(1, #records())
    -- Redis forgets everything: the store knows, and nobody is asked again.
    model:requests()
    assert(r:call "FLUSHALL")
    status, out = command.run(batch())
    assert.equal(0, status)
    assert.matches("already done", out)
    assert.equal(0, #model:requests())
    assert.equal(1, #records())
    signal(second, "TERM")
    assert.equal(0, (finish(second)))
  end)

  it("gives up what is no picture, and goes on", function()
    add_drawing("good", 9)
    folders.write(folder .. "/drawings/poison.png", pictures.png(5, 5, function() return 1 end))
    local status
    local follower = start(batch())
    until_true("both are there", function() return r:call("XLEN", "vision:jobs") == 2 end)
    folders.write(folder .. "/drawings/poison.png", "no picture any more")
    local worker = start_worker "ok"
    local out, err
    status, out, err = finish(follower)
    assert.equal(1, status)
    assert.matches("good.png: ", out)
    assert.matches("poison.png: ", err)
    local letters = assert(r:call("XRANGE", "vision:jobs:dead", "-", "+"))
    assert.equal(1, #letters)
    assert.matches("unsupported_format", table.concat(letters[1][2], " "))
    signal(worker, "TERM")
    assert.equal(0, (finish(worker)))
  end)

  it("is not needed for jobs to stay: Ctrl-C leaves them to be followed later", function()
    add_drawing("later", 11)
    local follower = start(batch "--upload")
    until_true("it is there", function() return r:call("XLEN", "vision:jobs") == 1 end)
    signal(follower, "INT")
    local status = finish(follower)
    assert.equal(130, status)
    local worker = start_worker "ok"
    local out
    status, out = command.run(batch "--upload")
    assert.equal(0, status)
    assert.matches("later.png: ", out)
    assert.equal(1, #model:requests())
    signal(worker, "INT")
    assert.equal(0, (finish(worker)))
  end)
end)
