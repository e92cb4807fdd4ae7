-- SPDX-License-Identifier: MIT
-- vision records copy: all records of a store into another one.

local filters = require "vision.cli.records.filters"
local stores = require "vision.cli.records.stores"

local copy = {}

copy.summary = "Copy records into another store"
copy.description = [[
Copies all records that match into another store, the oldest first: from a file to PostgreSQL or
Redis, or back. What is there already stays as it is; broken off and run again, it goes on. All but
the records is made anew, so that a store whose indexes are damaged becomes a whole one.]]

copy.examples = {
  { "vision records copy --store records.db postgres://vision@db/vision", "move to PostgreSQL" },
  { "vision records copy --store saved.db records-new.db", "a whole store of what was saved" },
}

local PAGE = 200 -- records at a time

function copy.configure(command)
  command:argument "destination" :argname "TO"
    :description "The other store: a file, which is begun where there is none, or a URL."
  stores.options(command)
  filters.options(command)
end

local function draw(line, done, all, since)
  local seconds = require("vision.base.clock").mono() - since
  line:draw { completed = done, failed = 0, total = all, progress_percent = 100 * done / all,
    estimated_remaining_seconds = done > 0 and seconds / done * (all - done) or math.huge }
end

local function copy_all(persistence, other, filter, line)
  local all, err = persistence:count(filter)
  if not all then return nil, err end
  local done, since = 0, require("vision.base.clock").mono()
  local page
  filter.limit, filter.order = PAGE, "oldest"
  repeat
    page, err = persistence:query_results(filter)
    if not page then return nil, err end
    if page.records[1] then
      local ok
      ok, err = other:save(page.records)
      if not ok then return nil, err end
    end
    done = done + #page.records
    draw(line, done, math.max(all, done, 1), since)
    filter.cursor = page.next_cursor
  until not page.next_cursor
  return done
end

function copy.run(given, context)
  return stores.with_to_read(given, function(persistence)
    local filter, err = filters.of(given)
    if not filter then return nil, err end
    local other
    other, err = require("vision.records.storage").open(given.destination)
    if not other then return nil, err end
    local line = require("vision.cli.bar").new(context.err, context.terminal(2))
    local ok, count, failed = pcall(copy_all, persistence, other, filter, line)
    line:clear()
    other:close()
    if not ok then error(count, 0) end
    if not count then return nil, failed end
    require("vision.cli").say(context, "%s copied",
      require("vision.cli.text").count(count, "record"))
    return 0
  end)
end

return copy
