-- SPDX-License-Identifier: MIT
-- What makes two questions the same: the picture, who is asked (and what scripts decide that), what
-- is said to it, and every option that changes an answer. An option that is not known to change
-- nothing counts.

local core = require "vision.core"
local json = require "vision.base.json"
local policy = require "vision.policy"
local prompts = require "vision.policy.prompts"

local cache_key = {}

-- The prompt counts by its text.
local NO_MATTER = {
  prompt = true, variables = true, timeout_seconds = true, on_progress = true, local_only = true,
  tags = true, budget_key = true, file = true, traceparent = true,
}

-- Options that layers inside take for themselves change when and whether one is answered, not what.
local function ignore_those_of(provider, ignored)
  for name in pairs(rawget(getmetatable(provider) or {}, "CALL") or {}) do
    ignored[name] = true
  end
  local inner = rawget(provider, "provider")
  for _, member in ipairs(rawget(provider, "members") or { inner }) do
    ignore_those_of(member, ignored)
  end
end

local function ignored_options(provider)
  local ignored = {}
  for name in pairs(NO_MATTER) do
    ignored[name] = true
  end
  ignore_those_of(provider, ignored)
  return ignored
end

local function identity_of(provider)
  if provider.identity then
    return provider:identity()
  end
  return json.encode { provider.name or "", provider.endpoint_name or "", provider.model or "" }
end

---@class vision.CacheKeys
---@field package provider table
---@field package ignored table<string, true>
---@field package identity string?   with the scripts of `policies`
---@field package policies vision.policy.Generation?
---@field package said { system: string, user: string, digest: string }?  the last prompt
local Keys = {}
Keys.__index = Keys

--- Makes keys for questions to a provider.
---@param provider table
---@return vision.CacheKeys
function cache_key.maker(provider)
  return setmetatable({ provider = provider, ignored = ignored_options(provider) }, Keys)
end

-- Scripts decide, too: another generation of them may answer otherwise.
function Keys:digest_of_provider()
  local policies = policy.begin()
  if self.policies ~= policies then
    self.policies, self.identity = policies, core.sha256(identity_of(self.provider))
  end
  return self.identity
end

-- The digest of a prompt of some KB is made once, not at each call.
function Keys:digest_of_prompt(name, variables)
  local system, user = prompts.get_prompts(name, variables)
  if not system then
    return nil, user
  end
  local said = self.said
  if not said or said.system ~= system or said.user ~= user then
    said = { system = system, user = user, digest = core.sha256(#system .. ":" .. system .. user) }
    self.said = said
  end
  return said.digest
end

local function differs(defaults, name, value)
  return not defaults or defaults[name] ~= value
end

-- The given options that count and those that do not, each as one text.
local function texts_of(self, options)
  local counting, other
  local defaults = self.provider.call_defaults
  for name, value in pairs(options) do
    if not self.ignored[name] then
      if differs(defaults, name, value) then
        counting = counting or {}
        counting[name] = value
      end
    elseif not NO_MATTER[name] or name == "local_only" or name == "timeout_seconds" then
      other = other or {}
      other[name] = value
    end
  end
  return counting and json.encode(counting) or "", other and json.encode(other) or ""
end

--- What a question says beside its picture, as one text.
---@param options table? as the provider gets them
---@return string|nil said   nil where an option is not to be written down
---@return string|vision.error|nil other  what decides whether a call gets an answer (its time, for
---  instance) and not which. An error where no prompt has the name, or its variables are wrong
---@return string? prompt  the digest of what is said to a model
function Keys:said_with(options)
  local identity = self:digest_of_provider()
  local prompt, err = self:digest_of_prompt(options and options.prompt,
    options and options.variables)
  if not prompt then
    return nil, err
  end
  local counting, other = "", ""
  if options and next(options) ~= nil then
    local ok
    ok, counting, other = pcall(texts_of, self, options)
    if not ok then
      return nil
    end
  end
  return identity .. prompt .. counting, other, prompt
end

--- The key of a question.
---@param image vision.core.Image
---@param options table? as the provider gets them
---@return string|nil key     64 hexadecimal digits; nil where an option is not to be written down
---@return string|vision.error|nil flight  the key together with what decides whether a call gets an
---  answer: equal ones may share a call. An error as of `said_with`
function Keys:of(image, options)
  local said, other = self:said_with(options)
  if not said then return nil, other end
  local key = core.sha256(image:sha256() .. said)
  return key, key .. other
end

return cache_key
