-- SPDX-License-Identifier: MIT
-- The factory: a provider by name, by the environment, or the stub when nothing else is there.
--
--   examples/run factory.lua

local vision = require "vision"

-- By name, with options. Nothing is sent before the first analysis.
local openai = assert(vision.create_vision_provider("openai", {
  api_key = os.getenv "OPENAI_API_KEY" or "sk-for-show",
  model = "gpt-4o",
}))
print("by name:     " .. openai.endpoint_name)

-- By the environment: VISION_PROVIDER, else the first of deepseek, openai and anthropic that has a
-- key, else this machine.
local found = assert(vision.create_vision_provider())
print("found:       " .. found.name)

-- Without a key the stub takes its place, and says so on stderr and in each answer ...
local careless = assert(vision.create_vision_provider("anthropic", { fallback_to_stub = true }))
print("fallback:    " .. careless.name)

-- ... unless that is not wanted.
local strict, err = vision.create_vision_provider("anthropic", { fallback_to_stub = false })
print("no fallback: " .. (strict and strict.name or tostring(err)))

-- A name that does not exist is always an error.
local _, unknown = vision.create_vision_provider "opnai"
print("unknown:     " .. tostring(unknown))
