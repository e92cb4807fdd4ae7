-- SPDX-License-Identifier: MIT
-- A picture through several providers, and what asking one would cost.

local comparison_json = require "vision.ensemble.comparison_json"
local errors = require "vision.base.error"
local fields = require "vision.server.fields"
local json = require "vision.base.json"
local picture = require "vision.server.picture"
local providers = require "vision.providers"
local reading = require "vision.server.reading"
local replies = require "vision.server.reply"
local schemas = require "vision.server.schemas"

-- ---- compare ----

local MOST = 16

local COMPARE = reading.fields(picture.FIELDS, {
  providers = { "who is asked, each a provider or provider/model; all that could read by default",
    type = "table", check = function(value) return #value >= 1 and #value <= MOST end,
    must_be = "a list of 1 to 16 names" },
  strategy = { "how the answer is chosen or made: consensus, highest_confidence, first_success, "
    .. "majority_vote, weighted_average, or a script of the service's own", type = "string",
    default = "consensus" },
  timeout_seconds = { "for each provider", type = "number", above = 0, max = 86400 },
})
COMPARE.provider = nil

local function comparator_of(app, given)
  local made = {}
  for i, name in ipairs(given.providers or providers.ready()) do
    local provider, err
    if type(name) == "string" then
      provider, err = app.engine:provider(name)
    else
      err = errors.new("invalid_option", "the request: 'providers' must be a list of names")
    end
    if not provider then return nil, err end
    made[i] = provider
  end
  return require("vision.ensemble.comparison").ProviderComparator.new(made,
    { selection_strategy = given.strategy, timeout_seconds = given.timeout_seconds })
end

local function comparison_of(app, request)
  local given, err = fields.of(COMPARE, request)
  if not given then return nil, err end
  local comparator, image
  comparator, err = comparator_of(app, given)
  if comparator then image, err = picture.take(app, given) end
  if not image then return nil, err end
  return comparator:compare(image, reading.options(given, request))
end

-- Nobody could read it: it is answered as the failure that most have, with all that was tried.
local function first_error(result)
  for _, name in ipairs(result.endpoints) do
    local err = result.provider_results[name].error
    if err then return err end
  end
end

local function compare(app, request)
  local result, err = comparison_of(app, request)
  if not result then return replies.failure(err, request) end
  local whole = comparison_json(result)
  if not result.selected_result then
    return replies.failure(first_error(result), request, whole)
  end
  request.provider = result.selected_provider
  whole.success, whole.request_id = true, request.id
  return replies.json(200, whole)
end

-- ---- estimate ----

local ESTIMATE = reading.fields(picture.FIELDS)

local function estimated(app, request)
  local given, err = fields.of(ESTIMATE, request)
  if not given then return nil, err end
  local image, provider
  image, err = picture.take(app, given)
  if image then provider, err = app.engine:estimator(given.provider) end
  if not provider then return nil, err end
  local answer = { success = true, provider = provider.name, model = provider.model }
  -- One that reads on this machine has nothing to count.
  if not provider.estimate then return answer end
  answer.estimate, err = provider:estimate(image, { prompt = given.prompt,
    variables = given.variables, pages = given.pages, dpi = given.dpi })
  return answer.estimate and answer, err
end

local function estimate(app, request)
  local answer, err = estimated(app, request)
  if not answer then return replies.failure(err, request) end
  answer.request_id = request.id
  return replies.json(200, json.with_nulls(answer, { "model", "estimate" }))
end

return {
  { method = "POST", path = "/api/v1/vision/compare", name = "compare", scope = "analyze",
    summary = "Ask several providers about a drawing", body = "picture", fields = COMPARE,
    handler = compare, answer = schemas.ref "Comparison",
    failure = { anyOf = json.array { schemas.ref "Failure", schemas.ref "Comparison" } } },
  { method = "POST", path = "/api/v1/vision/estimate", name = "estimate", scope = "read",
    summary = "What asking a model would cost; nothing is sent", body = "picture",
    fields = ESTIMATE, handler = estimate, answer = schemas.ref "Estimate" },
}
