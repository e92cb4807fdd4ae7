-- SPDX-License-Identifier: MIT
-- The tables are held against others of the same standards, ordered the other way round, so that a
-- wrong figure on either side shows.
local threads = require "vision.reading.checks.threads"

-- Sizes by pitch, as in GB/T 193-2003, which is ISO 261:1998 up to 300 mm.
local SIZES = {
  [0.2] = "1 1.1 1.2 1.4 1.6 1.8", [0.25] = "1 1.1 1.2 2 2.2", [0.3] = "1.4",
  [0.35] = "1.6 1.8 2.5 3 3.5", [0.4] = "2", [0.45] = "2.2 2.5", [0.5] = "3 4 4.5 5 5.5",
  [0.6] = "3.5", [0.7] = "4", [0.75] = "4.5 6 7 8 9 10 11", [0.8] = "5",
  [1] = "6 7 8 9 10 11 12 14 15 16 17 18 20 22 24 25 27 28 30", [1.25] = "8 9 10 12 14",
  [1.5] = "10 11 12 14 15 16 17 18 20 22 24 25 26 27 28 30 32 33 35 36 38 39 40 42 45 48 50 52 55 "
    .. "56 58 60 62 64 65 68 70 72 75 76 80",
  [1.75] = "12",
  [2] = "14 16 18 20 22 24 25 27 28 30 32 33 36 39 40 42 45 48 50 52 55 56 58 60 62 64 65 68 70 "
    .. "72 75 76 78 80 82 85 90 95 100 105 110 115 120 125 130 135 140 145 150",
  [2.5] = "18 20 22",
  [3] = "24 27 30 33 36 39 40 42 45 48 50 52 55 56 58 60 62 64 65 68 70 72 75 76 80 85-250",
  [3.5] = "30 33", [4] = "36 39 42 45 48 52 55 56 58 60 62 64 65 68 70 72 75 76 80 85-300",
  [4.5] = "42 45", [5] = "48 52", [5.5] = "56 60", [6] = "64 68 70 72 76 80 85-300",
  [8] = "125 130 140 150 160 170 180 190 200 210 220 230 240 250 260 270 280 290 300",
}

local function key(size, pitch)
  return ("M%gx%g"):format(size, pitch)
end

-- "85-300" are all sizes in steps of 5.
local function designations()
  local known = {}
  for pitch, sizes in pairs(SIZES) do
    for first, last in sizes:gmatch "([%d.]+)%-?(%d*)" do
      for size = tonumber(first), tonumber(last) or tonumber(first), 5 do
        known[key(size, pitch)] = true
      end
    end
  end
  return known
end

describe("metric threads", function()
  it("have the pitches of ISO 261, and no others", function()
    local known, wrong = designations(), {}
    for tenths = 10, 3050 do
      for pitch in pairs(SIZES) do
        local name = key(tenths / 10, pitch)
        local right = threads.metric { size = tenths / 10, pitch = pitch } == nil
        if right ~= (known[name] == true) then
          wrong[#wrong + 1] = name
        end
      end
    end
    table.sort(wrong)
    assert.same({}, wrong)
  end)

  it("need no pitch, but a size that exists", function()
    assert.is_nil(threads.metric { size = 8 })
    assert.equal("M8.5 is no size of ISO 261", threads.metric { size = 8.5 })
    assert.equal("ISO 261 has no pitch of 1.5 for M8", threads.metric { size = 8, pitch = 1.5 })
  end)
end)

-- Sizes by threads per inch, as in ASME B1.1-2003, table 1.
local SERIES = {
  UNC = { [64] = "#1", [56] = "#2", [48] = "#3", [40] = "#4 #5", [32] = "#6 #8", [24] = "#10 #12",
    [20] = "1/4", [18] = "5/16", [16] = "3/8", [14] = "7/16", [13] = "1/2", [12] = "9/16",
    [11] = "5/8", [10] = "3/4", [9] = "7/8", [8] = "1", [7] = "1_1/8 1_1/4", [6] = "1_3/8 1_1/2",
    [5] = "1_3/4", [4.5] = "2 2_1/4", [4] = "2_1/2 2_3/4 3 3_1/4 3_1/2 3_3/4 4" },
  UNF = { [80] = "#0", [72] = "#1", [64] = "#2", [56] = "#3", [48] = "#4", [44] = "#5",
    [40] = "#6", [36] = "#8", [32] = "#10", [28] = "#12 1/4", [24] = "5/16 3/8",
    [20] = "7/16 1/2", [18] = "9/16 5/8", [16] = "3/4", [14] = "7/8",
    [12] = "1 1_1/8 1_1/4 1_3/8 1_1/2" },
  UNEF = { [32] = "#12 1/4 5/16 3/8", [28] = "7/16 1/2", [24] = "9/16 5/8 11/16",
    [20] = "3/4 13/16 7/8 15/16 1",
    [18] = "1_1/16 1_1/8 1_3/16 1_1/4 1_5/16 1_3/8 1_7/16 1_1/2 1_9/16 1_5/8 1_11/16" },
}

local function sizes_of(series)
  local tpi_of, list = {}, {}
  for tpi, sizes in pairs(SERIES[series]) do
    for size in sizes:gmatch "%S+" do
      size = size:gsub("_", " ")
      tpi_of[size], list[#list + 1] = tpi, size
    end
  end
  return tpi_of, list
end

describe("unified threads", function()
  it("have the threads per inch of ASME B1.1, and no others", function()
    for series in pairs(SERIES) do
      local tpi_of, list = sizes_of(series)
      for _, size in ipairs(list) do
        for half = 8, 160 do
          local thread = { size = size, tpi = half / 2, series = series }
          assert.equal(tpi_of[size] == half / 2, threads.unified(thread) == nil,
            ("%s-%g %s"):format(size, half / 2, series))
        end
      end
    end
  end)

  -- The first and the last size of each series of one pitch, and their neighbours outside.
  for _, case in ipairs {
    { 4, "2 1/2", "6", "2 3/8" }, { 6, "1 3/8", "6", "1 5/16" }, { 8, "1", "6", "15/16" },
    { 12, "9/16", "6", "1/2" }, { 16, "3/8", "6", "5/16" }, { 20, "1/4", "3", "3 1/8" },
    { 28, "#12", "1 1/2", "1 9/16" }, { 32, "#6", "1", "1 1/16" },
  } do
    it(("of %d to the inch have their range of sizes"):format(case[1]), function()
      for index = 2, 3 do
        assert.is_nil(threads.unified { size = case[index], tpi = case[1], series = "UN" })
      end
      assert.is_truthy(threads.unified { size = case[4], tpi = case[1], series = "UN" })
    end)
  end

  it("without a series may be of any", function()
    assert.is_nil(threads.unified { size = "1/4", tpi = 28 })
    assert.is_nil(threads.unified { size = "No. 8", tpi = 32 })
    assert.equal("ASME B1.1 has no 1/4-8 thread", threads.unified { size = "1/4", tpi = 8 })
    assert.is_truthy(threads.unified { size = "1/0", tpi = 20 })
    assert.is_nil(threads.unified { size = "1/4", tpi = 27, series = "UNS" })
  end)
end)
