-- SPDX-License-Identifier: MIT
-- What the processes of one machine share: limits, breakers and figures by name, in a mapped file.

local core = require "vision.core"
local errors = require "vision.base.error"
local log = require "vision.base.log"

local shared_state = {}

--- Opens a shared state, or begins one. What had to be set aside is told as a warning.
---@param path string best in memory: in $XDG_RUNTIME_DIR or /run; its folder is this user's alone
---@return vision.core.SharedState|nil
---@return vision.error? err not_found, unreadable, timeout, out_of_memory
function shared_state.shared_state(path)
  local state, err = core.shared_state(path)
  if not state then
    return nil, errors.from(err)
  end
  local notice = state:notice()
  if notice then
    log.warn("%s", notice)
  end
  return state
end

return shared_state
