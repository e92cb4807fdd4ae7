-- SPDX-License-Identifier: MIT
-- What the service says about itself.

local json = require "vision.base.json"
local openapi = require "vision.server.openapi"
local replies = require "vision.server.reply"
local schemas = require "vision.server.schemas"

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

local documents = setmetatable({}, { __mode = "k" }) -- app -> text: it does not change

local function asks_for_keys(app)
  return app.access ~= nil and app.access:is_required()
end

local function document(app)
  documents[app] = documents[app]
    or json.encode(openapi.document(app.routes, asks_for_keys(app))) .. "\n"
  return replies.text(200, replies.JSON, documents[app])
end

return {
  { method = "GET", path = "/api/v1/vision/health", name = "health", scope = false,
    summary = "Whether it can work, and with whom", handler = health,
    answer = schemas.ref "Health", failure = schemas.ref "Health" },
  { method = "GET", path = "/api/v1/vision/providers", name = "providers", scope = "read",
    summary = "All providers, and which of them reads", handler = providers,
    answer = schemas.ref "Providers" },
  { method = "GET", path = "/healthz", name = "alive", scope = false,
    summary = "Whether the process answers", handler = is_alive,
    texts = { "text/plain" } },
  { method = "GET", path = "/readyz", name = "ready", scope = false,
    summary = "Whether it could read a drawing now", handler = is_ready,
    texts = { "text/plain" } },
  { method = "GET", path = "/openapi.json", name = "openapi", scope = false,
    summary = "This description of the service (OpenAPI 3.1)", handler = document,
    answer = schemas.ANY },
}
