-- SPDX-License-Identifier: MIT
local doctor = require "vision.cli.doctor"
local json = require "vision.base.json"
local run = require("spec.support.command_line").run

local function check_of(name, environment)
  local context = { environment = function(variable) return (environment or {})[variable] end }
  for _, check in ipairs(doctor.checks(context)) do
    if check.name == name then return check end
  end
end

describe("vision doctor", function()
  it("looks for all that the program uses", function()
    local _, out = run { "doctor" }
    for _, name in ipairs {
      "Lua", "cjson", "lpeg", "vision.core", "vision-reader", "poppler", "languages", "scripts",
      "libcurl", "certificates", "OPENAI_API_KEY",
    } do
      assert.truthy(out:find(name, 1, true), name)
    end
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

  it("says what to type for what is missing, and ends with 1", function()
    local folder = os.tmpname() -- a file, so no language lies in it
    local world = { environment = { TESSDATA_PREFIX = folder } }
    local code, out = run({ "doctor" }, world)
    assert.equal(1, code)
    assert.truthy(out:find("missing +languages"))
    assert.truthy(out:find("-> apt-get install tesseract-ocr-eng", 1, true))
    local _, text = run({ "doctor", "--json" }, world)
    local report = assert(json.decode(text))
    assert.is_false(report.ok)
    os.remove(folder)
  end)

  it("takes a check that cannot be made for a finding", function()
    local reader = package.loaded["vision.reading.reader"]
    package.loaded["vision.reading.reader"] = { available = function() error "no pool" end }
    local check = check_of "vision-reader"
    package.loaded["vision.reading.reader"] = reader
    assert.equal("missing", check.state)
    assert.truthy(check.detail:find "no pool")
  end)
end)
