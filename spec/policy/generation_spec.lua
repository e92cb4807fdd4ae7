-- SPDX-License-Identifier: MIT
local environment = require "spec.support.environment"
local folder = require "spec.support.folder"
local generation = require "vision.policy.generation"
local kinds = require "vision.policy.kinds"
local log = require "vision.base.log"

describe("generation", function()
  local logged

  before_each(function()
    logged = {}
    log.set_sink(function(level, message) logged[#logged + 1] = level .. ": " .. message end)
  end)
  after_each(function() log.set_sink(nil) end)

  -- A generation that sees these scripts of a user: { ["failover/mine.lua"] = text }.
  local function with(files, body, configured)
    folder.with(function(path)
      for name, text in pairs(files) do
        os.execute(("mkdir -p '%s/%s'"):format(path, name:match "^(.*)/"))
        folder.write(path .. "/" .. name, text)
      end
      environment.with({ VISION_SCRIPTS = path }, function()
        body(generation.new(1, configured), path)
      end)
    end)
  end

  local FAILOVER = kinds.failover.sample

  it("asks the shipped scripts", function()
    with({}, function(scripts)
      assert.same({ "openai", "anthropic", "deepseek" }, scripts:decide("failover", nil, FAILOVER))
      assert.equal("shipped", scripts:script("failover", "latency").origin)
      assert.is_true(scripts:script("selection", "first_success").early)
      assert.same({}, logged)
    end)
  end)

  it("asks the user's script before the shipped one", function()
    with({ ["failover/priority.lua"] = "return { order = function() return { 'azure' } end }" },
      function(scripts)
        assert.same({ "azure" }, scripts:decide("failover", "priority", FAILOVER))
        assert.equal("user", scripts:script("failover", "priority").origin)
      end)
  end)

  it("lets the default stand where a script returns nothing", function()
    with({ ["routing/mine.lua"] = "return { route = function() end }" }, function(scripts)
      local output, err = scripts:decide("routing", "mine", kinds.routing.sample)
      assert.is_nil(output)
      assert.is_nil(err)
      assert.same({}, logged)
    end)
  end)

  it("asks the shipped script where one that has to decide returns nothing", function()
    with({ ["failover/mine.lua"] = "return { order = function() end }",
      ["failover/latency.lua"] = "return { order = function() end }",
      ["alerts/default.lua"] = "return { alert = function() end }" }, function(scripts)
      assert.same({ "openai", "anthropic", "deepseek" },
        (scripts:decide("failover", "mine", FAILOVER)))
      assert.same({ "deepseek", "openai", "anthropic" },
        (scripts:decide("failover", "latency", FAILOVER)))
      assert.is_nil((scripts:decide("alerts", nil, kinds.alerts.sample)))
      assert.same({}, logged)
    end)
  end)

  local FAULTS = {
    ["fails"] = { "return {\n order = function(e)\n return e.x.y end }", ":3: attempt to index" },
    ["loops"] = { "return {\n order = function() while true do end end }", ":2: it does not come" },
    ["eats memory"] = {
      "return {\n order = function()\n local s = 'x' while true do s = s .. s end end }",
      ":3: it takes more memory" },
    ["answers with a number"] = { "return {\n order = function() return 5 end }",
      ":2: order: must return a list of names, not a number" },
    ["invents an endpoint"] = { "return { order = function() return { 'gpt' } end }",
      ":1: order: [1]: there is no endpoint 'gpt'" },
    ["says one twice"] = {
      "return { order = function() return { 'openai', 'openai' } end }",
      ":1: order: [2]: 'openai' stands there twice" },
    ["answers with a function"] = { "return { order = function() return { type } end }",
      ":1: [1]: a function is no plain value" },
    ["cannot be read"] = { "return {\n order = \n }", ":3: " },
    ["has no function"] = { "return {}", ": the function 'order' is missing" },
    ["has another function"] = { "return { order = function() end, ordr = function() end }",
      ": a script of failover has no function 'ordr'" },
    ["has an unknown field"] = { "return { order = function() end, optoins = {} }",
      "did you mean 'options'?" },
    ["declares an option badly"] = { "return { order = function() end, options = { a = 1 } }",
      "options.a: must be" },
    ["declares a range badly"] = {
      "return { order = function() end, options = { a = { 'x', 5, min = 'y' } } }",
      "option 'min' must be a number" },
    ["declares words badly"] = {
      "return { order = function() end, options = { a = { 'x', 'y', one_of = 1 } } }",
      "option 'one_of' must be a list of words" },
    ["declares tables as words"] = {
      "return { order = function() end, options = { a = { 'x', 'y', one_of = { {} } } } }",
      "option 'one_of' must be a list of words" },
    ["declares no words at all"] = {
      "return { order = function() end, options = { a = { 'x', 'y', one_of = {} } } }",
      "option 'one_of' must be a list of words" },
    ["names what holds a zero byte"] = {
      "return { order = function() return { 'a\\0b' } end }", "there is no endpoint 'a\0b'" },
    ["declares a field of 256 KiB"] = {
      "return { order = function() end, [('x'):rep(2 ^ 18)] = 1 }", "has no field 'xxx" },
    ["has a default out of its range"] = {
      "return { order = function() end, options = { a = { 'x', 5, max = 1 } } }", "option 'a'" },
  }

  for what, case in pairs(FAULTS) do
    it("takes the default decision where a script " .. what, function()
      with({ ["failover/mine.lua"] = case[1] }, function(scripts, path)
        for _ = 1, 3 do
          local output, err = scripts:decide("failover", "mine", FAILOVER)
          assert.same({ "openai", "anthropic", "deepseek" }, output)
          assert.equal("script", err.reason)
          assert.truthy(err.message:find(path .. "/failover/mine.lua", 1, true), err.message)
          assert.truthy(err.message:find(case[2], 1, true), err.message)
        end
        assert.equal(1, #logged) -- a fault is told once
        assert.truthy(logged[1]:find("the default decision is taken", 1, true))
      end)
    end)
  end

  it("says at once that there is no script of a name of a megabyte", function()
    with({}, function(scripts)
      local started = os.clock()
      local _, err = scripts:script("failover", ("x"):rep(2 ^ 20))
      assert.equal("invalid_option", err.reason)
      assert.is_true(#err.message < 500 and os.clock() - started < 0.5)
    end)
  end)

  it("takes the shipped script of the same name for a user's that fails", function()
    local faulty = "return { order = function() error 'no' end }"
    with({ ["failover/latency.lua"] = faulty, ["failover/priority.lua"] = faulty },
      function(scripts)
        assert.same({ "deepseek", "openai", "anthropic" },
          scripts:decide("failover", "latency", FAILOVER))
        assert.same({ "openai", "anthropic", "deepseek" },
          scripts:decide("failover", "priority", FAILOVER))
      end)
  end)

  it("names the nearest where there is no such script", function()
    with({}, function(scripts)
      local none, err = scripts:script("failover", "latencey")
      assert.is_nil(none)
      assert.equal("there is no script failover/latencey.lua; did you mean 'latency'?", err.message)
      assert.is_nil(scripts:script("failover", "../../etc/passwd"))
      local output
      output, err = scripts:decide("failover", "latencey", FAILOVER)
      assert.same({ "openai", "anthropic", "deepseek" }, output)
      assert.equal("invalid_option", err.reason)
      assert.has_error(function() scripts:script "fialover" end)
    end)
  end)

  local THICK = [[return {
    options = { thick = { "Pages", 8, min = 1 } },
    route = function(job, options)
      if job.pages >= options.thick then return "anthropic/opus" end
    end,
  }]]

  it("gives a script its options: declared, configured, of this call", function()
    local files = { ["routing/thick.lua"] = THICK }
    local function routed(scripts, pages, options)
      return scripts:decide("routing", "thick", { job = { pages = pages }, options = options })
    end
    with(files, function(scripts)
      assert.is_nil(routed(scripts, 7))
      assert.same({ provider = "anthropic", model = "opus" }, routed(scripts, 8))
      assert.is_nil(routed(scripts, 8, { thick = 9 }))
    end)
    with(files, function(scripts)
      assert.same({ provider = "anthropic", model = "opus" }, routed(scripts, 2))
    end, { routing = { thick = { thick = 2 } } })
  end)

  it("says which configured option is wrong", function()
    for words, options in pairs {
      ["policy.routing.thick: option 'thick' must be a number of at least 1"] =
        { thick = 0 },
      ["did you mean 'thick'?"] = { thik = 1 },
      ["must be a number"] = { thick = "8" },
    } do
      with({ ["routing/thick.lua"] = THICK }, function(scripts)
        local none, err = scripts:script("routing", "thick")
        assert.is_nil(none)
        assert.truthy(err.message:find(words, 1, true), err.message)
      end, { routing = { thick = options } })
    end
  end)

  it("checks what each kind answers", function()
    local cases = {
      { "selection", "select", "return 'deepseek'", "the answer of 'deepseek' is a failure" },
      { "selection", "select", "return 'nobody'", "there is no answer 'nobody'" },
      { "selection", "select", "return { summary = 1 }", "summary: must be a text" },
      { "selection", "select", "return { summary = '', confidence = 2 }", "confidence: must be" },
      { "selection", "select", "return { summary = '', details = { 1 } }", "details[1]: must be" },
      { "selection", "select", "return { summary = '', from = { 'x' } }", "from[1]: there is no" },
      { "routing", "route", "return 5", "must return a name or a table" },
      { "routing", "route", "return { provider = '' }", "provider: must be a name" },
      { "retry", "decide", "return true", "must return { retry" },
      { "retry", "decide", "return { retry = true, delay = -1 }", "delay: must be seconds" },
      { "retry", "decide", "return { retry = true, delay = 0 / 0 }", "delay: must be seconds" },
      { "alerts", "alert", "return { severity = 'bad', message = 'x' }", "severity: must be one" },
      { "alerts", "alert", "return { severity = 'info' }", "message: must be a text" },
      { "reports", "report", "return { title = 'x', sections = { {} } }", "sections[1].title" },
      { "reports", "report",
        "return { title = 'x', sections = { { title = '', columns = { 'a' }, rows = { {} } } } }",
        "sections[1].rows[1]: must be a list of 1 cells" },
      { "reports", "report", "return {}", "title: must be a text" },
      { "reports", "report", "return { title = '', sections = { { title = '', charts = {} } } }",
        "sections[1]: there is no field 'charts'" },
      { "reports", "report", "return { title = '', sections = { { title = '', chart = { kind = "
        .. "'pie', labels = {}, series = {} } } } }",
        "sections[1].chart.kind: must be one of bars, columns, line, not 'pie'" },
      { "reports", "report", "return { title = '', sections = { { title = '', chart = { kind = "
        .. "'line', labels = { 'a' }, series = { { name = 'x', values = { 1, 2 } } } } } } }",
        "sections[1].chart.series[1].values: has 2 values for 1 labels" },
      { "reports", "report", "return { title = '', sections = {}, figures = { { label = 'x', "
        .. "value = 0 / 0 } } }", "figures[1].value: must be a number, or false where it is not" },
      { "reports", "report", "return { title = '', sections = { { title = '', columns = { { 'a', "
        .. "'euro' } } } } }", "sections[1].columns[1][2]: must be one of text, count, number" },
    }
    for _, case in ipairs(cases) do
      local kind, entry, body, words = case[1], case[2], case[3], case[4]
      local text = ("return { %s = function() %s end }"):format(entry, body)
      with({ [kind .. "/mine.lua"] = text }, function(scripts)
        local _, err = scripts:decide(kind, "mine", kinds[kind].sample)
        assert.truthy(err and err.message:find(words, 1, true), err and err.message or body)
        assert.truthy(err.message:find(("mine.lua:1: %s: "):format(entry), 1, true), err.message)
      end)
    end
  end)

  it("is not brought down by any answer", function()
    local SEED = 4711
    math.randomseed(SEED)
    local WORDS = { "openai", "deepseek", "summary", "title", "sections", "rows", "retry", "delay",
      "severity", "message", "from", "details", "columns", "text", "provider", "confidence" }
    local function drawn(depth)
      local which = math.random(depth > 0 and 6 or 4)
      if which == 1 then return math.random() < 0.5 end
      if which == 2 then return ({ 0, -1, 1e308, 0 / 0, 1 / 0, 5 })[math.random(6)] end
      if which == 3 then return WORDS[math.random(#WORDS)] end
      if which == 4 then return "" end
      local made = {}
      for i = 1, math.random(0, 4) do
        made[math.random() < 0.5 and i or WORDS[math.random(#WORDS)]] = drawn(depth - 1)
      end
      return made
    end
    for _ = 1, 500 do
      for _, kind in ipairs(kinds.NAMES) do
        local ok, output, message = pcall(kinds[kind].check, drawn(4), kinds[kind].sample)
        assert.is_true(ok, ("%s: %s (seed %d)"):format(kind, tostring(output), SEED))
        assert.is_true(output ~= nil or type(message) == "string")
      end
    end
  end)
end)
