-- SPDX-License-Identifier: MIT
-- The target of a request, "/path/part?name=value&…", taken apart.

local errors = require "vision.base.error"

local target = {}

local MAX_BYTES = 8192

local function refuse(message)
  return nil, errors.new("usage", message)
end

-- nil where a `%` is not followed by two hexadecimal digits.
local function unescape(text)
  if text:gsub("%%%x%x", ""):find("%", 1, true) then return nil end
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

-- A path means one place: nothing in it goes up, is empty inside, or hides a slash.
local function path_of(text)
  local path = unescape(text)
  if not path or path:sub(1, 1) ~= "/" or path:find "%z" or path:find("//", 1, true)
    or text:lower():find("%2f", 1, true) then
    return refuse "the path of the request is not valid"
  end
  for part in path:gmatch "[^/]*" do
    if part == "." or part == ".." then return refuse "the path of the request goes up" end
  end
  return path
end

local function query_of(text)
  local query = {}
  for pair in text:gmatch "[^&]+" do
    local name, value = pair:match "^([^=]*)=?(.*)$"
    name, value = unescape((name:gsub("+", " "))), unescape((value:gsub("+", " ")))
    if not name or not value then
      return refuse "the query of the request is not valid: after each % stand two digits"
    elseif query[name] then
      return refuse(("the query names '%s' twice"):format(name:sub(1, 40)))
    end
    query[name] = value
  end
  return query
end

--- Takes a target apart.
---@param text string as it stands in the request
---@return string|nil path decoded
---@return table<string, string>|vision.error query_or_err
function target.parse(text)
  if #text > MAX_BYTES then return refuse "the target of the request has more than 8192 bytes" end
  local is_plain = text:find "^/[%w_/-]*$" and not text:find("//", 1, true)
  if is_plain then return text, {} end -- as most are
  -- A whole address is for a proxy, and must be understood all the same (RFC 9112, 3.2.2).
  local path, rest = text:gsub("^[hH][tT][tT][pP]://[^/?#]*", ""):match "^([^?#]*)%??([^#]*)"
  local decoded, err = path_of(path)
  if not decoded then return nil, err end
  local query
  query, err = query_of(rest)
  if not query then return nil, err end
  return decoded, query
end

return target
