-- SPDX-License-Identifier: MIT
-- What goes wrong with a Redis server, as errors of this program.

local errors = require "vision.base.error"

local redis_errors = {}

-- What the server's error words mean here; the others are mistakes in a command.
local MEANINGS = {
  OOM = "store_full", MISCONF = "store_full",
  LOADING = "store_unavailable", BUSY = "store_unavailable", READONLY = "store_unavailable",
  MASTERDOWN = "store_unavailable", CLUSTERDOWN = "store_unavailable",
  NOREPLICAS = "store_unavailable", NOAUTH = "permission", WRONGPASS = "permission",
  NOPERM = "permission",
}

local function word_of(text)
  local word = text:match "^%u+" or "ERR"
  return word, MEANINGS[word] or "internal"
end

--- An error that the server answered with.
---@param name string of the server
---@param text string
---@return vision.error
function redis_errors.of_server(name, text)
  local word, reason = word_of(text)
  return errors.new(reason, ("%s: %s"):format(name, text),
    { word = word, fault = "ours", retryable = reason == "store_unavailable" })
end

--- An error that it answered with when it was told the password: of that only the first word is
--- repeated.
---@param name string
---@param text string
---@return vision.error
function redis_errors.of_greeting(name, text)
  local word, reason = word_of(text)
  if reason == "store_unavailable" then return redis_errors.of_server(name, text) end
  return errors.new("permission", ("%s refused user, password or database number (%s)"):format(
    name, word), { fault = "ours" })
end

--- Why a connection failed.
---@param name string
---@param failed { reason: string, message: string } as the driver has it
---@return vision.error
function redis_errors.of_driver(name, failed)
  return errors.new(failed.reason, name .. ": " .. failed.message,
    { fault = "ours", retryable = failed.reason == "store_unavailable" })
end

return redis_errors
