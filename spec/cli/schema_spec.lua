-- SPDX-License-Identifier: MIT
local json = require "vision.base.json"
local run = require("spec.support.command_line").run

describe("vision schema", function()
  it("prints the schema of a reading", function()
    local code, out, err = run { "schema" }
    assert.same({ 0, "" }, { code, err })
    local schema = assert(json.decode(out))
    assert.equal("object", schema.type)
    assert.equal(1, schema.properties.schema.const)
    assert.not_nil(schema.properties.summary)
  end)
end)
