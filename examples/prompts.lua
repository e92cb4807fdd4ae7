-- SPDX-License-Identifier: MIT
-- Prompt templates: the shipped ones, one of one's own, and an analysis that uses it.
--
--   examples/run prompts.lua

local vision = require "vision"

local function first_line(text)
  return text:match "[^\n]*"
end

-- A built-in template.
local system, user = vision.get_prompts "engineering_drawing"
print("system: " .. first_line(system))
print("user:   " .. first_line(user))

-- One of one's own, with a variable.
assert(vision.register_custom_template {
  name = "pcb_layout",
  system_prompt = "You are a PCB design expert.",
  user_prompt = "Analyze this PCB for {focus_area}.",
  variables = { "focus_area" },
})
system, user = vision.get_prompts("pcb_layout", { focus_area = "thermal issues" })
print("system: " .. system)
print("user:   " .. user)

-- A variable without a value is an error that names it.
local _, err = vision.get_prompts "pcb_layout"
print(tostring(err))

-- An analysis takes the template by its name.
local here = arg[0]:match "^(.*)/" or "."
local provider = assert(vision.create_vision_provider "stub")
local reading = assert(provider:analyze_image(
  assert(vision.image_file(here .. "/drawings/flange.png")),
  { prompt = "pcb_layout", variables = { focus_area = "thermal issues" } }))
print(reading.summary)
