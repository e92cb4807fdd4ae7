-- SPDX-License-Identifier: MIT
-- A folder of its own for a spec.

local folder = {}

--- Calls `body` with the path of an empty folder that is gone afterwards.
function folder.with(body)
  local path = os.tmpname()
  os.remove(path)
  assert(os.execute("mkdir -p '" .. path .. "/prompts'"))
  local ok, message = pcall(body, path)
  os.execute("rm -rf '" .. path .. "'")
  if not ok then
    error(message, 0)
  end
end

function folder.write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

return folder
