-- SPDX-License-Identifier: MIT
-- vision records backup: a copy of the file while it is written to.

local stores = require "vision.cli.records.stores"

local backup = {}

backup.summary = "Copy the store while it is in use"
backup.description = [[
Writes a whole copy of an SQLite store, as it is at one moment, into a new file; others go on
writing meanwhile. The file gets its name when it is whole and was checked. To restore, stop what
uses the store, remove its file, -wal and -shm, and put the copy in its place. PostgreSQL and Redis
have tools of their own (pg_dump, SAVE).]]

backup.examples = {
  { "vision records backup --store records.db records-2026-11-26.db", "a copy" },
}

function backup.configure(command)
  command:argument "out" :argname "FILE" :description "The new file; there must be none."
  stores.options(command)
end

function backup.run(given, context)
  local errors = require "vision.base.error"
  return stores.with_to_read(given, function(persistence)
    local storage = persistence:open()
    if not storage.backup then
      return nil, errors.new("usage", "only an SQLite store is copied so; PostgreSQL has pg_dump, "
        .. "Redis has SAVE")
    end
    local ok, err = storage:backup(given.out)
    if not ok then
      return nil, errors.new(err.reason == "invalid_option" and "input" or err.reason, err.message)
    end
    require("vision.cli").say(context, "%s has all records", given.out)
    return 0
  end)
end

return backup
