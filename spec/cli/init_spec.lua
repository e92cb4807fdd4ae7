-- SPDX-License-Identifier: MIT
local cli = require "vision.cli"
local command = require "spec.support.command"
local run = require("spec.support.command_line").run

-- The one line that a failed command says.
local function assert_one_line(err)
  assert.truthy(err:find "^vision: [^\n]+\n$", err)
end

describe("the command line", function()
  it("lists every command", function()
    local code, out = run { "--help" }
    assert.equal(cli.EXIT.DONE, code)
    for _, name in ipairs(cli.COMMANDS) do
      assert.truthy(out:find("\n   " .. name, 1, true), name)
    end
  end)

  it("gives each command its help, in lines of at most 80 columns, with examples", function()
    for _, name in ipairs(cli.COMMANDS) do
      local code, out, err = run { name, "--help" }
      assert.equal(cli.EXIT.DONE, code)
      assert.equal("", err)
      assert.truthy(out:find("Usage: vision " .. name, 1, true))
      assert.truthy(out:find("\nExamples:\n", 1, true))
      for line in out:gmatch "[^\n]+" do
        assert.truthy(#line <= 80, line)
      end
      local _, same = run { "help", name }
      assert.equal(out, same)
    end
  end)

  it("shows help before it complains about what is missing", function()
    assert.equal(cli.EXIT.DONE, (run { "analyze", "-h" }))
    assert.equal(cli.EXIT.DONE, (run { "analyze", "--pages", "x", "--help" }))
  end)

  it("is a usage error to say nothing", function()
    local code, out, err = run {}
    assert.equal(cli.EXIT.USAGE, code)
    assert.equal("", out)
    assert.truthy(err:find "Usage: vision")
  end)

  local WRONG = {
    { { "anlyze", "x" }, "unknown command 'anlyze'. Did you mean 'analyze'?" },
    { { "analyze" }, "missing argument 'FILE'" },
    { { "analyze", "--modle", "m", "x" }, "Did you mean '--model'?" },
    { { "analyze", "--provider", "nobody", "x" }, "must be one of" },
    { { "analyze", "--pages", "3-1", "x" }, "such as 1 or 2,4-6, not '3-1'" },
    { { "analyze", "--pages", "", "x" }, "--pages wants" },
    { { "analyze", "--pages", "1-99999999", "x" }, "--pages wants" },
    { { "analyze", "--dpi", "1.5", "x" }, "--dpi must be a whole number from 50 to 600" },
    { { "analyze", "--timeout", "0", "x" }, "--timeout must be a number" },
    { { "analyze", "--timeout", "-1", "x" }, "--timeout must be a number" },
    { { "analyze", "--json", "-1", "x" }, "option '--json' does not take arguments" },
    { { "analyze", "--timeout", "nan", "x" }, "--timeout must be a number" },
    { { "analyze", "--var", "noequals", "x" }, "NAME=VALUE" },
    { { "analyze", "--json", "--csv", "x" }, "can not be used together" },
    { { "analyze", "--overlay", "o.svg", "x", "y" }, "--overlay takes one drawing" },
    { { "ocr", "--ocr-provider", "eyes", "x" }, "must be one of" },
    { { "completion", "tcsh" }, "must be one of" },
    { { "help", "nothing" }, "must be one of 'analyze', 'batch'" },
  }
  for _, case in ipairs(WRONG) do
    it("says in one line what is wrong with: " .. table.concat(case[1], " "), function()
      local code, out, err = run(case[1])
      assert.equal(cli.EXIT.USAGE, code)
      assert.equal("", out)
      assert_one_line(err)
      assert.truthy(err:find(case[2], 1, true), err)
      assert.truthy(err:find("--help", 1, true), err)
    end)
  end

  it("says a fault of its own in one line and ends with 1", function()
    local code, out, err = run({ "providers" }, {
      manager = { providers = function() error "broken" end },
    })
    assert.equal(cli.EXIT.FAILED, code)
    assert.equal("", out)
    assert_one_line(err)
    assert.truthy(err:find "report")
  end)

  it("names a Lua module that is not installed", function()
    local code, _, err = run({ "providers" }, {
      make_manager = function() require "lua_module_of_nobody" end,
    })
    assert.equal(cli.EXIT.FAILED, code)
    assert_one_line(err)
    assert.truthy(err:find("'lua_module_of_nobody' is missing: 'vision doctor' says", 1, true))
  end)

  -- The command line in a process whose core cannot be loaded.
  local function without_core(...)
    local pipe = assert(io.popen(([[LUA_PATH='%s' LUA_CPATH='%s' %s -e '
      package.preload["vision.core"] = function() error("no core here", 0) end
      os.exit(require("vision.cli").main { "%s" })' 2>&1]]):format(
      package.path, package.cpath, command.INTERPRETER, table.concat({ ... }, '", "'))))
    local text = pipe:read "*a"
    pipe:close()
    return text
  end

  it("needs no core for help, nor for doctor to say that it is missing", function()
    assert.truthy(without_core("analyze", "--help"):find "Usage: vision analyze")
    local report = without_core "doctor"
    assert.truthy(report:find "missing +vision%.core +no core here")
    assert.truthy(report:find("-> run ./vision in the checkout to build it", 1, true))
  end)

  it("calls no output a success that was not written whole", function()
    local said
    local full = {
      write = function() return nil, "No space left on device" end,
      flush = function(self) return self end, -- stdio has forgotten by then
    }
    local world = cli.context()
    world.out, world.err = full, { write = function(_, ...) said = table.concat { ... } end }
    assert.equal(cli.EXIT.FAILED, cli.main({ "schema" }, world))
    assert.equal("vision: cannot write the output: No space left on device\n", said)
  end)

  it("has a page for each command, and the page shows its --help", function()
    for _, name in ipairs(cli.COMMANDS) do
      local file = assert(io.open("docs/commands/" .. name .. ".md"), name .. " has no page")
      local page = file:read "*a"
      file:close()
      local _, out = run { name, "--help" }
      assert.is_true(page:find(out, 1, true) ~= nil, name .. ": run lua5.4 docs/update.lua")
    end
  end)

  it("has a spec for each command", function()
    for _, name in ipairs(cli.COMMANDS) do
      local path = "spec/cli/" .. name .. "_spec.lua"
      local file = assert(io.open(path), path .. " is missing")
      file:close()
    end
  end)
end)
