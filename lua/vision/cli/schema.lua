-- SPDX-License-Identifier: MIT
-- vision schema: the shape of a reading.

local schema = {}

schema.summary = "Print the JSON Schema of a reading"
schema.description = [[
Prints the JSON Schema that the readings of this version keep to. Each reading says its number in
"schema".]]

schema.examples = {
  { "vision schema >reading.schema.json", "for a validator or a code generator" },
}

function schema.configure() end

function schema.run(_, context)
  local reading = require("vision.drawing.schema").reading()
  context.out:write(require("vision.base.json").encode(reading, { pretty = true }), "\n")
  return 0
end

return schema
