-- SPDX-License-Identifier: MIT
-- A helper of busted: the file that SPEC_NOTE names says which spec runs, so that one that
-- stands still can be told.

local path = os.getenv "SPEC_NOTE"

if path then
  require("busted").subscribe({ "test", "start" }, function(element, parent)
    local file = assert(io.open(path, "w"))
    file:write(parent.name, " ", element.name, "\n")
    file:close()
    return nil, true -- others are to hear of it, too
  end)
end
