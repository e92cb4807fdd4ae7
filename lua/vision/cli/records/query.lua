-- SPDX-License-Identifier: MIT
-- vision records query: a page of records.

local filters = require "vision.cli.records.filters"
local options = require "vision.cli.options"
local stores = require "vision.cli.records.stores"

local query = {}

query.summary = "Find records"
query.description = [[
Lists the records that match, the newest first, a line each. Where there are more, it says with
which --cursor the next page begins; records that come meanwhile do not shift it.]]

query.examples = {
  { "vision records query --store records.db", "the newest 50" },
  { "vision records query --store records.db --status failed --last 24h", "what failed today" },
  { "vision records query --store records.db --text 'flange 1.4301'", "both words" },
  { "vision records query --store records.db --tag urgent --json", "for programs" },
}

function query.configure(command)
  stores.options(command)
  filters.options(command)
  command:option "--order" :choices { "newest", "oldest" } :description "Which come first."
  command:option "--limit" :argname "NUMBER"
    :convert(options.number_between("--limit", 1, 1000, true))
    :description "So many at most, up to 1000. Default: 50."
  command:option "--cursor" :argname "TEXT" :description "Where the page before ended."
  command:flag "--json"
    :description "Print the page as one JSON object: records, next_cursor."
end

local function show(page, zone, context)
  local view = require "vision.cli.records.view"
  context.out:write(view.list(page.records, zone, context.terminal(1)))
  if page.next_cursor then
    require("vision.cli").say(context, "there are more: --cursor %s", page.next_cursor)
  end
end

function query.run(given, context)
  return stores.with_to_read(given, function(persistence)
    local filter, zone = filters.of(given)
    if not filter then return nil, zone end
    filter.order, filter.limit, filter.cursor = given.order, given.limit, given.cursor
    local page, err = persistence:query_results(filter)
    if not page then return nil, err end
    if given.json then
      context.out:write(require("vision.cli.records.view").json(page))
    else
      show(page, zone, context)
    end
    return 0
  end)
end

return query
