-- SPDX-License-Identifier: MIT
-- What processes share: limits, breakers and figures by name, in a file for those of one machine;
-- limits and breakers in Redis for those of several.

local address = require "vision.base.address"
local core = require "vision.core"
local errors = require "vision.base.error"
local log = require "vision.base.log"

local shared_state = {}

local MAX_NAME = 96

local function is_shared_state(value)
  local ok, method = pcall(function() return value.token_bucket end)
  return ok and method ~= nil
end

--- The option of layers that can share.
---@type vision.OptionSpec
shared_state.OPTION = { "a shared state, so that it holds for all processes together",
  type = "any", must_be = "a shared state", check = is_shared_state }

local function is_redis(path)
  return type(path) == "string" and path:find "^rediss?://" ~= nil
end

--- Where limits and breakers of several machines are.
---@param settings { shared_state: string? }
---@return string? url nil: they are no fleet's
function shared_state.fleet_address(settings)
  return is_redis(settings.shared_state) and settings.shared_state or nil
end

--- The file in which processes of this machine count together: a shared state in a file has the
--- figures, too; one in Redis has none.
---@param settings { shared_state: string?, figures_state: string? }
---@return string?
function shared_state.figures_path(settings)
  local path = settings.shared_state
  return path and not is_redis(path) and path or settings.figures_state
end

--- Checks what a shared state would be opened by; opens nothing.
---@param path string
---@return boolean|nil ok
---@return vision.error? err invalid_option
function shared_state.check(path)
  if not is_redis(path) then return address.check_path(path, "shared_state") end
  local found, err = require("vision.database.redis_url").parse(path)
  return found and true, err
end

--- Opens a shared state, or begins one. What had to be set aside is told as a warning.
---@param path string best in memory: in $XDG_RUNTIME_DIR or /run; its folder is this user's alone.
---  Or redis://[user:password@]host[:port][/number]
---@return vision.core.SharedState|vision.Fleet|nil
---@return vision.error? err invalid_option (no path), not_found, unreadable, timeout,
---  out_of_memory, missing_library
function shared_state.shared_state(path)
  local ok, wrong = shared_state.check(path)
  if not ok then return nil, wrong end
  if is_redis(path) then return require("vision.fleet").new(path) end
  local state, err = core.shared_state(path)
  if not state then
    return nil, errors.from(err)
  end
  shared_state.tell(state)
  return state
end

--- Warns of what a state has to tell: what was set aside, or that this process goes on alone.
---@param state vision.core.SharedState|vision.Fleet
function shared_state.tell(state)
  local notice = state:notice()
  if notice then
    log.warn("%s", notice)
  end
end

--- The name by which a layer's object of a provider goes in a shared state.
---@param what string
---@param provider table
---@return string # at most 96 bytes
function shared_state.name(what, provider)
  local name = ("%s of %s"):format(what, provider.endpoint_name or provider.name or "a provider")
  if #name <= MAX_NAME then
    return name
  end
  return name:sub(1, MAX_NAME - 17) .. "#" .. core.sha256(name):sub(1, 16)
end

return shared_state
