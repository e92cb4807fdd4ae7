-- SPDX-License-Identifier: MIT
-- What every storage of records must do (vision.RecordStorage), as specs:
--
--   describe("records in memory", function()
--     contract(function() return assert(memory.open()) end)
--   end)
--
-- `open` gives a storage with nothing in it; it is closed after each test.

local at_hand = require "spec.support.storage_contract.at_hand"
local busted = require "busted"

local PARTS = { "saving", "filters", "text", "pages", "deleting", "rollups", "chance" }

--- Describes all of it, for one kind of storage.
---@param open fun(): vision.RecordStorage
return function(open)
  busted.describe("as a storage of records", function()
    busted.before_each(function() at_hand.take(open()) end)
    busted.after_each(function() at_hand.store:close() end)
    for _, part in ipairs(PARTS) do
      busted.describe(part, require("spec.support.storage_contract." .. part))
    end
  end)
end
