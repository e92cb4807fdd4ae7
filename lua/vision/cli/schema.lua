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
  context.out:write(require("vision.drawing.schema").text(), "\n")
  return 0
end

return schema
