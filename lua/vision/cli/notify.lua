-- SPDX-License-Identifier: MIT
-- Tells systemd how a service is that it has started with Type=notify; nothing elsewhere.

local core = require "vision.core"

local notify = {}

local function tell(news) require("vision.server.core").notify(news) end

--- It serves, or serves again after `reloading`.
function notify.ready() tell "READY=1" end

--- It reads its configuration again.
function notify.reloading()
  tell(("RELOADING=1\nMONOTONIC_USEC=%.0f"):format(core.mono() * 1e6))
end

--- It takes no further requests and ends.
function notify.stopping() tell "STOPPING=1" end

return notify
