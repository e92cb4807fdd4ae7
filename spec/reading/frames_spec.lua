-- SPDX-License-Identifier: MIT
local frames = require "vision.reading.frames"

describe("feature control frames in OCR text", function()
  for written, meant in pairs {
    ["Z\\0.3|D"] = "∠|0.3|D",
    ["£7| 0.2"] = "⏥|0.2",
    ["//\\0.2| B"] = "//|0.2|B",
    ["— |0.02"] = "⏤|0.02",
    ["_L |0.02 | A>"] = "⟂|0.02|A",
    ["©} 0,02) A"] = "◎|0,02|A",
    ["| 6 0.3CZM |AM)"] = "Ø0.3CZⓂ|AⓂ",
    ["| 0,2 | A| B"] = "0,2|A|B",
    ["0,02 A"] = "0,02|A",
    ["↗ 0,02 A-B"] = "↗|0,02|A-B",
    ["⌖ Ø0.3CZⓂ|AⓂ"] = "⌖|Ø0.3CZⓂ|AⓂ",
  } do
    it(("reads %q as %q"):format(written, meant), function()
      assert.equal(meant, frames.read(written))
    end)
  end

  for _, text in ipairs { "20", "A|B", "|", "SCALE | 1:1", "0.2|", "1|2|3", "Ø0.3 mm" } do
    it(("takes %q for no frame"):format(text), function()
      assert.is_nil(frames.read(text))
    end)
  end
end)
