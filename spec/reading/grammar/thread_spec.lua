-- SPDX-License-Identifier: MIT
local cases = require "spec.support.callout_cases"
local grammar = require "vision.reading.grammar"

local function thread(fields)
  return { type = "thread", thread = fields }
end

local function metric(size, pitch, more)
  local fields = { standard = "ISO metric", size = size, pitch = pitch }
  for name, value in pairs(more or {}) do
    fields[name] = value
  end
  return thread(fields)
end

local function unified(size, tpi, series, class)
  return thread { standard = "unified", size = size, tpi = tpi, series = series, class = class }
end

describe("threads", function()
  cases(it, {
    { "M3", metric(3) }, { "M 8", metric(8) }, { "M8x1,25", metric(8, 1.25) },
    { "M8x1.25-6H", metric(8, 1.25, { class = "6H" }) },
    { "M6-6H/6g", metric(6, nil, { class = "6H/6g" }) },
    { "M10x1 LH", metric(10, 1, { hand = "left" }) },
    { "M10x1 LH-6H", metric(10, 1, { hand = "left", class = "6H" }) },
    { "M12x1,5 Linksgewinde", metric(12, 1.5, { hand = "left" }) },
    { "M12x1,5 vänster", metric(12, 1.5, { hand = "left" }) },
    { "M16xPh3P1.5-6H", metric(16, 1.5, { lead = 3, class = "6H" }) },
    { "Gewinde M8", metric(8) }, { "gänga M8", metric(8) }, { "Tapped M8", metric(8) },
    { "Tr 20x4", thread { standard = "ISO trapezoidal", size = 20, pitch = 4 } },
    { "Tr 40x14(P7) LH",
      thread { standard = "ISO trapezoidal", size = 40, lead = 14, pitch = 7, hand = "left" } },
    { "S40x7", thread { standard = "buttress", size = 40, pitch = 7 } },
    { "Rd 40x1/6", thread { standard = "round", size = 40, tpi = 6 } },
    { "#10-24 UNC", unified("#10", 24, "UNC") }, { "#4-40", unified("#4", 40) },
    { "1/4-20 UNC-2B", unified("1/4", 20, "UNC", "2B") },
    { '1/4"-20 UNC - 2B', unified("1/4", 20, "UNC", "2B") },
    { "1 1/2-6 UNC", unified("1 1/2", 6, "UNC") }, { "1-8 UNC", unified("1", 8, "UNC") },
    { ".250-20 UNC-2A", unified(".250", 20, "UNC", "2A") },
    { "2-4.5 UNC", unified("2", 4.5, "UNC") },
    { "1/2-10 ACME-2G", thread { standard = "Acme", size = "1/2", tpi = 10, class = "2G" } },
    { "G1/4", thread { standard = "ISO 228", size = "1/4" } },
    { "G 1 1/2 A", thread { standard = "ISO 228", size = "1 1/2", class = "A" } },
    { "Rp 1/2", thread { standard = "ISO 7", size = "1/2" } },
    { "R 1/4", thread { standard = "ISO 7", size = "1/4" }, unit = "mm" },
    { "R 1/4", { type = "radius", nominal = 0.25, unit = "inch" }, unit = "inch" },
    { "1/8 NPT", thread { standard = "NPT", size = "1/8" } },
    { "1/2-14 NPT", thread { standard = "NPT", size = "1/2", tpi = 14 } },
    { "1/4-19 BSPP", thread { standard = "BSPP", size = "1/4", tpi = 19 } },
    { "W 1/2", thread { standard = "Whitworth", size = "1/2" } },
    { "PG 13,5", thread { standard = "Pg", size = 13.5 } },
  })

  it("have lengths and depths behind them, which are no pitch", function()
    assert.equal(20, grammar.parse("M8x1.25-6H ↧20").depth)
    local deep = grammar.parse "M8 x 20 tief"
    assert.equal(20, deep.depth)
    assert.is_nil(deep.thread.pitch)
    local screw = grammar.parse "M8x1,25x30"
    assert.same({ 1.25, 30 }, { screw.thread.pitch, screw.length })
    assert.equal(12, grammar.parse("M6 x 12").length)
  end)

  it("take depth and through from a remark that says thread again", function()
    local deep = grammar.parse "M8 Gewinde 20 tief"
    assert.same({ "M8", 20 }, { deep.text, deep.depth })
    local through = grammar.parse "4 x M8 Gewinde durchgehend"
    assert.same({ "4 x M8", 4, true }, { through.text, through.quantity, through.through })
  end)

  it("get no pitch that the sheet does not give", function()
    assert.same({ standard = "ISO metric", size = 8 }, grammar.parse("M8").thread)
  end)
end)
