-- SPDX-License-Identifier: MIT
-- The figures of the service, for Prometheus.

local prometheus = require "vision.server.prometheus"
local provider_figures = require "vision.server.provider_figures"
local replies = require "vision.server.reply"
local version = require "vision.version"

local function write(app)
  local page = prometheus.page()
  page:gauge("vision_build_info", "1; which version it is.", 1, { { "version", version } })
  app.observations:write(page)
  provider_figures.write(page, app.engine)
  return replies.text(200, prometheus.CONTENT_TYPE, page:text())
end

return {
  { method = "GET", path = "/metrics", name = "prometheus", scope = "read",
    summary = "Figures for Prometheus", handler = write, texts = { "text/plain" } },
}
