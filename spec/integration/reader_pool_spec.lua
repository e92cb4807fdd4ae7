-- SPDX-License-Identifier: MIT
-- The processes behind the reader: many, slow, broken, killed, idle.

local core = require "vision.core"
local pdf = require "spec.support.pdf"
local pictures = require "spec.support.pictures"
local processes = require "spec.support.processes"
local reader = require "vision.reading.reader"
local task = require "vision.base.task"

local function image_of(bytes)
  local image, err = core.image_from_bytes(bytes)
  return assert(image, err and err.message)
end

-- A page full of text: some seconds of work at 300 dpi.
local function slow_page()
  local texts = {}
  for line = 1, 60 do
    texts[line] = { text = ("Line %d holds words enough for a reader to be busy"):format(line),
      x = 30, y = 20 + line * 13, size = 11 }
  end
  return image_of(pdf.write { { width = 595, height = 842, texts = texts } })
end

local SLOW = { { "open", dpi = 300, gray = true }, { "words", psm = 11 } }
local QUICK = { { "open" }, { "encode" } }

local function small_picture()
  return image_of(pictures.png(4, 4, function() return 9 end))
end

local function eventually(condition, what)
  local give_up = core.mono() + 20
  repeat
    local result = condition()
    if result then return result end
    task.sleep(0.005)
  until core.mono() > give_up
  error("did not come: " .. what)
end

local function read(path)
  local file = io.open(path, "rb")
  if not file then return "" end
  local text = file:read "*a"
  file:close()
  return text
end

