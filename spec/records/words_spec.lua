-- SPDX-License-Identifier: MIT

local samples = require "spec.support.record_samples"
local words = require "vision.records.words"

describe("words", function()
  it("are runs of letters and digits in small letters, each once", function()
    for text, list in pairs {
      ["Four holes, four HOLES."] = { "four", "holes" },
      ["M8x1 / 4711-02"] = { "m8x1", "4711", "02" },
      ["Ø19,9 ±0,1 → 2×Ø6°"] = { "ø19", "9", "0", "1", "2", "ø6" },
      ["WÄRME Ölkühler ÉTÉ"] = { "wärme", "ölkühler", "été" },
      ["ВАЛ Втулка ΩΑΣ"] = { "вал", "втулка", "ωασ" },
      ["法兰 盘、轴"] = { "法兰", "盘", "轴" },
      ["“quoted” – dash…"] = { "quoted", "dash" },
      ["nul\0byte"] = { "nul", "byte" },
      [""] = {}, ["-- ! ±"] = {},
    } do
      assert.same(list, words.of(text), text)
    end
  end)

  it("of a record are those of its reading and its file's name", function()
    local line = words.line(samples.record { file = "a/Flange_7.pdf", result = samples.reading {
      summary = "one", details = { "two" }, drawing = { title_block = { title = "three" },
        notes = { "four" }, callouts = { { text = "M5", type = "thread" } },
        missing = { "five" } } } })
    assert.equal(" a flange 7 pdf one two three four m5 ", line)
    assert.is_true(words.all_in(line, { "four", "pdf" }))
    assert.is_false(words.all_in(line, { "fou" }))
    assert.is_false(words.all_in(line, { "thread" }))
    assert.equal(" ", words.line(samples.record { file = "none", error = samples.failure() }))
  end)
end)
