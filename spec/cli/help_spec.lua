-- SPDX-License-Identifier: MIT
local run = require("spec.support.command_line").run

describe("vision help", function()
  it("shows what --help shows", function()
    local _, wanted = run { "--help" }
    assert.same({ 0, wanted, "" }, { run { "help" } })
  end)

  it("knows no other command", function()
    local code, _, err = run { "help", "ocrr" }
    assert.equal(2, code)
    assert.truthy(err:find "must be one of 'analyze'")
  end)
end)
