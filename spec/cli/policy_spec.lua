-- SPDX-License-Identifier: MIT
local command = require "spec.support.command"
local environment = require "spec.support.environment"
local folder = require "spec.support.folder"
local generation = require "vision.policy.generation"
local json = require "vision.base.json"
local kinds = require "vision.policy.kinds"
local run = require("spec.support.command_line").run

local ACTIONS = { "list", "check", "test", "diff", "new", "reload" }

describe("vision policy", function()
  -- With a folder of the user's own that holds these scripts.
  local function with(files, body)
    folder.with(function(path)
      for name, text in pairs(files) do
        os.execute(("mkdir -p '%s/%s'"):format(path, name:match "^(.*)/" or ""))
        folder.write(path .. "/" .. name, text)
      end
      package.loaded["vision.policy"] = nil
      require("vision.policy.models").replace()
      environment.with({ VISION_SCRIPTS = path }, function() body(path) end)
      require("vision.policy.models").replace()
    end)
  end

  local function lines(text)
    local objects = {}
    for line in text:gmatch "[^\n]+" do objects[#objects + 1] = assert(json.decode(line)) end
    return objects
  end

  it("has help for each command below it, and a page that shows it", function()
    for _, action in ipairs(ACTIONS) do
      local code, out, err = run { "policy", action, "--help" }
      assert.same({ 0, "" }, { code, err })
      assert.truthy(out:find("Usage: vision policy " .. action, 1, true))
      local file = assert(io.open("docs/commands/policy-" .. action .. ".md"), action)
      local page = file:read "*a"
      file:close()
      assert.truthy(page:find(out, 1, true), action .. ": run lua5.4 docs/update.lua")
    end
    local code, _, err = run { "policy" }
    assert.equal(2, code)
    assert.truthy(err:find "vision policy %-%-help")
    code, _, err = run { "policy", "chekc" }
    assert.equal(2, code)
    assert.truthy(err:find("did you mean 'check'", 1, true) or err:find "Did you mean 'check'")
  end)

  it("lists whose each script is, and its options", function()
    with({ ["failover/latency.lua"] = "return { description = 'Mine', order = function() end }",
      ["routing/thick.lua"] = [[return { options = { thick = { "Pages", 8 } },
        route = function() end }]] }, function(path)
      local code, out, err = run { "policy", "list" }
      assert.same({ 0, "" }, { code, err })
      assert.truthy(out:find "latency +yours, before the shipped one +Mine")
      assert.truthy(out:find "priority +shipped")
      assert.truthy(out:find "thick = 8 +Pages")
      assert.truthy(out:find "circuit_diagram +shipped")
      local objects, found = lines(select(2, run { "policy", "list", "--json" })), {}
      for _, object in ipairs(objects) do found[object.kind .. "/" .. object.name] = object end
      assert.same({ "user", true, path .. "/failover/latency.lua" }, {
        found["failover/latency"].origin, found["failover/latency"].shadows,
        found["failover/latency"].path })
      assert.same({ description = "Pages", default = 8, value = 8 },
        found["routing/thick"].options.thick)
      assert.equal("shipped", found["models/models"].origin)
    end)
  end)

  it("lists what is faulty, too, and then ends with 1", function()
    with({ ["failover/mine.lua"] = "return { ordr = function() end }" }, function(path)
      local code, out, err = run { "policy", "list", "failover" }
      assert.equal(1, code)
      assert.truthy(out:find "priority +shipped")
      assert.truthy(err:find(path .. "/failover/mine.lua: ", 1, true))
    end)
    local code, _, err = run { "policy", "list", "failovr" }
    assert.equal(2, code)
    assert.truthy(err:find("did you mean 'failover'?", 1, true))
  end)

  it("checks all scripts, with file, line and reason", function()
    with({ ["failover/good.lua"] = "return { order = function() end }",
      ["failover/bad.lua"] = "return {\n order = function(e) return e.x.y end }",
      ["prompts/bad.lua"] = "return { user_prompt = 'x' }",
      ["models.lua"] = "return {\n models = }" }, function(path)
      local code, out, err = run { "policy", "check" }
      assert.equal(1, code)
      assert.equal(path .. "/failover/good.lua: all right\n", out)
      for _, words in ipairs { "/failover/bad.lua:2: attempt to index", "/models.lua:2: ",
        "/prompts/bad.lua: 'system_prompt' is missing" } do
        assert.truthy(err:find(path .. words, 1, true), err)
      end
      local results = {}
      for _, object in ipairs(lines(select(2, run { "policy", "check", "--json" }))) do
        results[object.file] = object
      end
      assert.is_true(results[path .. "/failover/good.lua"].ok)
      assert.same({ false, 2 }, { results[path .. "/failover/bad.lua"].ok,
        results[path .. "/failover/bad.lua"].line })
    end)
  end)

  it("lets scripts name endpoints and answers that are not in the sample", function()
    local own = [[return { order = function() return { "openai/gpt-5.4", "local" } end }]]
    local pick = [[return { select = function() return "openai/gpt-5.4" end }]]
    with({ ["failover/own.lua"] = own, ["selection/own.lua"] = pick }, function()
      local code, _, err = run { "policy", "check" }
      assert.same({ 0, "" }, { code, err })
      local out
      code, out = run { "policy", "test", "failover/own" }
      assert.same({ 0, '["openai/gpt-5.4","local"]\n' }, { code, out })
    end)
    with({ ["failover/own.lua"] = "return { order = function(list) return list end }" }, function()
      local code, _, err = run { "policy", "check" }
      assert.equal(1, code)
      assert.truthy(err:find(":1: order: [1]: must be a name, not a table", 1, true), err)
    end)
  end)

  it("finds what lies under a name that is nearly right", function()
    with({ ["failovers/mine.lua"] = "", ["modles.lua"] = "", ["notes/x.lua"] = "",
      ["cheapest.lua"] = "",
      ["selection/consensus.lua"] = "", ["routing/my own.lua"] = "", ["routing/.#x.lua"] = "" },
      function(path)
        local code, out, err = run { "policy", "check" }
        assert.same({ 1, "" }, { code, out })
        assert.truthy(err:find(path .. "/failovers: nothing of that name is looked for; "
          .. "did you mean 'failover'?", 1, true), err)
        assert.truthy(err:find(path .. "/modles.lua: ", 1, true), err)
        assert.truthy(err:find(path .. "/cheapest.lua: nothing of that name is looked for; a "
          .. "script lies in the folder of its kind: prompts, ", 1, true), err)
        assert.truthy(err:find(path .. "/routing/my own.lua: the name of a script", 1, true), err)
        assert.truthy(err:find(path .. "/selection/consensus.lua: it is never asked: ", 1, true))
        assert.is_nil(err:find(".#x", 1, true))
        assert.is_nil(err:find("notes", 1, true))
      end)
  end)

  it("checks files that are named, wherever they lie", function()
    with({ ["retry/x.lua"] = "return { decide = function() end }", ["x.lua"] = "return {}" },
      function(path)
        environment.with({ VISION_SCRIPTS = "/nonexistent" }, function()
          local code, out, err = run { "policy", "check", path .. "/retry/x.lua" }
          assert.same({ 0, path .. "/retry/x.lua: all right\n", "" }, { code, out, err })
          code, out, err = run { "policy", "check", path .. "/x.lua" }
          assert.same({ 1, "" }, { code, out })
          assert.truthy(err:find("a folder named after its kind", 1, true))
          code, out, err = run { "policy", "check", "/nonexistent/retry/x.lua" }
          assert.same({ 1, "" }, { code, out })
          assert.truthy(err:find("/nonexistent/retry/x.lua", 1, true))
          code, out, err = run { "policy", "check" }
          assert.same({ 0, "" }, { code, out })
          assert.truthy(err:find("no scripts of yours in /nonexistent", 1, true))
        end)
      end)
  end)

  it("tries a script on an input", function()
    with({ ["routing/mine.lua"] = [[return { options = { thick = { "Pages", 8 } },
      route = function(job, options)
        if job.pages >= options.thick then return "openai" end
      end }]] }, function(path)
      assert.same({ 0, "nothing: the default stands\n", "" },
        { run { "policy", "test", "routing/mine" } })
      folder.write(path .. "/input.json", '{"job":{"pages":3},"options":{"thick":2}}')
      assert.same({ 0, '{"provider":"openai"}\n', "" },
        { run { "policy", "test", "routing/mine", path .. "/input.json" } })
      local _, out = run { "policy", "test", "routing/mine", path .. "/input.json", "--json" }
      local result = assert(json.decode(out))
      assert.same({ "routing", "mine", "openai" },
        { result.kind, result.name, result.output.provider })
      folder.write(path .. "/input.json", '{"job":{}}')
      local code, err
      code, out, err = run { "policy", "test", "routing/mine", path .. "/input.json" }
      assert.same({ 1, "" }, { code, out })
      assert.truthy(err:find(path .. "/routing/mine.lua:3: ", 1, true), err)
      folder.write(path .. "/input.json", "[")
      code, out, err = run { "policy", "test", "routing/mine", path .. "/input.json" }
      assert.same({ 1, "" }, { code, out })
      assert.truthy(err:find("a JSON object is expected", 1, true), err)
      for input, words in pairs { ['{"job":5}'] = ": option 'job' must be a table, not 5",
        ['{"job":{},"jobb":{}}'] = "'jobb'; did you mean 'job'?", ["{}"] = ": 'job' is missing" } do
        folder.write(path .. "/input.json", input)
        code, out, err = run { "policy", "test", "routing/mine", path .. "/input.json" }
        assert.same({ 1, "" }, { code, out })
        assert.truthy(err:find(path .. "/input.json: ", 1, true) and err:find(words, 1, true), err)
      end
    end)
    local code, out = run { "policy", "test", "--sample", "retry/default" }
    assert.equal(0, code)
    assert.same(kinds.retry.sample, json.decode(out))
    code = run { "policy", "test", "routing/nothing" }
    assert.equal(1, code)
    code = run { "policy", "test", "nothing" }
    assert.equal(2, code)
  end)

  it("tries a script on standard input", function()
    folder.with(function(path)
      folder.write(path .. "/in", '{"attempt":1,"error":{"retryable":false},"job":{}}')
      local status, out = command.run({ "policy", "test", "retry/default", "-" },
        { input = path .. "/in" })
      assert.same({ 0, '{"delay":0,"retry":false}\n' }, { status, out })
    end)
  end)

  it("replays recorded decisions", function()
    with({ ["failover/priority.lua"] = "return { order = function() return { 'azure' } end }" },
      function(path)
        local decision = json.encode { kind = "failover", name = "priority",
          input = kinds.failover.sample, output = { "openai" } }
        local same = json.encode { kind = "retry", name = "default", input = kinds.retry.sample,
          output = { retry = true, delay = 0.5 } }
        folder.write(path .. "/d", same .. "\n" .. decision .. "\n")
        local _
        local code, out, err = run { "policy", "diff", path .. "/d" }
        assert.same({ 1, "" }, { code, err })
        assert.equal('2 failover/priority: ["openai"] -> ["azure"]\n'
          .. "1 of 2 decisions would change\n", out)
        _, out = run { "policy", "diff", "--json", path .. "/d" }
        assert.same({ "azure" }, lines(out)[1].after)
        assert.same({ 0, "0 of 1 decisions would change\n", "" },
          { run { "policy", "diff", "--kind", "retry", path .. "/d" } })
        assert.same({ 1, '2 failover/priority: ["openai"] -> ["azure"]\n'
          .. "1 of 1 decisions would change\n", "" },
          { run { "policy", "diff", "--kind", "failover", path .. "/d" } })
        code, _, err = run { "policy", "diff", "--kind", "failovr", path .. "/d" }
        assert.equal(2, code)
        assert.truthy(err:find("there is no kind of script 'failovr'; did you mean 'failover'?", 1,
          true), err)
        folder.write(path .. "/empty", "")
        code, _, err = run { "policy", "diff", path .. "/empty" }
        assert.same({ 1, ("vision: no decision is recorded in %s/empty\n"):format(path) },
          { code, err })
        code, _, err = run { "policy", "diff", path }
        assert.same({ 1, ("vision: cannot read %s: Is a directory\n"):format(path) },
          { code, err })
        code, out, err = run { "policy", "diff", path .. "/nothing" }
        assert.same({ 1, "" }, { code, out })
        assert.truthy(err:find(path .. "/nothing", 1, true))
      end)
  end)

  it("writes a script of each kind that is right and decides nothing yet", function()
    with({}, function(path)
      for _, kind in ipairs(require("vision.cli.policy").KINDS) do
        local code, out, err = run { "policy", "new", kind, "mine" }
        assert.same({ 0, ("%s/%s/mine.lua\n"):format(path, kind), "" }, { code, out, err })
      end
      local code, _, err = run { "policy", "check" }
      assert.same({ 0, "" }, { code, err })
      for _, kind in ipairs { "selection", "failover", "routing", "retry", "alerts" } do
        assert.is_nil(generation.new(1):script(kind, "mine"):decide(kinds[kind].sample))
      end
      code, _, err = run { "policy", "new", "failover", "mine" }
      assert.equal(1, code)
      assert.truthy(err:find("mine.lua is there already", 1, true))
      code = run { "policy", "new", "failover", "../x" }
      assert.equal(2, code)
      code = run { "policy", "new", "failovr", "x" }
      assert.equal(2, code)
      code, _, err = run { "policy", "new", "selection", "consensus" }
      assert.equal(2, code)
      assert.matches("would never be asked: the consensus compares call%-outs", err)
      assert.is_nil(io.open(path .. "/selection/consensus.lua"))
      local made = json.decode((select(2, run { "policy", "new", "retry", "b", "--json" })))
      assert.equal(path .. "/retry/b.lua", made.path)
    end)
    environment.with({ VISION_SCRIPTS = "/proc/nothing" }, function()
      local code, _, err = run { "policy", "new", "failover", "mine" }
      assert.equal(1, code)
      assert.truthy(err:find("cannot make /proc/nothing", 1, true), err)
    end)
  end)

  it("knows the kinds that new writes", function()
    local known = { prompts = true }
    for _, name in ipairs(kinds.NAMES) do known[name] = true end
    for _, name in ipairs(require("vision.cli.policy").KINDS) do
      assert.is_true(known[name])
      known[name] = nil
    end
    assert.same({}, known)
  end)

  it("asks for a reload only when all is right", function()
    with({ ["failover/mine.lua"] = "return {}" }, function(path)
      local code, out, err = run { "policy", "reload" }
      assert.same({ 1, "" }, { code, out })
      assert.truthy(err:find("the function 'order' is missing", 1, true))
      code, out = run { "policy", "reload", "--json" }
      assert.equal(1, code)
      assert.equal(1, #json.decode(out).errors)
      os.remove(path .. "/failover/mine.lua")
      assert.equal(1, json.decode((select(2, run { "policy", "reload", "--json" }))).generation)
      code, out = run { "policy", "reload" }
      assert.same({ 0, "running programs read the scripts again (reload 2)\n" }, { code, out })
    end)
  end)
end)
