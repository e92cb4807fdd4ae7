-- SPDX-License-Identifier: MIT
-- Budgets that several processes keep together, and processes that are killed while they spend.

local CostTracker = require("vision.money.tracker").CostTracker
local chance = require "spec.support.chance"
local clock = require "vision.base.clock"
local command = require "spec.support.command"
local contract = require "spec.support.ledger_contract"
local folder = require "spec.support.folder"
local log = require "vision.base.log"
local postgres = require "vision.database.postgres"
local postgres_server = require "spec.support.postgres"
local redis_ledger = require "vision.money.ledger.redis"
local redis_server = require "spec.support.redis"
local sql_ledger = require "vision.money.ledger.sql"
local task = require "vision.base.task"

local PROCESSES, CALLS, AFFORDED = 4, 50, 10

-- A provider that costs 0.001 USD a picture, the layer around it, and what a script does with it.
local PROGRAM = [[
local task = require "vision.base.task"
local errors = require "vision.base.error"
local store, notes = arg[1], arg[2]
local function note(word)
  local file = assert(io.open(notes, "a"))
  file:write(word, "\n")
  file:close()
end
local ask
local provider = { name = "p", price = { image = 0.001 },
  analyze_image = function() return ask() end }
local tracked = assert(require("vision.layers.budget").create_cost_tracked_provider(provider, {
  budget_config = { total_limit_usd = 0.01, store = store, reservation_seconds = 1,
    on_alert = function() end } }))
]]

-- Says its number first, so that it can be killed.
local function start(store, notes, script)
  local file = os.tmpname()
  folder.write(file, PROGRAM .. script)
  local pipe = assert(io.popen(("echo $$; LUA_PATH='%s' LUA_CPATH='%s' exec %s %s '%s' %s 2>&1")
    :format(package.path, package.cpath, command.INTERPRETER, file, store, notes)))
  return { pipe = pipe, pid = pipe:read "*n", file = file }
end

local function finish(process)
  local said = process.pipe:read "*a"
  process.pipe:close()
  os.remove(process.file)
  return said
end

local function lines_of(path)
  local count = 0
  for _ in io.lines(path) do count = count + 1 end
  return count
end

-- Half of the calls fail before they cost anything; who is refused tries again while something is
-- left, so that money goes from process to process.
local SPENDING = ([[
local calls = 0
function ask()
  task.sleep(0.002)
  calls = calls + 1
  if calls %% 2 == 1 then return nil, errors.new("connect", "not there") end
  note "made"
  return { summary = "s" }
end
local function left()
  return tracked.cost_tracker:get_budgets()[1].spent_usd < 0.01 - 1e-9
end
local all = {}
for i = 1, %d do
  all[i] = function()
    repeat
      local reading = tracked:analyze_image "bytes"
      if not reading then task.sleep(0.005) end
    until reading or not left()
  end
end
assert(task.gather(all))
]]):format(CALLS)

local HANGING = [[
function ask()
  print "ready"
  io.stdout:flush()
  task.sleep(3600)
end
for _ = 1, 10 do
  task.spawn(function() tracked:analyze_image "bytes" end)
end
task.sleep(3600)
]]

-- A tracker of the same budget in this process.
local function open(store)
  return assert(CostTracker.new { total_limit_usd = 0.01, store = store,
    on_alert = function() end })
end

local function spend(books)
  local token, err = books:reserve({ provider = "p" }, 1000)
  if not token then return nil, err end
  return books:settle(token, { micro = 1000 })
end

local function describe_store(new_store)
  local function with_store(body)
    return function()
      folder.with(function(path)
        local notes = path .. "/notes"
        folder.write(notes, "")
        body(new_store(path), notes)
      end)
    end
  end

  it("make ten of 200 calls where ten can be paid, and never an eleventh",
    with_store(function(store, notes)
      local processes = {}
      for i = 1, PROCESSES do processes[i] = start(store, notes, SPENDING) end
      for _, process in ipairs(processes) do assert.equal("\n", finish(process)) end
      assert.equal(AFFORDED, lines_of(notes))
      local books = open(store)
      local sum = books:get_usage_summary()
      assert.same({ AFFORDED, 0.01 }, { sum.successful_requests, sum.total_cost_usd })
      assert.equal(0, books:get_budgets()[1].reserved_usd)
      assert.is_nil((spend(books)))
      books:close()
    end))

  it("get back what one had reserved that was killed, when its time is over",
    with_store(function(store, notes)
      local process = start(store, notes, HANGING)
      for _ = 1, 11 do process.pipe:read "*l" end -- the rest of the first line, and ten
      os.execute("kill -9 " .. process.pid)
      finish(process)
      local books = open(store)
      local ok, err = spend(books)
      assert.is_nil(ok)
      assert.matches("$0.01 reserved by calls under way", err.message, 1, true)
      local deadline = clock.mono() + 10
      repeat task.sleep(0.05) until spend(books) or clock.mono() > deadline
      assert.same({ 0.001, 0 }, { books:get_budgets()[1].spent_usd,
        books:get_budgets()[1].reserved_usd })
      books:close()
    end))