local function lines_of(command)
  -- A sanitizer that is preloaded into us has no business in the tools of the system.
  local pipe, lines = io.popen("LD_PRELOAD= " .. command), {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  pipe:close()
  return lines
end

local searchpath = package.searchpath -- luacheck: ignore 143 (both Luas have it)
local beside = searchpath("vision.core", package.cpath):gsub("[^/]*$", "vision-reader")
local program = os.getenv "VISION_READER" or beside

-- AddressSanitizer reserves terabytes: a reader built with it cannot limit its address space.
local sanitized = read(program):find("__asan_init", 1, true) ~= nil

local own_pid = read("/proc/self/stat"):match "^(%d+)"

local others = {} -- processes of other specs, running or waiting to be collected

-- The processes a test has started, and what `ps` says of their state.
local function children()
  local found = {}
  for _, line in ipairs(lines_of("ps -o pid=,stat= --ppid " .. own_pid)) do
    local pid, state = line:match "(%d+)%s+(%S+)"
    if not others[pid] then found[pid] = state end
  end
  return found
end

-- Those of them that are readers (zombies have no command line).
local function reader_pids()
  local found = {}
  for pid in pairs(children()) do
    local command = read("/proc/" .. pid .. "/cmdline")
    if command:find("vision-reader", 1, true) then found[#found + 1] = pid end
  end
  return found
end

local function zombies()
  local count = 0
  for _, state in pairs(children()) do
    if state:find "^Z" then count = count + 1 end
  end
  return count
end

local function descriptors()
  return #lines_of(("ls /proc/%s/fd"):format(own_pid))
end

local function assert_fails(reason, result, err)
  assert.is_nil(result)
  assert.equal(reason, err.reason, err.message)
  return err
end

describe("reader pool", function()
  local pools

  local function new_pool(limits)
    local pool = assert(reader.new_pool(limits))
    pools[#pools + 1] = pool
    return pool
  end

  before_each(function()
    pools = {}
    for pid in pairs(children()) do others[pid] = true end
  end)
  after_each(function()
    for _, pool in ipairs(pools) do pool:close() end
  end)

  local function start(pool, steps, image, timeout)
    return task.spawn(function()
      return reader.run(image, steps, { pool = pool, timeout = timeout })
    end)
  end

  local function until_busy(pool, count)
    eventually(function()
      return pool:counts().busy == count and #reader_pids() >= count
    end, count .. " busy readers")
  end

  it("starts no process before the first job", function()
    local pool = new_pool()
    assert.same({ workers = 0, busy = 0, waiting = 0 }, pool:counts())
  end)

  it("keeps one process for one job after the other", function()
    local pool = new_pool { workers = 2 }
    for _ = 1, 3 do
      assert(reader.run(small_picture(), QUICK, { pool = pool }))
    end
    assert.same({ workers = 1, busy = 0, waiting = 0 }, pool:counts())
  end)

  it("works on two jobs at once and lets others wait their turn", function()
    local pool = new_pool { workers = 2 }
    local image, order, jobs = slow_page(), {}, {}
    for number = 1, 4 do
      jobs[number] = task.spawn(function()
        local results = reader.run(image, { { "open", dpi = 100 + number } }, { pool = pool })
        order[#order + 1] = results[1].dpi
      end)
    end
    eventually(function() return pool:counts().waiting == 2 end, "two in the queue")
    assert.same({ workers = 2, busy = 2, waiting = 2 }, pool:counts())
    task.gather(jobs)
    table.sort(order, function(a, b) return a < b end)
    assert.same({ 101, 102, 103, 104 }, order)
  end)

  it("takes waiting jobs in their order", function()
    local pool, order, jobs = new_pool { workers = 1 }, {}, {}
    for number = 1, 5 do
      jobs[number] = task.spawn(function()
        reader.run(small_picture(), QUICK, { pool = pool })
        order[number] = #order + 1
      end)
    end
    task.gather(jobs)
    assert.same({ 1, 2, 3, 4, 5 }, order)
  end)

  it("refuses a job too many", function()
    local pool = new_pool { workers = 1, queue = 1 }
    local image = slow_page()
    local first, second = start(pool, SLOW, image), start(pool, QUICK, image)
    eventually(function() return pool:counts().waiting == 1 end, "one in the queue")
    local err = assert_fails("queue_full", reader.run(image, QUICK, { pool = pool }))
    assert.is_true(err.retryable)
    first:cancel()
    assert(second:join())
  end)

  it("loses one job when its process is killed, and goes on", function()
    local pool = new_pool { workers = 1 }
    local image = slow_page()
    local first, second = start(pool, SLOW, image), start(pool, QUICK, image)
    until_busy(pool, 1)
    local pid = reader_pids()[1]
    eventually(function() return processes.is_reading(pid) end, "work")
    os.execute("kill -9 " .. pid)
    local err = assert_fails("reader_crashed", first:join())
    assert.matches("died", err.message)
    assert(second:join())
  end)

  it("stops a job that is too slow, with all that it started", function()
    local pool = new_pool { workers = 1 }
    local err = assert_fails("reader_timeout",
      reader.run(slow_page(), SLOW, { pool = pool, timeout = 0.1 }))
    assert.matches("0%.1 s", err.message)
    eventually(function() return #reader_pids() == 0 and zombies() == 0 end, "its end")
    assert(reader.run(small_picture(), QUICK, { pool = pool }))
  end)

  it("stops a job that takes too much processor time", function()
    local pool = new_pool { workers = 1, seconds = 1 }
    local steps = { { "open", dpi = 300, gray = true } }
    for index = 2, 9 do steps[index] = { "words", psm = 11 } end
    assert_fails("reader_timeout", reader.run(slow_page(), steps, { pool = pool }))
    assert(reader.run(small_picture(), QUICK, { pool = pool }))
  end)

  local it_unless_sanitized = sanitized and function() end or it

  it_unless_sanitized("fails a job that needs too much memory, in every library", function()
    local pool = new_pool { workers = 1, memory = 400 }
    local picture = image_of(pictures.png(200, 200, function() return 1, 2, 3 end))
    local grow = { { "open" }, { "scale", factor = 16 }, { "scale", factor = 5 } }
    assert_fails("reader_memory", reader.run(picture, grow, { pool = pool }))
    assert_fails("reader_memory",
      reader.run(slow_page(), { { "open", dpi = 2000 } }, { pool = pool }))
    local tight = new_pool { workers = 1, memory = 90 }
    assert_fails("reader_memory", reader.run(slow_page(), SLOW, { pool = tight }))
    assert(reader.run(small_picture(), QUICK, { pool = tight }))
  end)

  it("cancels a running job within 50 ms", function()
    local pool, best = new_pool { workers = 1 }, math.huge
    for _ = 1, 3 do -- what else the machine does is no concern of this
      local t = start(pool, SLOW, slow_page())
      until_busy(pool, 1)
      local pid = reader_pids()[1]
      local began = core.mono()
      t:cancel()
      assert_fails("cancelled", t:join())
      eventually(function() return read("/proc/" .. pid .. "/cmdline") == "" end, "its end")
      best = math.min(best, core.mono() - began)
      eventually(function() return zombies() == 0 end, "the zombie's end")
    end
    assert.is_true(best < 0.05, ("%.3f s"):format(best))
  end)

  it("cancels a waiting job", function()
    local pool = new_pool { workers = 1 }
    local image = slow_page()
    local first, second = start(pool, SLOW, image), start(pool, SLOW, image)
    eventually(function() return pool:counts().waiting == 1 end, "one in the queue")
    second:cancel()
    assert_fails("cancelled", second:join())
    assert.same({ workers = 1, busy = 1, waiting = 0 }, pool:counts())
    first:cancel()
  end)

  it("ends idle processes", function()
    local pool = new_pool { workers = 1, idle = 0.02 }
    assert(reader.run(small_picture(), QUICK, { pool = pool }))
    assert.equal(1, #reader_pids())
    eventually(function()
      return pool:counts().workers == 0 and #reader_pids() == 0 and zombies() == 0
    end, "the idle end")
    assert(reader.run(small_picture(), QUICK, { pool = pool }))
  end)

  it("ends all when it is closed, and again", function()
    local pool = new_pool { workers = 2 }
    local t = start(pool, SLOW, slow_page())
    until_busy(pool, 1)
    pool:close()
    pool:close()
    assert_fails("cancelled", t:join())
    assert.same({}, reader_pids())
    assert.is_false(pool:usable())
    assert.has_error(function() pool:counts() end)
  end)

  it("leaves no descriptor and no process behind", function()
    local pool = new_pool { workers = 2, idle = 0.01 }
    local image = slow_page()
    local before = descriptors()
    for _ = 1, 5 do
      reader.run(image, SLOW, { pool = pool, timeout = 0.02 })
      assert(reader.run(small_picture(), QUICK, { pool = pool }))
      start(pool, SLOW, image):cancel()
    end
    eventually(function() return descriptors() <= before and #reader_pids() == 0 end,
      "the descriptors as before")
  end)

  it("lets jobs be collected before their pool, and pools before their jobs", function()
    local pool = assert(reader.new_pool { workers = 1 })
    local job = assert(pool:job("open\nwords", slow_page()))
    pool = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    eventually(function() return #reader_pids() == 1 end, "the reader")
    job:cancel()
    job = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    eventually(function() return #reader_pids() == 0 end, "the end of the reader")
  end)

  it("closes jobs any number of times", function()
    local pool = new_pool { workers = 1 }
    local job = assert(pool:job("open", small_picture()))
    job:close()
    job:close()
    assert.equal(0, job:id())
    assert.has_error(function() job:result() end)
  end)

  it("gives a reader no network, no keys and no open files of ours", function()
    local pool = new_pool { workers = 1 }
    local t = start(pool, SLOW, slow_page())
    until_busy(pool, 1)
    local folder = "/proc/" .. reader_pids()[1]
    eventually(function() return read(folder .. "/status"):find "Seccomp:%s+2" end, "the filter")
    local allowed = { PATH = true, HOME = true, LANG = true, TMPDIR = true,
      TESSDATA_PREFIX = true, OMP_THREAD_LIMIT = true }
    for name in read(folder .. "/environ"):gmatch "([^=%z]+)=[^%z]*" do
      assert.is_true(allowed[name], name)
    end
    for _, fd in ipairs(lines_of("readlink " .. folder .. "/fd/[0-2]")) do
      assert.equal("/dev/null", fd)
    end
    assert.matches("Max core file size%s+0%s+0", read(folder .. "/limits"))
    local memory = sanitized and "unlimited" or "4294967296"
    assert.matches("Max address space%s+" .. memory, read(folder .. "/limits"))
    t:cancel()
  end)

  it("says what is wrong when the program cannot start", function()
    local pool = assert(core.reader_pool { program = "/nowhere/vision-reader" })
    local job = assert(pool:job "about")
    assert(task.wait(job))
    assert_fails("missing_library", job:result())
    pool:close()
    pool = assert(core.reader_pool { program = "/bin/false" })
    job = assert(pool:job "about")
    assert(task.wait(job))
    local err = assert_fails("missing_library", job:result())
    assert.matches("does not start", err.message)
    pool:close()
  end)

  it("survives a program that answers nonsense", function()
    local pool = assert(core.reader_pool { program = "/bin/sh" })
    local job = assert(pool:job "about")
    assert(task.wait(job))
    assert.is_nil((job:result()))
    pool:close()
  end)
end)
