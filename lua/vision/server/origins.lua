-- SPDX-License-Identifier: MIT
-- What pages of other origins may ask through somebody's browser: nothing, unless their origin is
-- allowed (CORS). Not answering them is not enough: a page could have drawings read, and paid,
-- without seeing the answer.

local errors = require "vision.base.error"

local origins = {}

local METHODS = "GET, POST, DELETE"
local HEADERS = "Authorization, Content-Type, Idempotency-Key, OpenAI-Organization, "
  .. "OpenAI-Project, traceparent, X-API-Key, X-Request-Id"
local STAINLESS = "^x%-stainless%-[%w%-]+$" -- what OpenAI's clients tell of themselves
local EXPOSED = "Idempotency-Replayed, Retry-After, traceparent, X-Request-Id"
local PREFLIGHT_SECONDS = "600"

---@class vision.server.Origins
---@field package allowed table<string, true>
---@field package hosts table<string, true>
---@field package guards_host boolean
---@field package own_host string?  the last one that was none of somebody else's
local Origins = {}
Origins.__index = Origins

local function host_of(origin) return origin:match "^%w+://(.+)$" end

local function is_own(headers)
  local origin, host = headers.origin, headers.host
  return headers["sec-fetch-site"] == "same-origin" or host and host_of(origin) == host:lower()
end

local LOOPBACK = { localhost = true, ["[::1]"] = true }

-- A name of somebody else's that leads to this machine: then their page is of our origin.
local function is_foreign_host(self, host)
  if host == self.own_host then return false end -- as most are
  local name = host:lower():gsub(":%d+$", "")
  local is_own_host = LOOPBACK[name] or name:find "^127%.%d+%.%d+%.%d+$"
    or self.hosts[host:lower()]
  if is_own_host then self.own_host = host end
  return not is_own_host
end

local ELSEWHERE = { ["cross-site"] = true, ["same-site"] = true }

-- A picture or a frame of a page is asked for without an Origin, and read and paid all the same. A
-- link that somebody follows may show what there is.
local function is_put_in_a_page(headers, route)
  return ELSEWHERE[headers["sec-fetch-site"]]
    and (headers["sec-fetch-mode"] ~= "navigate" or route.scope == "analyze")
end

local function is_of_others(self, headers, route)
  local origin = headers.origin
  if not origin then return is_put_in_a_page(headers, route) end
  return not self.allowed[origin] and not is_own(headers)
end

--- Why a page's request is not answered.
---@param request vision.server.Request
---@param route vision.Route
---@return vision.error? err forbidden
function Origins:refusal(request, route)
  local headers = request.headers
  if is_of_others(self, headers, route) then
    return errors.new("forbidden", "pages of that origin may not ask this service; who runs it "
      .. "can allow it: vision serve --allow-origin ORIGIN")
  elseif self.guards_host and headers.host and is_foreign_host(self, headers.host) then
    return errors.new("forbidden", "the service answers at this machine's own names alone, since "
      .. "it asks for no key; who runs it can change that: --require-keys, or --allow-origin")
  end
end

-- All that this service reads, and of what is asked for what OpenAI's clients send beside it.
local function allowed_headers(asked)
  local names = { HEADERS }
  for name in (asked or ""):lower():gmatch "[^,%s]+" do
    if name:find(STAINLESS) then names[#names + 1] = name end
  end
  return table.concat(names, ", ")
end

--- The answer to a browser that asks whether it may ask; nil: that was not asked.
---@param request vision.server.Request
---@return vision.server.Reply?
function Origins:preflight(request)
  local headers = request.headers
  if request.method ~= "OPTIONS" or not self.allowed[headers.origin or ""]
    or not headers["access-control-request-method"] then return nil end
  return { status = 204, headers = { ["Access-Control-Allow-Methods"] = METHODS,
    ["Access-Control-Allow-Headers"] = allowed_headers(headers["access-control-request-headers"]),
    ["Access-Control-Max-Age"] = PREFLIGHT_SECONDS } }
end

--- Lets the page of an allowed origin see an answer.
---@param request vision.server.Request
---@param headers table<string, string> of the answer
function Origins:allow(request, headers)
  if not next(self.allowed) then return end
  headers.Vary = headers.Vary and headers.Vary .. ", Origin" or "Origin"
  local origin = request.headers.origin
  if origin and self.allowed[origin] then
    headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Expose-Headers"] = EXPOSED
  end
end

--- Checks what is to be allowed.
---@param given { allowed: string[]?, guards_host: boolean? } `allowed`: "https://tools.example.com"
---  each; `guards_host`: names that are none of this machine's are refused, for where no key is
---  asked for
---@return vision.server.Origins|nil
---@return vision.error? err invalid_option
function origins.new(given)
  local self = setmetatable({ allowed = {}, hosts = {}, guards_host = given.guards_host or false },
    Origins)
  for _, origin in ipairs(given.allowed or {}) do
    if not origin:find "^https?://[%w.%-%[%]:]+$" or origin ~= origin:lower() then
      return nil, errors.new("invalid_option", ("'%s' is no origin: write scheme, name and port as "
        .. "browsers do, for instance https://tools.example.com"):format(origin:sub(1, 80)))
    end
    self.allowed[origin], self.hosts[host_of(origin)] = true, true
  end
  return self
end

return origins