end

describe("processes with one budget in an SQLite file", function()
  describe_store(function(path) return "sqlite:" .. path .. "/budget.db" end)
end)

describe("processes with one budget in PostgreSQL", function()
  local server
  setup(function() server = postgres_server.start() end)
  teardown(function() server:stop() end)

  local function emptied()
    local db = assert(postgres.open(server.url))
    assert(db:write { { "DROP SCHEMA public CASCADE" }, { "CREATE SCHEMA public" } })
    db:close()
    return server.url
  end

  describe_store(emptied)

  contract.describe(it, function() return sql_ledger.open(emptied()) end, nil,
    function() return sql_ledger.open(server.url) end)

  it("whatever tags a call has, what it cost is booked", function()
    local books = assert(CostTracker.new { total_limit_usd = 1, store = emptied() })
    local random = chance.new(3)
    local long = {}
    for i = 1, 10000 do long[i] = string.char(random:integer(33, 126)) end
    local tags = { "a\0b", "\255\254", table.concat(long), ("ä"):rep(5000), "it's, \"b\"\n", "" }
    for _, tag in ipairs(tags) do
      local call = { provider = "p", model = "m", tags = { tag, "other" } }
      local token = assert(books:reserve(call, 1000))
      books:settle(token, { micro = 1000 })
    end
    assert(books:write_down())
    assert.equal(0.006, books:get_budgets()[1].spent_usd)
    assert.equal(0, books:get_budgets()[1].reserved_usd)
    assert.equal(0.006, books:get_daily_cost { tag = "other" })
    books:close()
  end)
end)

describe("processes with one budget in Redis", function()
  local server
  setup(function() server = redis_server.start { arguments = "--appendonly yes" } end)
  teardown(function() server:stop() end)

  local function emptied()
    local handle = server:handle()
    assert(handle:call "FLUSHALL")
    handle:close()
    return server.url
  end

  describe_store(emptied)

  contract.describe(it, function() return redis_ledger.open(emptied()) end, nil,
    function() return redis_ledger.open(server.url) end)

  it("keep what a day was used for 400 days, and no key without an end but their sums", function()
    local books = open(emptied())
    assert(spend(books))
    assert(spend(books))
    books:close()
    local handle = server:handle()
    local days = assert(handle:call("ZRANGE", "vision:{budget}:days", 0, -1))
    assert.equal(1, #days)
    local left = assert(handle:call("TTL", "vision:{budget}:use:" .. days[1]))
    assert.is_true(left > 399 * 86400 and left <= 400 * 86400)
    assert(handle:call("ZADD", "vision:{budget}:days", 1, "2020-01-01"))
    books = open(server.url)
    assert(spend(books))
    books:close()
    assert.same(days, assert(handle:call("ZRANGE", "vision:{budget}:days", 0, -1)))
    handle:close()
  end)

  it("have it again after the server was killed and came back", function()
    local books = open(emptied())
    for _ = 1, 3 do assert(spend(books)) end
    books:close()
    server:kill()
    server:restart()
    books = open(server.url)
    assert(spend(books))
    assert.equal(0.004, books:get_budgets()[1].spent_usd)
    books:close()
  end)

  it("go on by themselves while it is away, to what was left, and book that when it is back",
    function()
      local said = {}
      log.set_sink(function(_, message) said[#said + 1] = message end)
      local url = emptied()
      local books = open(url)
      for _ = 1, 3 do assert(spend(books)) end
      local held = assert(books:reserve({ provider = "p" }, 1000))
      server:kill()
      books:settle(held, { micro = 1000 })
      for _ = 1, 6 do assert(spend(books)) end
      local ok, err = spend(books)
      assert.is_nil(ok)
      assert.equal("budget_exceeded", err.reason)
      assert.equal(0.01, books:get_budgets()[1].spent_usd)
      assert.equal("store_unavailable", select(2, books:get_daily_cost()).reason)
      server:restart()
      local deadline = clock.mono() + 10
      repeat task.sleep(0.05) until books:write_down() or clock.mono() > deadline
      assert.is_nil((spend(books)))
      local sum = assert(books:get_usage_summary())
      assert.same({ 10, 0.01 }, { sum.total_requests, sum.total_cost_usd })
      local other = open(url)
      assert.same({ 0.01, 0 }, { other:get_budgets()[1].spent_usd,
        other:get_budgets()[1].reserved_usd })
      other:close()
      books:close()
      log.set_sink(nil)
      assert.equal(3, #said, table.concat(said, "\n"))
      assert.matches("kept by this process alone until its store is back", said[1])
      assert.matches("the store of the budget is back", said[3])
      for _, message in ipairs(said) do assert.is_nil(message:find("secret", 1, true)) end
    end)
end)
