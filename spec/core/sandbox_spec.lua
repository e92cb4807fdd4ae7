-- SPDX-License-Identifier: MIT
local core = require "vision.core"

local MEMORY, STEPS = 16 * 1024 * 1024, 200000
local is_luajit = rawget(_G, "jit") ~= nil

local function load(text, memory)
  local box = assert(core.sandbox(memory or MEMORY))
  return box, box:load(text, "=", 1e7)
end

-- The body of a function is run with the arguments.
local function run(body, ...)
  local box = load("return { f = function(...)\n" .. body .. "\nend }")
  local result, err = box:call("f", STEPS, ...)
  return result, err, box
end

-- What the machine cannot do in a second has no place in a decision; the limit is generous because
-- it is CPU time, which sanitizers multiply.
local MOST_CPU_SECONDS = 20

local function stopped(body, words)
  local start = os.clock()
  local result, err, box = run(body)
  assert.is_true(os.clock() - start < MOST_CPU_SECONDS)
  assert.is_nil(result)
  assert.equal("script", err.reason)
  assert.truthy(err.message:find(words), err.message)
  return box
end

local ENDLESS, MEMORY_WORDS = "does not come to an end", "takes more memory than it may"

describe("sandbox", function()
  it("runs a script and calls its functions with plain values", function()
    local box, data, lines = load [[
      local function double(x) return 2 * x end
      return {
        name = "n",
        list = { 1, 2.5, { true } },
        f = function(job, x)
          return { job.text .. "!", double(x), job.list[2], job.flag }
        end,
      }]]
    assert.same({ name = "n", list = { 1, 2.5, { true } } }, data)
    assert.same({ f = 5 }, lines)
    local result = box:call("f", STEPS, { text = "a\0b", list = { 1, 2 }, flag = false }, 0.5)
    assert.same({ "a\0b!", 1, 2, false }, result)
    assert.is_nil(box:call("f", STEPS, { text = "", list = {}, flag = true }, 1)[3])
  end)

  it("keeps numbers as they are", function()
    local values = { 1, -7, 2 ^ 53, 0.1, 1e300, -0.5, 1 / 0, math.pi }
    assert.same(values, (run("return (...)", values)))
    local nan = run("return (...)", 0 / 0)
    assert.is_true(nan ~= nan)
    if math.type then
      assert.equal("integer", math.type(run("return 3")))
      assert.equal("float", math.type(run("return 3.0")))
    end
  end)

  it("keeps lists with holes and mixed tables", function()
    local mixed = { 1, 2, nil, 4, x = { y = { "z" } }, [10] = "ten", [0.5] = "half" }
    assert.same(mixed, (run("return (...)", mixed)))
    assert.same({}, (run("return (...)", {})))
    assert.same({ [1] = 1, [2] = 2, [4] = 4, [8] = 8, [16] = 16 },
      (run("return { [1] = 1, [2] = 2, [4] = 4, [8] = 8, [16] = 16 }")))
  end)

  it("names what is no plain value by its path", function()
    local function refused(words, ...)
      local result, err, box = run("return (...)", ...)
      assert.is_nil(result)
      assert.truthy(err.message:find(words, 1, true), err.message)
      assert.is_true(box:usable())
    end
    refused("#1 a[2].f: a function is no plain value", { a = { 1, { f = print } } })
    refused("#2 a userdata is no plain value", 1, io.stdout)
    refused("#1 a key that is a boolean", { [true] = 1 })
    refused("#1 a thread is no plain value", coroutine.create(print))
    local cycle = {}
    cycle.me = cycle
    refused("nested deeper than 16 levels, or in a cycle", cycle)
    refused("#1 a: larger than", { a = ("x"):rep(2 * 1024 * 1024) })
    refused("#1 [2]: more than", { ("x"):rep(1024 * 1024 - 100), ("y"):rep(1000) })
    local doubled = {}
    for _ = 1, 15 do doubled = { doubled, doubled, doubled, doubled } end
    refused("more than 1048576 bytes", doubled)
  end)

  it("names what a script returns that is no plain value", function()
    local function refused(body, words)
      local result, err = run(body)
      assert.is_nil(result)
      assert.truthy(err.message:find(words, 1, true), err.message)
    end
    refused("return { a = { { print = type } } }", "a[1].print: a function is no plain value")
    refused("local t = {} t.t = t return t", "nested deeper than 16 levels, or in a cycle")
    refused("return type", "a function is no plain value")
  end)

  it("ignores metatables of the host", function()
    local guarded = setmetatable({ a = 1 }, {
      __index = function() error "asked" end, __pairs = function() error "asked" end,
      __len = function() error "asked" end, __gc = function() end,
    })
    assert.same({ a = 1 }, (run("return (...)", guarded)))
  end)

  it("says line and reason", function()
    local function said(text, pattern)
      local _, data, err = load(text)
      assert.is_nil(data)
      assert.truthy(err.message:find(pattern), err.message)
    end
    said("return {\n  a = 1\n  b = 2\n}", "^:3: ")
    said("local x\nreturn x.y", "^:2: attempt to index")
    said("\nerror('no')", "^:2: no$")
    said("\nerror('no', 0)", "^:2: no$")
    said("\nerror({})", "^:2: it threw a table in place of a text$")
    said("\nerror()", "^:2: it called error%(%) without a message$")
    said("return 5", "^it must return a table, not a number$")
    said("\27Lua", "it is bytecode, not text")
    said("\27LJ", "it is bytecode, not text")
    local _, err = run "return (nil)()"
    assert.truthy(err.message:find "^:2: attempt to call", err.message)
    _, err = run "local x = ('x'):rep({}) return x"
    assert.truthy(err.message:find "^:2: bad argument #2", err.message)
  end)

  -- ---- what reaches out ----

  it("has nothing that reads, writes, loads or leads out", function()
    for _, name in ipairs {
      "_G", "io", "os", "package", "debug", "coroutine", "require", "load", "loadstring",
      "loadfile", "dofile", "pcall", "xpcall", "setmetatable", "getmetatable", "rawset", "rawget",
      "rawequal", "rawlen", "collectgarbage", "print", "getfenv", "setfenv", "newproxy", "module",
      "utf8", "bit", "bit32", "jit", "ffi", "unpack", "gcinfo", "warn", "_VERSION",
    } do
      assert.equal("nil", (run("return type(" .. name .. ")")), name)
    end
    assert.equal("nil", (run "return type(string.dump)"))
    assert.equal("nil", (run "return type(table.move)"))
    assert.equal("nil", (run "return type(math.random)"))
    assert.equal("nil", (run "return type(('x').dump)"))
  end)

  it("cannot reach the host's tables", function()
    run "string.upper = nil table.sort = nil math.pi = 3 assert = nil"
    assert.is_function(string.upper)
    assert.is_function(table.sort)
    assert.is_true(math.pi > 3.1)
    local given = { a = { 1 } }
    run("local t = ... t.a[1] = 2 t.b = 3", given)
    assert.same({ a = { 1 } }, given)
    local one, two = run("x = 1 return x"), run("return x")
    assert.same({ 1 }, { one, two })
  end)

  it("has no way out through texts, numbers or its own environment", function()
    assert.equal("nil", (run "return type(('x').__index) "))
    assert.equal("nil", (run "local s = '' return type(s.io)"))
    assert.equal("nil", (run "_ENV = _ENV return type(_ENV and _ENV.io)"))
    local _, err = run "return ('x').y.z"
    assert.truthy(err.message:find "^:2: ", err.message)
    _, err = run "local t = {} + 1"
    assert.truthy(err.message:find("^:2: attempt to perform arithmetic"), err.message)
    _, err = run "string.format = nil; ('%s'):format(1)"
    assert.truthy(err.message:find "^:2: attempt to call", err.message)
  end)

  if not is_luajit then
    it("closes and hides nothing of its own", function()
      local _, err = run "local x <close> = {} return 1"
      assert.truthy(err.message:find("non-closable value", 1, true), err.message)
      assert.is_nil((run "local _ENV = { } return type"))
    end)
  end

  it("shows no address", function()
    assert.same({ "table", "function", "table!function" }, (run [[
      return { tostring({}), tostring(type), ("%s!%s"):format({}, type) }]]))
    local _, err = run "return ('%p'):format({})"
    assert.truthy(err.message:find("invalid conversion", 1, true), err.message)
  end)

  if is_luajit then
    it("lets no boxed number of LuaJIT out", function()
      local _, err = run "return { 1LL }"
      assert.truthy(err.message:find("[1]: a cdata is no plain value", 1, true), err.message)
      _, err = run "local x = 1LL return x.y"
      assert.truthy(err.message:find "^:2: ", err.message)
      assert.equal("nil", (run "local x = 1LL return type(ffi)"))
      stopped("while true do local x = 1LL + 1 end", ENDLESS)
    end)
  end

  -- ---- what would not end ----

  local ENDLESS_BODIES = {
    ["a loop"] = "while true do end",
    ["a loop that calls"] = "while true do type(1) end",
    ["a numeric loop"] = "for _ = 1, 1e18 do end",
    ["goto"] = "::a:: goto a",
    ["a tail call to itself"] = "local function g() return g() end return g()",
    ["two functions in turn"] = [[
      local b
      local function a() return b() end
      b = function() return a() end
      a()]],
    ["an empty text repeated"] = "return (''):rep(1e15)",
    ["a text repeated"] = "return ('x'):rep(1e15)",
    ["a separator repeated"] = "return (''):rep(1e9, '')",
    ["six quantifiers"] = "return ('a'):rep(3000):find(('a*'):rep(6) .. 'b')",
    ["lazy quantifiers"] = "return ('a'):rep(3000):match(('a-'):rep(8) .. 'b')",
    ["optional items"] = "return ('a'):rep(60):match(('a?'):rep(60) .. ('a'):rep(60) .. 'b')",
    ["balanced parts"] = "return ('('):rep(60000):find('%b()')",
    ["a set of many characters"] = "return ('a'):rep(20000):find('[' .. ('b'):rep(20000) .. ']')",
    ["captures that return"] = "return ('a'):rep(3000):find('(a*)(a*)%1%2b')",
    ["gsub with a slow pattern"] = "return ('a'):rep(3000):gsub('a*a*a*a*b', '')",
    ["gmatch with a slow pattern"] = "for x in ('a'):rep(3000):gmatch('a*a*a*a*b') do end",
    ["a comparison that never decides"] = [[
      local t = {} for i = 1, 3000 do t[i] = i end
      while true do table.sort(t, function(a, b) return a < b end) end]],
    ["a sort in a loop"] = [[
      local t = {} for i = 1, 3000 do t[i] = i end
      while true do table.sort(t) end]],
    ["insertion at the front"] = "local t = {} while true do table.insert(t, 1, 1) end",
    ["removal at the front"] = [[
      local t = {} for i = 1, 3000 do t[i] = i end
      while true do table.insert(t, table.remove(t, 1)) end]],
    ["concatenation of a list"] = [[
      local t = {} for i = 1, 3000 do t[i] = "" end
      while true do table.concat(t) end]],
    ["upper of a long text"] = [[
      local s = ('x'):rep(60000)
      while true do s:upper() end]],
    ["plain find in a long text"] = [[
      local s = ('x'):rep(60000)
      while true do s:find('xy', 1, true) end]],
    ["format of a long text"] = [[
      local s = ('x'):rep(60000)
      while true do ('%s'):format(s) end]],
    ["concatenation of long texts"] = [[
      local s = ('x'):rep(30000)
      while true do local t = s .. 'y' end]],
    ["comparison of long texts"] = [[
      local a, b = ('x'):rep(60000) .. 'a', ('x'):rep(60000) .. 'b'
      while true do local c = a == b or a < b end]],
    ["a walk over an emptied table"] = [[
      local t = {} for i = 1, 4000 do t[i] = i end for i = 1, 4000 do t[i] = nil end
      while true do next(t) end]],
    ["numbers of long texts"] = [[
      local s = ('9'):rep(60000)
      while true do local x = s + 1 end]],
  }

  for what, body in pairs(ENDLESS_BODIES) do
    it("stops " .. what, function()
      local box = stopped(body, ENDLESS)
      assert.is_false(box:usable())
    end)
  end

  -- Each has few instructions and would end soon: only what it does inside one of them is too much.
  local COSTLY_BODIES = {
    ["texts it makes"] = "local s = ('x'):rep(50000) for i = 1, 400 do local t = s .. i end",
    ["lists it joins"] = [[
      local t = {} for i = 1, 3000 do t[i] = "" end for i = 1, 100 do table.concat(t) end]],
    ["lists it moves"] = [[
      local t = {} for i = 1, 3000 do t[i] = i end for i = 1, 100 do table.insert(t, 1, i) end]],
    ["lists it sorts"] = [[
      local t = {} for i = 1, 3000 do t[i] = i end for i = 1, 10 do table.sort(t) end]],
    ["texts it goes over"] = "local s = ('x'):rep(50000) for i = 1, 100 do s:upper() end",
    ["texts it searches"] = "local s = ('x'):rep(50000) for i = 1, 100 do s:find('y', 1, true) end",
    ["texts it repeats"] = "for i = 1, 100 do ('x'):rep(60000) end",
    ["texts it formats"] = "local s = ('x'):rep(50000) for i = 1, 100 do ('%.5s'):format(s) end",
    ["numbers it reads"] = "local s = ('1'):rep(50000) for i = 1, 100 do tonumber(s) end",
    ["patterns it tries"] = "local at = ('a'):rep(700):find('a*a*b')",
  }

  for what, body in pairs(COSTLY_BODIES) do
    it("counts the " .. what, function()
      stopped(body, ENDLESS)
      local box = load("return { f = function() " .. body .. "\nreturn true end }")
      assert.is_true(box:call("f", 1e9))
    end)
  end

  it("bounds one text and one table", function()
    local box = load("return { f = function(n) return #('x'):rep(n) end }")
    assert.equal(60000, box:call("f", STEPS, 60000))
    local _, err = box:call("f", STEPS, 70000)
    assert.truthy(err.message:find("64 KiB in one piece", 1, true), err.message)
  end)

  local GREEDY_BODIES = {
    ["gsub in gsub"] = "local function g(s) return (s:gsub('.', g)) end return g('a')",
    ["sort in sort"] = [[
      local function g() table.sort({ 1, 2, 3 }, function(a, b) g() return a < b end) end
      return g()]],
    ["a text that doubles"] = "local s = 'x' while true do s = s .. s end",
    ["a long text"] = "return ('x'):rep(300000)",
    ["a table that grows"] = "local t = {} for i = 1, 1e9 do t[i] = i end",
    ["tables in tables"] = "local t = {} while true do t = { t } end",
    ["recursion"] = "local function g() return 1 + g() end return g()",
    ["a growing argument list"] = "local function g(...) return g(1, ...) end return g()",
    ["a text per entry"] = "local t = {} for i = 1, 1e9 do t[i % 5000] = ('x'):rep(5000) .. i end",
    ["gsub that grows"] = "return ('x'):rep(1000):gsub('x', ('y'):rep(100))",
    ["concatenation that grows"] = [[
      local t = {} for i = 1, 5000 do t[i] = ('x'):rep(100) end return table.concat(t)]],
    ["bytes of a long text"] = "return select('#', ('x'):rep(60000):byte(1, -1))",
  }

  for what, body in pairs(GREEDY_BODIES) do
    it("bounds " .. what, function()
      stopped(body, "%a")
    end)
  end

  it("holds no more memory than it may", function()
    local box = load("return { f = function() local t = {} for i = 1, 1e9 do t[i] = {} end end }",
      1024 * 1024)
    local _, err = box:call("f", 1e9)
    assert.truthy(err.message:find(MEMORY_WORDS, 1, true), err.message)
    assert.truthy(err.message:find("1 MiB", 1, true), err.message)
    assert.equal(0, box:memory())
  end)

  it("says the line that was running", function()
    local _, err = run "\n\nwhile true do\nend"
    assert.truthy(err.message:find "^:[45]: it does not come to an end", err.message)
    _, err = run "local s = 'x'\nwhile true do\ns = s .. s\nend"
    assert.truthy(err.message:find("^:4: it takes more memory"), err.message)
  end)

  it("stops a script that does not end while it is read", function()
    local box, data, err = load "\nwhile true do end"
    assert.is_nil(data)
    assert.truthy(err.message:find "^:2: it does not come to an end", err.message)
    assert.is_false(box:usable())
    assert.is_nil((box:call("f", STEPS)))
    local _, nested = load("return " .. ("{"):rep(10000))
    assert.is_nil(nested)
  end)

  it("bounds what compiling a script takes", function()
    local parts = {}
    for i = 1, 20000 do parts[i] = ("a%d = 'text %d'"):format(i, i) end
    local box, data, err = load("return { " .. table.concat(parts, ", ") .. " }", 1024 * 1024)
    assert.is_nil(data)
    assert.truthy(err.message:find(MEMORY_WORDS, 1, true), err.message)
    assert.is_false(box:usable())
  end)

  it("stops what its error values would do", function()
    stopped("error(('x'):rep(1e9))", ENDLESS)
    local _, err = run "error(setmetatable)"
    assert.truthy(err.message:find("error() without", 1, true), err.message)
  end)

  it("has no call inside a call, and none after it was closed", function()
    local box = load "return { f = function() end }"
    assert.is_nil((box:call("g", STEPS)))
    box:close()
    box:close()
    assert.has_error(function() box:call("f", STEPS) end)
  end)

  it("refuses limits that make no sense", function()
    assert.has_error(function() core.sandbox(1000) end)
    assert.has_error(function() core.sandbox(2 ^ 40) end)
    local box = load "return { f = function() end }"
    assert.has_error(function() box:call("f", 0) end)
    assert.has_error(function() box:call("f", 0 / 0) end)
  end)

  it("counts anew with each call", function()
    local box = load [[return { f = function() for _ = 1, 100000 do end return "done" end }]]
    for _ = 1, 10 do assert.equal("done", (box:call("f", STEPS))) end
  end)

  it("runs a call on the thread pool while the loop goes on", function()
    local task = require "vision.base.task"
    local box = load "return { f = function(n) for i = 1, n do end return { n } end }"
    local running = assert(box:start("f", 2e8, 1e7))
    assert.has_error(function() box:call("f", STEPS, 1) end) -- it is the run's now
    assert.is_nil(running:result())
    local ticks = 0
    local ticker = task.spawn(function()
      while not running:done() do
        task.sleep(0.001)
        ticks = ticks + 1
      end
    end)
    local waiter = task.spawn(function() return task.wait(running) and running:result() end)
    assert.same({ 1e7 }, waiter:join())
    ticker:join()
    assert.is_true(ticks > 3, ticks)
    running:close()
    running:close()
  end)

  it("says what was wrong on the thread pool, and lets go of what nobody waits for", function()
    local task = require "vision.base.task"
    local box = load "return { f = function(n)\n while true do end end }"
    local running = assert(box:start("f", 1e6))
    task.wait(running)
    local result, err = running:result()
    assert.is_nil(result)
    assert.equal(":2: it does not come to an end", err.message)
    local left = assert(load("return { f = function() while true do end end }"):start("f", 1e7))
    left:close()
    box = load "return { f = function() end }"
    result, err = box:start("f", STEPS, print)
    assert.is_nil(result)
    assert.equal("#1 a function is no plain value", err.message)
    assert.is_nil(box:call("f", STEPS)) -- still there
  end)
end)
