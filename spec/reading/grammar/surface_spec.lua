-- SPDX-License-Identifier: MIT
local cases = require "spec.support.callout_cases"

local function finish(parameter, nominal, more)
  local fields = { type = "surface_finish", parameter = parameter, nominal = nominal }
  for name, value in pairs(more or {}) do
    fields[name] = value
  end
  return fields
end

describe("surface finish", function()
  cases(it, {
    { "Ra 3,2", finish("Ra", 3.2) }, { "Ra3.2", finish("Ra", 3.2) },
    { "√Ra 1,6", finish("Ra", 1.6) }, { "√ 3,2", finish(nil, 3.2) },
    { "L Rz 2.5", finish("Rz", 2.5, { minimum = true }) },
    { "U Ra 0.8", finish("Ra", 0.8, { maximum = true }) },
    { "Rz 25 max", finish("Rz", 25, { maximum = true }) }, { "Rmax 6.3", finish("Rmax", 6.3) },
    { "Ra 1,6-3,2", { limits = { upper = 3.2, lower = 1.6 } } },
    { "N7", { type = "surface_finish", grade = "N7" } },
  })
end)
