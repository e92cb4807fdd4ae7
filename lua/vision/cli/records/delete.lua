-- SPDX-License-Identifier: MIT
-- vision records delete: forgets a picture.

local filters = require "vision.cli.records.filters"
local stores = require "vision.cli.records.stores"

local delete = {}

delete.summary = "Delete all records of a picture"
delete.description = [[
Deletes every record of one picture, whatever its file was called, and the picture itself where the
configuration keeps pictures (records.keep_pictures). Without --yes it says what would be deleted,
and deletes nothing. A backup that was made before still has it.]]

delete.examples = {
  { "vision records delete --store records.db flange.pdf", "what would be deleted" },
  { "vision records delete --store records.db flange.pdf --yes", "delete it" },
  { "vision records delete --store records.db --yes \\\n      "
    .. "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "a picture that is not here any more" },
}

function delete.configure(command)
  command:argument "picture" :argname "FILE|HASH"
    :description "The picture, or the SHA-256 of its bytes (image_hash)."
  stores.options(command)
  command:flag "--yes" :description "Delete; there is no way back."
end

local function delete_all(persistence, configured, hash)
  local deleted, err = persistence:delete_picture(hash)
  if deleted and configured.keep_pictures then
    require("vision.records.pictures").forget(configured.keep_pictures, hash)
  end
  return deleted, err
end

function delete.run(given, context)
  local say, count_of = require("vision.cli").say, require("vision.cli.text").count
  return stores.with(given, function(persistence, configured)
    local hash, err = filters.picture(given.picture)
    if not hash then return nil, err end
    local count
    if given.yes then
      count, err = delete_all(persistence, configured, hash)
    else
      count, err = persistence:count { image_hash = hash }
    end
    if not count then return nil, err end
    if given.yes then
      say(context, "%s of %s deleted", count_of(count, "record"), given.picture)
      return 0
    end
    say(context, "%s of %s would be deleted; say --yes to do it", count_of(count, "record"),
      given.picture)
    return 1
  end)
end

return delete
