-- SPDX-License-Identifier: MIT
-- vision records prune: deletes what is too old or too much.

local filters = require "vision.cli.records.filters"
local options = require "vision.cli.options"
local stores = require "vision.cli.records.stores"

local prune = {}

prune.summary = "Delete what is too old, or too much"
prune.description = [[
Deletes records older than --max-age, and of the rest the oldest where there are more than
--max-records. Without --yes it says how many that are, and deletes nothing. It may run while
others write: it deletes some at a time.]]

prune.examples = {
  { "vision records prune --store records.db --max-age 90d", "how many are older" },
  { "vision records prune --store records.db --max-age 90d --yes", "delete them" },
  { "vision records prune --store records.db --max-records 100000 --yes",
    "keep the newest hundred thousand" },
}

function prune.configure(command)
  stores.options(command)
  command:option "--max-age" :argname "TIME" :convert(filters.duration_option "--max-age")
    :description "Records are kept so long: 12h, 90d, 52w."
  command:option "--max-records" :argname "NUMBER"
    :convert(options.number_between("--max-records", 0, 1000000000, true))
    :description "So many are kept, the newest."
  command:flag "--yes" :description "Delete; there is no way back."
end

-- How many it would be.
local function count(persistence, given)
  local all, err = persistence:count()
  local old = 0
  if all and given.max_age then
    local to = require("vision.base.clock").wall() - given.max_age
    old, err = persistence:count { to = math.max(0, to) }
  end
  if err then return nil, err end
  return math.max(old, given.max_records and all - given.max_records or 0)
end

function prune.run(given, context)
  local say, count_of = require("vision.cli").say, require("vision.cli.text").count
  if not given.max_age and not given.max_records then
    return nil, require("vision.base.error").new("usage", "say --max-age, --max-records or both")
  end
  return stores.with(given, function(persistence)
    local number, err
    if given.yes then
      number, err = persistence:prune {
        max_age_days = given.max_age and given.max_age / 86400, max_records = given.max_records,
      }
    else
      number, err = count(persistence, given)
    end
    if not number then return nil, err end
    local is_asked = not given.yes and number > 0
    say(context, is_asked and "%s would be deleted; say --yes to do it" or "%s deleted",
      count_of(number, "record"))
    return is_asked and 1 or 0
  end)
end

return prune
