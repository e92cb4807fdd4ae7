-- SPDX-License-Identifier: MIT

local clock = require "vision.base.clock"
local core = require "vision.core"
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local records = require "vision.records.record"
local run = require("spec.support.command_line").run
local samples = require "spec.support.record_samples"
local storage = require "vision.records.storage"

local NOON = samples.START + 30 * 86400 + 12 * 3600 -- 2026-12-01 12:00 UTC
local PICTURE = "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;"

-- A store with some records, the last of them at NOON.
local function with_store(body)
  folder.with(function(root)
    local path = root .. "/records.db"
    local list = {
      samples.record { created_at = NOON - 40 * 86400, provider = "anthropic", tags = { "old" } },
      samples.record { created_at = NOON - 86400 * 1.5, file = "a/shaft.pdf",
        image_hash = core.sha256(PICTURE), tags = { "a,b", "line\nbreak" },
        result = samples.reading { summary = "=cmd|' /C calc'!A0", confidence = 0.5 } },
      samples.record { created_at = NOON - 60, error = samples.failure(), cost_usd = "none",
        image_hash = core.sha256(PICTURE), file = "b/shaft.pdf" },
      samples.record { created_at = NOON },
    }
    local store = assert(storage.open(path))
    assert(store:save(list))
    store:close()
    body(path, list, root)
  end)
end

local function vision(world, ...)
  clock.install { wall = function() return NOON + 1 end }
  local code, out, err = run({ "records", ... }, world)
  clock.install()
  return code, out, err
end

local function on(path, action, ...)
  return vision({}, action, "--store", path, ...)
end

