-- SPDX-License-Identifier: MIT
-- What can be said about webhooks, checked: who receives, signed by what, told of which events,
-- kept where.

local core = require "vision.core"
local errors = require "vision.base.error"
local events = require "vision.webhooks.events"
local option_lists = require "vision.base.options"
local signature = require "vision.webhooks.signature"

local config = {}

local RECEIVER = {
  webhook_url = { "where events are sent, http or https", type = "string" },
  webhook_secret = { "what signs them; several while it changes, the newest first. Not given: "
    .. "VISION_WEBHOOK_SECRET", type = "any" },
  events = { "the kinds that are sent; all of them where this is not given", type = "table" },
}

--- WebhookConfig.
---@type table<string, vision.OptionSpec>
config.OPTIONS = {
  endpoints = { "several receivers: webhook_url, webhook_secret, events of each", type = "table",
    must_be = "a list of receivers", check = option_lists.is_list },
  outbox = { "where events wait that were not delivered yet: memory:, a file or postgres://…",
    type = "string", default = "memory:" },
  allow_private = { "whether addresses within your own networks may receive: true, or the networks "
    .. "that may, { '10.0.0.0/8' }", type = "any", default = false },
  timeout_seconds = { "for one attempt", type = "number", above = 0, max = 300, default = 15 },
  retention_days = { "how long what became of an event is kept", type = "number", min = 4,
    max = 3660, default = 7 },
}
for name, spec in pairs(RECEIVER) do config.OPTIONS[name] = spec end

local EVERYWHERE = { "0.0.0.0/0", "::/0" }

local RECEIVERS_MAX = 32

local function refuse(message, ...)
  return nil, errors.new("invalid_option", "webhooks: " .. message:format(...))
end

-- ---- the parts ----

-- Scheme, host and port: what may be shown of a URL. The rest may be a secret.
local function label_of(url)
  local scheme, authority = url:match "^(https?)://([^/?#]+)"
  if not scheme or url:find "[%s%c]" then return nil end
  local host = authority:match "[^@]*$"
  local name, port = host:match "^(.*):(%d*)$"
  name = name or host
  local is_one = name:find "^%[[%w:.%%]+%]$" or name:find "^[^:%[%]]+$"
  return is_one and (tonumber(port) or 0) < 65536 and scheme .. "://" .. host or nil
end

local function guard_of(allowed)
  if allowed == true then return EVERYWHERE end
  if not allowed then return {} end
  if type(allowed) ~= "table" then
    return refuse "allow_private must be true, false or a list of networks"
  end
  local ok, good, err = pcall(core.check_guard, { guard = allowed })
  if not ok then return refuse "allow_private must be a list of networks, each a text" end
  if not good then return refuse("allow_private: %s", err.message) end
  return allowed
end

local function secrets_of(given)
  if given == nil then
    local words = {}
    for word in (os.getenv "VISION_WEBHOOK_SECRET" or ""):gmatch "%S+" do
      words[#words + 1] = word
    end
    if #words == 0 then
      return refuse "webhook_secret is missing: give one, or set VISION_WEBHOOK_SECRET"
    end
    given = words
  end
  local ok, err = signature.check(given)
  if not ok then return refuse("webhook_secret: %s", err.message) end
  return type(given) == "table" and given or { given }
end

local function wanted_of(list)
  if not list then return nil end
  local wanted = {}
  for _, word in ipairs(list) do
    if not events.is_type(word) then
      return refuse("%s", option_lists.unknown_word("event", tostring(word), events.TYPES))
    end
    wanted[word] = true
  end
  if not next(wanted) then return refuse "events must be a list of at least one kind" end
  return wanted
end

-- ---- one receiver ----

local function receiver_of(given, guard, timeout)
  local url = given.webhook_url
  local label = url and label_of(url)
  if not url then
    return refuse "webhook_url is missing: where are the events to be sent?"
  elseif not label or #url > 2000 then
    return refuse "webhook_url must look like https://host/path"
  end
  local secrets, err = secrets_of(given.webhook_secret)
  local wanted
  if secrets then
    wanted, err = wanted_of(given.events)
  end
  if err then return nil, err end
  return { key = core.sha256(url):sub(1, 16), label = label, url = url, secrets = secrets,
    events = wanted, guard = guard, timeout = timeout }
end

local function given_receivers(options)
  local list = {}
  if options.webhook_url or not options.endpoints then list[1] = options end
  for i, one in ipairs(options.endpoints or {}) do
    local checked, err = option_lists.check(RECEIVER, one, ("webhooks: endpoints[%d]"):format(i))
    if not checked then return nil, err end
    list[#list + 1] = checked
  end
  if #list == 0 or #list > RECEIVERS_MAX then
    return refuse("there must be 1 to %d receivers", RECEIVERS_MAX)
  end
  return list
end

--- Those who receive, as the options say; the options are checked already.
---@param options table as of OPTIONS
---@return vision.WebhookReceiver[]|nil
---@return vision.error? err invalid_option; neither secrets nor URLs stand in it
function config.receivers(options)
  local list, err = given_receivers(options)
  local guard
  if list then
    guard, err = guard_of(options.allow_private)
  end
  if err then return nil, err end
  local receivers, known = {}, {}
  for i, given in ipairs(list) do
    local receiver
    receiver, err = receiver_of(given, guard, options.timeout_seconds)
    if not receiver then return nil, err end
    if known[receiver.key] then
      return refuse("two receivers are the same URL at %s", receiver.label)
    end
    receivers[i], known[receiver.key] = receiver, true
  end
  return receivers
end

return config
