-- SPDX-License-Identifier: MIT
-- What the service says about itself.

local replies = require "vision.server.reply"

local function health(app)
  local state = app.engine.manager:health()
  return replies.json(state.status == "healthy" and 200 or 503, state)
end

local function providers(app, request)
  local list, err = app.engine.manager:providers()
  if err then return replies.failure(err, request) end
  return replies.json(200, list)
end

-- Alive: it answers. Ready: it could read.
local function is_alive()
  return replies.text(200, "text/plain; charset=utf-8", "ok\n")
end

local function is_ready(app, request)
  local provider, err = app.engine:provider()
  if not provider then return replies.failure(err, request) end
  return replies.text(200, "text/plain; charset=utf-8", "ok\n")
end

return {
  { method = "GET", path = "/api/v1/vision/health", name = "health", scope = false,
    summary = "Whether it can work, and with whom", handler = health },
  { method = "GET", path = "/api/v1/vision/providers", name = "providers", scope = "read",
    summary = "All providers, and which of them reads", handler = providers },
  { method = "GET", path = "/healthz", name = "alive", scope = false,
    summary = "Whether the process answers", handler = is_alive },
  { method = "GET", path = "/readyz", name = "ready", scope = false,
    summary = "Whether it could read a drawing now", handler = is_ready },
}
