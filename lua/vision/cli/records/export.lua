-- SPDX-License-Identifier: MIT
-- vision records export: records for other programs.

local filters = require "vision.cli.records.filters"
local stores = require "vision.cli.records.stores"

local export = {}

export.summary = "Write records out for other programs"
export.description = [[
Writes all records that match, the oldest first, as JSON Lines (everything that was kept) or as CSV
(RFC 4180; the reading is JSON in one column, with summary and confidence beside it). They are read
a page at a time, so that a million needs no more memory than a hundred.

A cell of a CSV that a spreadsheet would take for a formula gets an apostrophe in front.]]

export.examples = {
  { "vision records export --store records.db >records.jsonl", "everything" },
  { "vision records export --store records.db --format csv --from 2026-11-01 --out november.csv",
    "a spreadsheet of what came since then" },
}

function export.configure(command)
  stores.options(command)
  command:option "--format" :choices { "jsonl", "csv" } :default "jsonl"
    :description "JSON Lines or CSV."
  command:option "--out" :argname "FILE" :description "The file to write; else standard output."
  filters.options(command)
end

local function open_output(given, context)
  if not given.out then return context.out end
  local file, message = io.open(given.out, "wb")
  if not file then
    return nil, require("vision.base.error").new("input", "cannot write " .. message)
  end
  return file
end

-- A full disk shows at the latest when the file is closed.
local function close_output(given, file)
  local ok, message = file:flush()
  if given.out then file:close() end
  if ok then return true end
  return nil, require("vision.base.error").new("input",
    ("cannot write %s: %s"):format(given.out or "the output", tostring(message)))
end

function export.run(given, context)
  return stores.with_to_read(given, function(persistence)
    local filter, err = filters.of(given)
    if not filter then return nil, err end
    local file
    file, err = open_output(given, context)
    if not file then return nil, err end
    local count, ok, failed
    count, err = persistence:export {
      format = given.format, filter = filter, write = function(text) return file:write(text) end,
    }
    ok, failed = close_output(given, file)
    if not count or not ok then return nil, err or failed end
    require("vision.cli").say(context, "%s exported",
      require("vision.cli.text").count(count, "record"))
    return 0
  end)
end

return export