local function lines_of(text)
  local list = {}
  for line in text:gmatch "([^\n]*)\n" do list[#list + 1] = line end
  return list
end

-- The ids in what `query` printed.
local function found(list, out)
  local numbers = {}
  for id in out:gmatch(("%w"):rep(26)) do
    for i, record in ipairs(list) do
      if record.record_id == id then numbers[#numbers + 1] = i end
    end
  end
  return numbers
end

describe("vision records query", function()
  it("lists the newest first, one a line", function()
    with_store(function(path, list)
      local code, out = on(path, "query")
      assert.equal(0, code)
      assert.same({ 4, 3, 2, 1 }, found(list, out))
      local lines = lines_of(out)
      assert.equal(5, #lines)
      assert.matches("2026%-12%-01 12:00:00  %w+ +openai +90 %% +%$0%.0025  flange.pdf: a flange",
        lines[2])
      assert.matches("failed: timeout  unknown  shaft.pdf: too late", lines[3])
    end)
  end)

  it("finds by what it is told", function()
    with_store(function(path, list, root)
      folder.write(root .. "/renamed.gif", PICTURE)
      for _, case in ipairs {
        { { 1 }, "--provider", "anthropic" }, { { 3 }, "--status", "failed" },
        { { 4, 3 }, "--last", "24h" }, { { 4, 3, 2 }, "--from", "7d" },
        { { 4, 3 }, "--from", "2026-12-01" }, { { 2, 1 }, "--to", "2026-11-30" },
        { { 2, 1 }, "--to", "2026-12-01T10:00" }, { { 2 }, "--tag", "a,b" },
        { {}, "--tag", "a" }, { { 4, 1 }, "--min-confidence", "0.6" },
        { { 2 }, "--max-confidence", "0.5" }, { { 3, 2 }, "--text", "shaft" },
        { { 3, 2 }, "--picture", core.sha256(PICTURE):upper() },
        { { 3, 2 }, "--picture", root .. "/renamed.gif" },
        { { 4, 3, 2, 1 }, "--last", "99999w" },
        { { 4 }, "--limit", "1" }, { { 1 }, "--limit", "1", "--order", "oldest" },
      } do
        local numbers = table.remove(case, 1)
        local code, out, err = on(path, "query", (table.unpack or unpack)(case))
        assert.equal(0, code, err)
        assert.same(numbers, found(list, out), table.concat(case, " "))
      end
    end)
  end)

  it("shows and means the hours of a zone", function()
    with_store(function(path, list)
      local _, out = on(path, "query", "--timezone", "Asia/Tokyo", "--from", "2026-12-01T20:59:30")
      assert.same({ 4 }, found(list, out))
      assert.matches("2026-12-01 21:00:00", out, 1, true)
    end)
  end)

  it("goes on with a cursor", function()
    with_store(function(path, list)
      local _, _, err = on(path, "query", "--limit", "3")
      local cursor = err:match "%-%-cursor (%S+)"
      local _, out, more = on(path, "query", "--cursor", cursor)
      assert.same({ 1 }, found(list, out))
      assert.equal("", more)
    end)
  end)

  it("prints a page as JSON, exactly", function()
    with_store(function(path, list)
      local _, out = on(path, "query", "--json", "--limit", "2")
      local page = assert(json.decode(out))
      assert.is_string(page.next_cursor)
      assert.same(json.decode(records.to_json(list[4])), page.records[1])
      assert.equal(1, select(2, out:gsub("\n", "")))
      out = select(2, on(path, "query", "--json", "--provider", "nobody"))
      assert.equal('{"next_cursor":null,"records":[]}\n', out)
    end)
  end)

  it("says what is wrong with a question", function()
    with_store(function(path)
      for said, words in pairs {
        ["that month has 28 days"] = { "--from", "2026-02-30" },
        ["write it as 2026-11-01"] = { "--to", "tomorrow" },
        ["12h, 7d or 4w"] = { "--last", "7 days" }, ["no time zone"] = { "--timezone", "Berlin" },
        ["--from or --last"] = { "--from", "7d", "--last", "7d" },
        ["must be before"] = { "--from", "2026-11-02", "--to", "2026-10-01" },
        ["from 0 to 1"] = { "--min-confidence", "90" }, ["cursor"] = { "--cursor", "x" },
        ["no word"] = { "--text", "!" },
      } do
        local code, out, err = on(path, "query", (table.unpack or unpack)(words))
        assert.equal(2, code, said)
        assert.equal("", out)
        assert.matches(said, err, 1, true)
        assert.matches("vision records query --help", err, 1, true)
      end
      assert.equal(1, (on(path, "query", "--picture", "/not/there.pdf")))
      for _, words in ipairs { { "query", "--picture", "-" }, { "delete", "-" } } do
        local code, _, err = on(path, (table.unpack or unpack)(words))
        assert.equal(2, code)
        assert.matches("by its file or its SHA-256, not '-'", err, 1, true)
      end
    end)
  end)

  it("makes no store where there is none", function()
    folder.with(function(root)
      local path = root .. "/none.db"
      local code, _, err = on(path, "query")
      assert.equal(1, code)
      assert.matches("there is no store " .. path, err, 1, true)
      assert.is_nil((io.open(path)))
      for _, url in ipairs { "postgres+ssl://u:s3cret@h/d", "postgres:/u:s3cret@h/d" } do
        code, _, err = on(url, "query")
        assert.equal(2, code)
        assert.is_nil(err:find("s3cret", 1, true))
      end
      assert.equal(1, (vision({}, "query", "--config", root .. "/vision.lua")))
      folder.write(root .. "/vision.lua", "return {}")
      code, _, err = vision({}, "query", "--config", root .. "/vision.lua")
      assert.equal(2, code)
      assert.matches("no store is known", err)
    end)
  end)

  it("takes a fault of the configuration for no misuse of the command", function()
    folder.with(function(root)
      folder.write(root .. "/vision.lua", "return { recordz = true }")
      local code, _, err = vision({}, "query", "--config", root .. "/vision.lua")
      assert.equal(1, code)
      assert.matches("there is no option 'recordz'; did you mean 'records'%?\n$", err)
    end)
  end)

  it("takes the store of the configuration", function()
    with_store(function(path, list, root)
      folder.write(root .. "/vision.lua", ("return { records = { store = %q } }"):format(path))
      local code, out = vision({}, "query", "--config", root .. "/vision.lua")
      assert.equal(0, code)
      assert.same({ 4, 3, 2, 1 }, found(list, out))
    end)
  end)

  it("cuts to the width of a terminal, and steers none", function()
    with_store(function(path)
      local store = assert(storage.open(path))
      local bell = { code = "X", reason = "\27[2J\7", message = "\27]0;owned\7" }
      assert(store:save { samples.record { created_at = NOON, error = bell, provider = "\27[1m",
        file = "a\nb\27", tags = { "\27[31m" } } })
      store:close()
      local terminal = { is_terminal = true, width = 100, colour = false }
      local _, out = vision({ terminal = terminal }, "query", "--store", path)
      for _, line in ipairs(lines_of(out)) do
        assert.is_true(#line:gsub("[\128-\191]", "") <= 100, line)
        assert.is_nil(line:find "%c")
      end
    end)
  end)
end)

-- The cells of a CSV, by RFC 4180.
local function parse_csv(text)
  local rows, row, at = {}, {}, 1
  while at <= #text do
    local cell
    if text:sub(at, at) == '"' then
      local stop = at + 1
      while text:sub(stop, stop) ~= '"' or text:sub(stop + 1, stop + 1) == '"' do
        stop = stop + (text:sub(stop, stop) == '"' and 2 or 1)
      end
      cell, at = text:sub(at + 1, stop - 1):gsub('""', '"'), stop + 1
    else
      cell = text:match("^[^,\r\n]*", at)
      at = at + #cell
    end
    row[#row + 1] = cell
    if text:sub(at, at) == "," then
      at = at + 1
    else
      assert.equal("\r\n", text:sub(at, at + 1))
      rows[#rows + 1], row, at = row, {}, at + 2
    end
  end
  return rows
end

describe("vision records show", function()
  it("shows all of a reading, and of a failure", function()
    with_store(function(path, list)
      local code, out = on(path, "show", list[2].record_id:lower())
      assert.equal(0, code)
      assert.matches("Tags +a,b, line break", out)
      assert.matches("Tokens +1000 in, 200 out", out)
      assert.matches("Read by +openai %(gpt%-5.4%-mini%)", out)
      assert.matches("Confidence: 50 %", out, 1, true)
      out = select(2, on(path, "show", list[3].record_id))
      assert.matches("Cost +unknown", out)
      assert.matches("Failed (timeout): too late", out, 1, true)
    end)
  end)

  it("prints it as JSON, exactly", function()
    with_store(function(path, list)
      local _, out = on(path, "show", list[2].record_id, "--json")
      assert.equal(records.to_json(list[2]) .. "\n", out)
    end)
  end)

  it("shows what it can of a reading that is none, which somebody's provider gave", function()
    folder.with(function(root)
      local path = root .. "/records.db"
      local list = {
        samples.record { result = { summary = { "a" }, confidence = "high",
          drawing = { callouts = 7 } }, usage = { input_tokens = "many" },
          trail = { { endpoint = 5 }, { seconds = "x" } } },
        samples.record { result = { summary = "fine", details = 5 } },
      }
      local store = assert(storage.open(path))
      assert(store:save(list))
      store:close()
      for _, record in ipairs(list) do
        local code, out = on(path, "show", record.record_id)
        assert.equal(0, code)
        assert.matches("What is kept is no reading as 'vision schema' describes one", out, 1, true)
        assert.equal(records.to_json(record) .. "\n",
          select(2, on(path, "show", record.record_id, "--json")))
      end
      local code, out = on(path, "query")
      assert.same({ 0, { 2, 1 } }, { code, found(list, out) })
      code, out = on(path, "export", "--format", "csv")
      assert.same({ 0, 3 }, { code, #parse_csv(out) })
    end)
  end)

  it("says that there is none", function()
    with_store(function(path)
      local code, out, err = on(path, "show", "01ABC")
      assert.equal(1, code)
      assert.equal("", out)
      assert.matches("there is no record '01ABC'", err)
    end)
  end)
end)

describe("vision records export", function()
  it("writes JSON Lines, the oldest first, that are read back as they were", function()
    with_store(function(path, list)
      local code, out, err = on(path, "export")
      assert.equal(0, code)
      for i, line in ipairs(lines_of(out)) do
        assert.same(list[i], assert(records.from_json(line)))
      end
      assert.matches("4 records exported", err)
    end)
  end)

  it("writes CSV with the fields of the description, quoted, and no formula", function()
    with_store(function(path, list)
      local _, out = on(path, "export", "--format", "csv")
      local rows = parse_csv(out)
      assert.equal("record_id image_hash provider result created_at processing_time_ms cost_usd "
        .. "tags", table.concat(rows[1], " ", 1, 8))
      assert.equal(5, #rows)
      local values = {}
      for i, name in ipairs(rows[1]) do values[name] = rows[3][i] end
      assert.equal(list[2].record_id, values.record_id)
      assert.equal("2026-11-30T00:00:00.000Z", values.created_at)
      assert.same({ "a,b", "line\nbreak" }, json.decode(values.tags))
      assert.equal("'=cmd|' /C calc'!A0", values.summary)
      assert.equal("=cmd|' /C calc'!A0", json.decode(values.result).summary)
      assert.equal("0.0025", values.cost_usd)
      assert.equal("", rows[4][7])
      for i = 2, #rows do assert.equal(#rows[1], #rows[i]) end
    end)
  end)

  it("writes into a file, only what matches, and says when it cannot", function()
    with_store(function(path, list, root)
      local out_file = root .. "/out.jsonl"
      local code, out = on(path, "export", "--out", out_file, "--status", "failed")
      assert.equal(0, code)
      assert.equal("", out)
      local file = io.open(out_file)
      assert.equal(list[3].record_id, records.from_json(file:read "*l").record_id)
      assert.is_nil(file:read "*l")
      file:close()
      local err
      code, out, err = on(path, "export", "--out", root .. "/no/folder.csv")
      assert.same({ 1, "" }, { code, out })
      assert.matches("cannot write", err)
      code, out, err = on(path, "export", "--out", "/dev/full")
      assert.same({ 1, "" }, { code, out })
      assert.matches("No space left", err)
    end)
  end)

  it("holds a page in memory, not all", function()
    folder.with(function(root)
      local path = root .. "/records.db"
      local store = assert(storage.open(path))
      for _ = 1, 12 do
        assert(store:save(samples.records(50, function()
          return { result = samples.reading { summary = ("x"):rep(50000) } }
        end)))
      end
      store:close()
      collectgarbage()
      local before, most, bytes, writes = collectgarbage "count", 0, 0, 0
      local persistence = assert(
        require("vision.records.persistence").ResultPersistence.new { store = path })
      assert.equal(600, persistence:export { format = "jsonl", write = function(text)
        bytes, writes = bytes + #text, writes + 1
        if writes % 90 == 0 then -- in the middle of a page
          collectgarbage()
          most = math.max(most, collectgarbage "count" - before)
        end
        return true
      end })
      persistence:close()
      assert.is_true(bytes > 30e6)
      assert.is_true(most * 1024 < bytes / 2, ("%.0f KB for %.0f"):format(most, bytes))
    end)
  end)
end)

describe("vision records delete", function()
  it("forgets a picture by its file or its digest, and only with --yes", function()
    with_store(function(path, list, root)
      local name = root .. "/drawing.gif"
      folder.write(name, PICTURE)
      local code, _, err = on(path, "delete", name)
      assert.equal(1, code)
      assert.matches("2 records of " .. name .. " would be deleted; say --yes", err, 1, true)
      assert.same({ 4, 3, 2, 1 }, found(list, (select(2, on(path, "query")))))
      code, _, err = on(path, "delete", core.sha256(PICTURE), "--yes")
      assert.equal(0, code)
      assert.matches("2 records of %x+ deleted", err)
      assert.same({ 4, 1 }, found(list, (select(2, on(path, "query")))))
      assert.equal(1, (on(path, "delete", "/not/there.pdf", "--yes")))
      assert.equal(1, (on(path, "delete", "abcdef", "--yes")))
    end)
  end)

  it("forgets the picture, too, where it was kept", function()
    with_store(function(path, _, root)
      local kept = ("%s/%s.gif"):format(root, core.sha256(PICTURE))
      folder.write(kept, PICTURE)
      folder.write(root .. "/vision.lua",
        ("return { records = { store = %q, keep_pictures = %q } }"):format(path, root))
      vision({}, "delete", core.sha256(PICTURE), "--yes", "--config", root .. "/vision.lua")
      assert.is_nil((io.open(kept)))
    end)
  end)
end)

describe("vision records prune", function()
  it("deletes what is too old and the oldest of too many, only with --yes", function()
    with_store(function(path, list)
      local code, _, err = on(path, "prune", "--max-age", "30d")
      assert.equal(1, code)
      assert.matches("1 record would be deleted", err)
      assert.equal(0, (on(path, "prune", "--max-age", "30d", "--yes")))
      assert.same({ 4, 3, 2 }, found(list, (select(2, on(path, "query")))))
      err = select(3, on(path, "prune", "--max-records", "1"))
      assert.matches("2 records would be deleted", err)
      err = select(3, on(path, "prune", "--max-records", "1", "--max-age", "52w", "--yes"))
      assert.matches("2 records deleted", err)
      assert.same({ 4 }, found(list, (select(2, on(path, "query")))))
    end)
  end)

  it("wants to be told how much", function()
    with_store(function(path)
      local code, _, err = on(path, "prune", "--yes")
      assert.equal(2, code)
      assert.matches("say --max-age", err, 1, true)
      assert.equal(2, (on(path, "prune", "--max-age", "0d")))
    end)
  end)
end)

describe("vision records copy", function()
  it("copies what matches into another store, each once", function()
    with_store(function(path, list, root)
      local other = root .. "/other.db"
      local code, _, err = on(path, "copy", other)
      assert.equal(0, code)
      assert.matches("4 records copied", err, 1, true)
      assert.equal(0, (on(path, "copy", other)))
      assert.same({ 4, 3, 2, 1 }, found(list, (select(2, on(other, "query")))))
      assert.equal(0, (on(path, "copy", root .. "/some.db", "--provider", list[1].provider)))
      code, _, err = on(path, "copy", "nothing://x")
      assert.equal(2, code)
      assert.matches("there is no store 'nothing://'", err, 1, true)
    end)
  end)

  it("makes a whole store of one whose words and sums are gone", function()
    with_store(function(path, list, root)
      local sqlite = require "vision.database.sqlite"
      local db = assert(sqlite.open(path))
      assert(db:write { { "DELETE FROM record_sums" }, { "DELETE FROM record_counts" },
        { "INSERT INTO record_words (record_words) VALUES ('delete-all')" } })
      db:close()
      local other = root .. "/other.db"
      assert.equal(0, (on(path, "copy", other)))
      db = assert(sqlite.open(other))
      assert.equal(#list, db:read("SELECT sum(requests) AS n FROM record_sums")[1].n)
      assert.is_true(db:read("SELECT count(*) AS n FROM record_counts")[1].n > 0)
      db:close()
    end)
  end)
end)

describe("vision records backup", function()
  it("writes a whole copy, and over no other file", function()
    with_store(function(path, list, root)
      local copy = root .. "/copy.db"
      assert.equal(0, (on(path, "backup", copy)))
      assert.same({ 4, 3, 2, 1 }, found(list, (select(2, on(copy, "query")))))
      local code, _, err = on(path, "backup", copy)
      assert.equal(1, code)
      assert.matches("copy.db", err, 1, true)
    end)
  end)
end)
