-- SPDX-License-Identifier: MIT
local doctor = require "vision.cli.doctor"
local environment = require "spec.support.environment"
local folders = require "spec.support.folder"
local json = require "vision.base.json"
local run = require("spec.support.command_line").run

local function check_of(name, variables)
  local context = { environment = function(variable) return (variables or {})[variable] end }
  for _, check in ipairs(doctor.checks(context)) do
    if check.name == name then return check end
  end
end

describe("vision doctor", function()
  it("looks for all that the program uses", function()
    local _, out = run { "doctor" }
    for _, name in ipairs {
      "Lua", "cjson", "lpeg", "vision.core", "vision-reader", "poppler", "languages", "scripts",
      "configuration", "libcurl", "certificates", "OPENAI_API_KEY", "vision.postgres",
      "vision.redis",
    } do
      assert.truthy(out:find(name, 1, true), name)
    end
  end)

  it("says what to install for databases whose module was not built", function()
    assert.equal("ok", check_of("vision.redis").state)
    local cpath = package.cpath
    package.cpath = "/nowhere/?.so"
    local check = check_of "vision.redis"
    package.cpath = cpath
    assert.same({ "off", "apt-get install libhiredis-dev, then build again" },
      { check.state, check.advice })
  end)

  it("says whether a key is set and never shows it", function()
    local secret = "sk-" .. ("x"):rep(20)
    assert.equal("off", check_of("OPENAI_API_KEY").state)
    assert.same({ "ok", "set" }, {
      check_of("OPENAI_API_KEY", { OPENAI_API_KEY = secret }).state,
      check_of("OPENAI_API_KEY", { OPENAI_API_KEY = secret }).detail,
    })
    local _, out = run({ "doctor", "--json" }, {
      environment = { OPENAI_API_KEY = secret .. "\n" },
    })
    assert.is_nil(out:find(secret, 1, true))
    assert.truthy(out:find("line break", 1, true))
  end)

  it("finds what is wrong with scripts and configuration", function()
    folders.with(function(root)
      os.execute(("mkdir '%s/failover' '%s/settings'"):format(root, root))
      folders.write(root .. "/failover/mine.lua", "return {")
      folders.write(root .. "/settings/vision.lua", "return { cash = true }")
      local variables = { VISION_SCRIPTS = root, VISION_CONFIG = root .. "/settings/vision.lua" }
      environment.with(variables, function()
        assert.matches("mine.lua:1: ", check_of("scripts").detail)
        local check = check_of "configuration"
        assert.same({ "missing", "see 'vision config check'" }, { check.state, check.advice })
        assert.matches("vision.lua: there is no option 'cash'", check.detail)
        folders.write(root .. "/failover/other.lua", "return {")
        assert.matches("1 more: see 'vision policy check'", check_of("scripts").advice)
      end)
    end)
  end)

  -- Runs `body` with a reader that says this of itself.
  local function with_reader(available, body)
    local name = "vision.reading.reader"
    local real = package.loaded[name]
    package.loaded[name] = { available = available }
    local ok, message = pcall(body)
    package.loaded[name] = real
    assert(ok, message)
  end

  it("says what to type for what is missing, and ends with 1", function()
    with_reader(function() return { tesseract = "5.3.0", languages = { "deu" } } end, function()
      local code, out = run { "doctor" }
      assert.equal(1, code)
      assert.truthy(out:find "missing +languages +deu; eng is not among them")
      assert.truthy(out:find("-> apt-get install tesseract-ocr-eng", 1, true))
      local _, text = run { "doctor", "--json" }
      assert.is_false(assert(json.decode(text)).ok)
    end)
  end)

  it("says whether the reader is kept from the network", function()
    for kind, state in pairs { seccomp = "ok", namespace = "ok", none = "off" } do
      with_reader(function()
        return { tesseract = "5.3.0", languages = { "eng" }, sandbox = kind }
      end, function()
        assert.equal(state, check_of("sandbox").state)
      end)
    end
  end)

  it("takes a check that cannot be made for a finding", function()
    with_reader(function() error "no pool" end, function()
      local check = check_of "vision-reader"
      assert.equal("missing", check.state)
      assert.truthy(check.detail:find "no pool")
    end)
  end)
end)
