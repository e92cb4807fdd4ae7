-- SPDX-License-Identifier: MIT
-- vision records show: all of one record.

local filters = require "vision.cli.records.filters"
local stores = require "vision.cli.records.stores"

local show = {}

show.summary = "Show a record"
show.description = [[
Shows all that was kept of one analysis: when and by whom it was read, what it cost, what was tried,
and the reading as 'vision analyze' shows it.]]

show.examples = {
  { "vision records show --store records.db 01KAYH3V2M8XQ4ZC7RBN5TGW6D", "one record" },
  { "vision records show --store records.db 01KAYH3V2M8XQ4ZC7RBN5TGW6D --json", "for programs" },
}

function show.configure(command)
  command:argument "id" :argname "ID" :description "The name of the record, as 'query' lists it."
  stores.options(command)
  command:option "--timezone" :argname "NAME" :default "UTC"
    :description "Whose hours are shown, for example Europe/Berlin."
  command:flag "--json" :description "Print the record as one JSON object."
end

function show.run(given, context)
  return stores.with_to_read(given, function(persistence)
    local filter, zone = filters.of(given)
    if not filter then return nil, zone end
    local record, err = persistence:get(given.id:upper())
    if not record then
      return nil, err or require("vision.base.error").new("not_found",
        ("there is no record '%s' in this store"):format(given.id))
    end
    if given.json then
      context.out:write(assert(require("vision.records.record").to_json(record)), "\n")
    else
      context.out:write(require("vision.cli.records.view").record(record, zone,
        context.terminal(1)))
    end
    return 0
  end)
end

return show
