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
---@field package users integer  requests and jobs that hold it
---@field package retired fun()?
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

--- Somebody begins to use it: what it stands on is kept until `release`.
function Engine:hold() self.users = self.users + 1 end

local function let_go(self)
  local done = self.retired
  if not done or self.users > 0 then return end
  self.retired = nil
  done()
end

--- Somebody has done with it.
function Engine:release()
  self.users = self.users - 1
  let_go(self)
end

--- Another one reads from now on.
---@param done fun() called when the last who holds it has let go; must not wait
function Engine:retire(done)
  self.retired = done
  let_go(self)
end

---@param given? table  provider, create
---@return vision.server.Engine|nil
---@return vision.error? err invalid_option
function engine.new(given)
  local options, err = option_lists.check(OPTIONS, given or {}, "engine")
  if not options then return nil, err end
  return setmetatable({
    create = options.create, known = {}, users = 0,
    manager = VisionManager.new { provider = options.provider, create = options.create },
  }, Engine)
end

return engine
