-- SPDX-License-Identifier: MIT
local cases = require "spec.support.callout_cases"

local function sink(nominal, angle)
  return { type = "countersink", nominal = nominal, angle = angle }
end

local function bore(nominal, depth)
  return { type = "counterbore", nominal = nominal, depth = depth }
end

describe("counterbores and countersinks", function()
  cases(it, {
    { "⌵ Ø10 x 90°", sink(10, 90) },
    { "⌵ 90° Ø12", sink(12, 90) }, { "CSK Ø10 x 90°", sink(10, 90) },
    { "Senkung 90° Ø12", sink(12, 90) }, { "försänkning 90° Ø12", sink(12, 90) },
    { "Forsankning Ø11 djup 6", bore(11, 6) }, { "Senkung Ø11 x 6,8 tief", bore(11, 6.8) },
    { "CBORE Ø11 x 6", bore(11, 6) }, { "C'BORE Ø11 ↧ 6", bore(11, 6) },
    { "SF Ø20", { type = "counterbore", nominal = 20, spotface = true } },
  })

  cases(it, {
    { "2x Ø5,5 ↧ 10 ⌴ Ø10 ↧ 5",
      { type = "diameter", quantity = 2, nominal = 5.5, depth = 10,
        counterbore = { diameter = 10, depth = 5 } } },
    { "Ø6,6 THRU, ⌵ Ø12,6 X 90°",
      { nominal = 6.6, through = true, countersink = { diameter = 12.6, angle = 90 } } },
    { "Ø6,6 durch Senkung Ø11 H13 6 tief",
      { nominal = 6.6, counterbore = { diameter = 11, fit = "H13", depth = 6 } } },
  })
end)

describe("depths", function()
  cases(it, {
    { "↧20", { type = "depth", depth = 20 } }, { "20 DEEP", { type = "depth", depth = 20 } },
    { "Ø5 ↧ 12,5", { depth = 12.5 } }, { "Ø5 x 20 DEEP", { depth = 20 } },
    { "Ø5 Tiefe 20", { depth = 20 } }, { "Ø5 djup 20", { depth = 20 } },
    { "Ø5 20 mm tief", { depth = 20 } },
  })

  -- What stands behind a depth or a bore is theirs: the hole must not get it.
  cases(it, {
    { "Ø6 H7 ↧20 +0,5/0", { fit = "H7", depth = 20, depth_upper = 0.5, depth_lower = 0 } },
    { "Ø6 ⌴ Ø10 +0,2/0 ↧ 5",
      { nominal = 6, counterbore = { diameter = 10, upper = 0.2, lower = 0, depth = 5 } } },
  })
end)
