-- SPDX-License-Identifier: MIT
-- Which route a method and a path mean. A pattern like "/records/{id}" has names for whole parts of
-- a path; a part that is spelled out stands before a name.

local errors = require "vision.base.error"

local router = {}

---@class vision.Route
---@field method string    GET, POST, DELETE …
---@field path string      for instance "/api/v1/vision/records/{id}"
---@field name string      of the operation, for OpenAPI and for logs
---@field summary string   one line for people
---@field scope string|false   what a key must be allowed to do; false: anybody may ask
---@field body? vision.server.BodyKind   nil: none is read
---@field query? table<string, vision.OptionSpec>   parameters after the `?`
---@field fields? table<string, vision.OptionSpec>  of the body, or of the query
---@field answer? table      JSON Schema of its answer (server/schemas.lua)
---@field failure? table     of what it answers where it fails, Failure by default
---@field failed? fun(err: vision.error): table  the answer that says it beside the common fields
---@field takes? table       of its body in JSON, where `fields` do not say it
---@field status? integer    of that answer, 200 by default
---@field texts? string[]    other content types that the answer may have
---@field events? boolean    it answers by Server-Sent Events
---@field handler fun(app: vision.App, request: vision.server.Request): vision.server.Reply

local Router = {}
Router.__index = Router

local function parts_of(path)
  local parts = {}
  for part in path:gmatch "[^/]+" do parts[#parts + 1] = part end
  return parts
end

local function add(self, route)
  local node = self.root
  for _, part in ipairs(parts_of(route.path)) do
    local name = part:match "^{([%w_]+)}$"
    local key = name and "{}" or part
    node.children[key] = node.children[key] or { children = {}, name = name, methods = {} }
    node = node.children[key]
  end
  if node.methods[route.method] then
    error(("two routes for %s %s"):format(route.method, route.path))
  end
  node.methods[route.method] = route
  if not route.path:find("{", 1, true) then self.spelled_out[route.path] = node end
end

---@param routes vision.Route[]
function router.new(routes)
  local self = setmetatable({ root = { children = {}, methods = {} }, spelled_out = {} }, Router)
  for _, route in ipairs(routes) do add(self, route) end
  return self
end

local function find(self, path)
  local node, params = self.spelled_out[path], {}
  if node then return node, params end
  node = self.root
  for _, part in ipairs(parts_of(path)) do
    local next_node = part ~= "{}" and node.children[part]
    if not next_node then
      next_node = node.children["{}"]
      if not next_node then return nil end
      params[next_node.name] = part
    end
    node = next_node
  end
  return next(node.methods) and node, params
end

-- Events have no head without their work.
local function head_of(node)
  local get = node.methods.GET
  return get and not get.events and get
end

local function allowed(node)
  local methods = {}
  for method in pairs(node.methods) do methods[#methods + 1] = method end
  if head_of(node) then methods[#methods + 1] = "HEAD" end
  table.sort(methods)
  return table.concat(methods, ", ")
end

--- The route of a request; HEAD is answered as GET, but for events.
---@param method string
---@param path string  decoded
---@return vision.Route|nil
---@return table<string, string>|vision.error params_or_err  no_route, or method_not_allowed with
---  `allow`
function Router:find(method, path)
  local node, params = find(self, path)
  if not node then
    return nil, errors.new("no_route", "there is nothing at this path; GET /openapi.json lists all")
  end
  local route = node.methods[method] or method == "HEAD" and head_of(node)
  if not route then
    local allow = allowed(node)
    return nil, errors.new("method_not_allowed",
      ("this path takes %s, not %s"):format(allow, method:match "^%u+$" or "that"),
      { allow = allow })
  end
  return route, params
end

return router
