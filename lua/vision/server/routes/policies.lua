-- SPDX-License-Identifier: MIT
-- The prompts and scripts that are in force.

local catalogue = require "vision.policy.catalogue"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local option_lists = require "vision.base.options"
local prompts = require "vision.policy.prompts"
local replies = require "vision.server.reply"
local schemas = require "vision.server.schemas"

-- What is wrong with scripts beside those that are not.
local function messages_of(faults)
  local list = json.array {}
  for i, err in ipairs(faults) do list[i] = err.message end
  return list
end

-- ---- prompts ----

local function template_json(template, is_whole)
  return { name = template.name, description = template.description or json.null,
    variables = json.array(template.variables), origin = template.origin,
    system_prompt = is_whole and template.system_prompt or nil,
    user_prompt = is_whole and template.user_prompt or nil }
end

local function list_prompts()
  local list, faults = json.array {}, {}
  for _, name in ipairs(prompts.names()) do
    local template, err = prompts.template(name)
    if template then list[#list + 1] = template_json(template) else faults[#faults + 1] = err end
  end
  return replies.json(200, { prompts = list, faults = messages_of(faults) })
end

local function is_known(name)
  for _, known in ipairs(prompts.names()) do
    if known == name then return true end
  end
end

local function show_prompt(_, request)
  local name = request.params.name
  if not is_known(name) then
    return replies.failure(errors.new("not_found",
      option_lists.unknown_word("prompt", name, prompts.names())), request)
  end
  local template, err = prompts.template(name)
  if not template then return replies.failure(err, request) end
  return replies.json(200, template_json(template, true))
end

-- ---- policies ----

local POLICIES = {
  kind = { "of this kind alone", type = "string", one_of = catalogue.kinds() },
}

-- Where a script lies on this machine is nobody else's business.
local function item_json(item)
  local whole = catalogue.to_json(item)
  whole.path, whole.file = nil, item.file
  return whole
end

local function policies(_, request)
  local kind = request.query.kind
  local list, all_faults = json.array {}, {}
  for _, one in ipairs(kind and { kind } or catalogue.kinds()) do
    local items, faults = catalogue.of(one)
    for _, item in ipairs(items) do list[#list + 1] = item_json(item) end
    for _, err in ipairs(faults) do all_faults[#all_faults + 1] = err end
  end
  return replies.json(200, { policies = list, faults = messages_of(all_faults) })
end

return {
  { method = "GET", path = "/api/v1/vision/prompts", name = "prompts", scope = "read",
    summary = "The prompts there are", handler = list_prompts,
    answer = schemas.object { prompts = schemas.list(schemas.ref "Prompt"),
      faults = schemas.list(schemas.TEXT) } },
  { method = "GET", path = "/api/v1/vision/prompts/{name}", name = "prompt", scope = "read",
    summary = "What a model is told with one of them", handler = show_prompt,
    answer = schemas.ref "Prompt" },
  { method = "GET", path = "/api/v1/vision/policies", name = "policies", scope = "read",
    summary = "The scripts that decide, and their options", query = POLICIES, handler = policies,
    answer = schemas.object { policies = schemas.list(schemas.ref "Policy"),
      faults = schemas.list(schemas.TEXT) } },
}
