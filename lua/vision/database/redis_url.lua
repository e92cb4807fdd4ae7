-- SPDX-License-Identifier: MIT
-- redis://[user:password@]host[:port][/number]

local errors = require "vision.base.error"

local redis_url = {}

local LOOKS_LIKE = "a Redis address looks like redis://[user:password@]host[:port][/number]"

---@class vision.RedisAddress
---@field host string
---@field port integer
---@field number integer       of the database
---@field name string          the address without user and password, for people
---@field user string?
---@field password fun(): string?  asked for, so that nothing that prints a table shows it

-- The address itself is never shown: it may hold a password, also where it cannot be read.
local function refuse(what)
  return nil, errors.new("invalid_option", what .. "; " .. LOOKS_LIKE)
end

local function decoded(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- "user:password" or ":password"; a lone word is a user without one, which AUTH does not know.
local function credentials_of(text)
  if not text then return nil, nil end
  local user, password = text:match "^([^:/]*):([^/]*)$"
  if not user then return false end
  return user ~= "" and decoded(user) or nil, decoded(password)
end

local function place_of(text)
  local host, port = text:match "^%[([%x:.]+)%]:?(%d*)$"
  if not host then
    host, port = text:match "^([^:%[%]]*):?(%d*)$"
  end
  return host, port
end

--- Reads an address.
---@param url string
---@return vision.RedisAddress|nil
---@return vision.error? err invalid_option; it never shows what stands in the address
function redis_url.parse(url)
  if type(url) ~= "string" or url:find "%c" then return refuse "this is no Redis address" end
  if url:find "^rediss://" then
    return refuse "TLS (rediss://) is not available: put a tunnel (stunnel, ssh) before Redis"
  end
  local rest = url:match "^redis://(.*)$"
  if not rest then return refuse "this is no Redis address" end
  local before, after = rest:match "^(.*)@([^@]*)$"
  local place, number = (after or rest):match "^([^/?#]*)/?(%d*)$"
  local host, port = place_of(place or ":::")
  if not host then return refuse "host, port or number make no sense" end
  local user, password = credentials_of(before)
  if user == false then
    return refuse "before the @ stands no user:password (a / in them is written %2F)"
  end
  host, port, number = host ~= "" and host or "localhost", tonumber(port) or 6379,
    tonumber(number) or 0
  if port < 1 or port > 65535 then return refuse "the port must be from 1 to 65535" end
  return {
    host = host, port = port, number = number, user = user,
    password = function() return password end,
    name = ("redis://%s:%d/%d"):format(host:find ":" and "[" .. host .. "]" or host, port, number),
  }
end

return redis_url
