-- SPDX-License-Identifier: MIT
-- Declares one example for each line of call-out language: what is written, and the fields that
-- matter.
local assert = require "luassert"
local grammar = require "vision.reading.grammar"

---@param it fun(name: string, test: fun())  The block that declares a test.
---@param cases table[]  { text, fields, unit = the sheet's unit? }
return function(it, cases)
  for _, case in ipairs(cases) do
    it("reads " .. case[1] .. (case.unit and " on a sheet in " .. case.unit or ""), function()
      local value = assert(grammar.parse(case[1], case.unit), "no call-out")
      for field, wanted in pairs(case[2]) do
        assert.same(wanted, value[field], field)
      end
    end)
  end
end
