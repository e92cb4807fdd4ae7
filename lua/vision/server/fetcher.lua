-- SPDX-License-Identifier: MIT
-- Fetches pictures whose address a client names. That is somebody else's choice: only public
-- addresses are connected to (the connection is judged, not the name), nothing is followed, and of
-- an answer only so much is read, for so long.

local errors = require "vision.base.error"
local http = require "vision.base.http"
local images = require "vision.drawing.image"
local option_lists = require "vision.base.options"
local version = require "vision.version"

local fetcher = {}

local URL_MAX = 2048

local OPTIONS = {
  allow_private = { "networks that may be connected to beside public ones", type = "table",
    default = {} },
  seconds = { "for all of it", type = "number", above = 0, max = 600, default = 20 },
  max_bytes = { "of a picture", type = "integer", min = 1, max = 128 * 2 ^ 20,
    default = 32 * 2 ^ 20 },
}

---@class vision.server.Fetcher
---@field package allow_private string[]
---@field package seconds number
---@field package max_bytes integer
local Fetcher = {}
Fetcher.__index = Fetcher

local function check(url)
  if #url > URL_MAX or not url:find "^[Hh][Tt][Tt][Pp][Ss]?://[^/%s]+" or url:find "[%c%s]" then
    return nil, errors.new("invalid_option", "image_url must be the address of a picture, "
      .. "http://… or https://…, of at most 2048 bytes")
  elseif url:match "^%a+://([^/?#]*)":find("@", 1, true) then
    return nil, errors.new("invalid_option", "image_url must hold no user and no password")
  end
  return true
end

-- What is said as it is; the rest is the address' fault, not a provider's.
local OWN = { forbidden_address = true, local_only = true, cancelled = true,
  missing_library = true, queue_full = true }

local function failed(err)
  if OWN[err.reason] then return err end
  if err.reason == "response_too_large" then
    return errors.new("too_large", "the picture at image_url is too large: " .. err.message)
  end
  return errors.new("unreadable", "the picture cannot be fetched: " .. err.message,
    { cause = err })
end

--- Fetches a picture; waits.
---@param url string
---@return vision.core.Image|nil
---@return vision.error? err invalid_option, forbidden_address, unreadable, too_large, local_only,
---  or what is wrong with the picture
function Fetcher:get(url)
  local ok, err = check(url)
  if not ok then return nil, err end
  local answer
  answer, err = http.request {
    url = url, guard = self.allow_private, max_response = self.max_bytes,
    headers = { "User-Agent: vision/" .. version, "Accept: image/*, application/pdf" },
    connect_timeout = math.min(10, self.seconds), idle_timeout = self.seconds,
    total_timeout = self.seconds,
  }
  if not answer then return nil, failed(err) end
  if answer.status ~= 200 then
    return nil, errors.new("unreadable", "the picture cannot be fetched: its server answered "
      .. answer.status)
  end
  return images.image_bytes(answer.body)
end

---@param given? { allow_private: string[]?, seconds: number?, max_bytes: integer? }
---@return vision.server.Fetcher|nil
---@return vision.error? err invalid_option
function fetcher.new(given)
  local options, err = option_lists.check(OPTIONS, given, "image_url")
  if not options then return nil, err end
  local ok, good, wrong = pcall(require("vision.core").check_guard,
    { guard = options.allow_private })
  if not ok or not good then
    return nil, errors.new("invalid_option", ("image_url: 'allow_private' must be a list of "
      .. "networks such as 10.0.0.0/8 (%s)"):format(ok and wrong.message or "each a text"))
  end
  return setmetatable(options, Fetcher)
end

return fetcher
