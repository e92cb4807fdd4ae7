-- SPDX-License-Identifier: MIT
-- What reads for the service: one tower of layers for all requests, and one for each provider that
-- a request names, made when it is first asked for and kept, so that limits and breakers hold.

local VisionManager = require("vision.manager").VisionManager
local errors = require "vision.base.error"
local option_lists = require "vision.base.options"
local providers = require "vision.providers"

local engine = {}

local OPTIONS = {
  provider = { "who reads where a request names nobody", type = "string" },
  create = { "(wanted, options) -> provider | nil, err", type = "function",
    default = providers.create_vision_provider },
}

---@class vision.server.Engine
---@field manager vision.VisionManager
---@field package known table<string, table>
local Engine = {}
Engine.__index = Engine

--- The provider that a request names.
---@param name string?  nil: the service's own
---@return table|nil
---@return vision.error? err invalid_option (there is no such provider), missing_key …
function Engine:provider(name)
  if not name then return self.manager:current_provider() end
  if not self.known[name] then
    if not providers.get_available_providers()[name] then
      return nil, errors.new("invalid_option", ("there is no provider '%s'; GET "
        .. "/api/v1/vision/providers lists all"):format(option_lists.shown_word(name)))
    end
    local made, err = self.create(name, {})
    if not made then return nil, err end
    self.known[name] = made
  end
  return self.known[name]
end

---@param given? table  provider, create
---@return vision.server.Engine|nil
---@return vision.error? err invalid_option
function engine.new(given)
  local options, err = option_lists.check(OPTIONS, given or {}, "engine")
  if not options then return nil, err end
  return setmetatable({
    create = options.create, known = {},
    manager = VisionManager.new { provider = options.provider, create = options.create },
  }, Engine)
end

return engine
