-- SPDX-License-Identifier: MIT
-- The alerts of the service: logged, and kept for a while where all workers see them.

local json = require "vision.base.json"
local log = require "vision.base.log"
local task = require "vision.base.task"

local alerts = {}

local KEY, MOST = "alerts", 500
local SECONDS = 30 * 86400

---@class vision.server.Alerts
---@field package shelf vision.server.Shelf
local Alerts = {}
Alerts.__index = Alerts

--- Takes an alert; does not wait.
---@param alert vision.Alert
function Alerts:add(alert)
  local level = alert.severity == "info" and "info" or "warn"
  log[level]("alert: %s", alert.message)
  local text = json.encode(alert)
  task.spawn(function()
    local ok, err = self.shelf:append(KEY, text, SECONDS, MOST)
    if not ok then log.warn("an alert is not kept: %s", err.message) end
  end)
end

--- The newest of them, the newest first.
---@param count integer
---@return vision.Alert[]|nil
---@return vision.error? err why the store cannot be had
function Alerts:newest(count)
  local texts, err = self.shelf:newest(KEY, count)
  if not texts then return nil, err end
  local list = json.array {}
  for i, text in ipairs(texts) do list[i] = json.decode(text) end
  return list
end

---@param shelf vision.server.Shelf
---@return vision.server.Alerts
function alerts.new(shelf)
  return setmetatable({ shelf = shelf }, Alerts)
end

return alerts
