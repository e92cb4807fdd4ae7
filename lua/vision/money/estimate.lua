-- SPDX-License-Identifier: MIT
-- Tokens and price of an analysis before it is made. An estimate: providers count text their own
-- way and change their rules; what is not known is nil, never 0.

local cost = require "vision.money.cost"
local fit = require "vision.drawing.fit"
local json = require "vision.base.json"
local tokens = require "vision.drawing.tokens"

local estimate = {}

-- Framing of messages and pictures, measured at a few tokens each.
local PER_PICTURE, PER_CALL = 4, 20

---@class vision.Estimate
---@field provider string
---@field model string
---@field images table[]             each: page, part, width, height, tokens (nil: not known)
---@field image_tokens integer?       nil where the rule of the model is not known
---@field text_tokens integer
---@field input_tokens integer?
---@field output_tokens integer       the most the answer may have
---@field cost_usd number?            upper bound; nil where a price is not known
---@field price_date string?          when the price was read
---@field warnings string[]

local function add_images(result, parts, rule, detail)
  local total = rule and 0
  for i, part in ipairs(parts) do
    local count
    if rule then
      count = tokens.image(rule, part.to_width, part.to_height, detail) + PER_PICTURE
      total = total + count
    end
    result.images[i] = {
      page = part.sheet.page, part = part.part,
      width = part.to_width, height = part.to_height, tokens = count,
    }
  end
  result.image_tokens = total
end

-- What the model is told about several pictures.
local function caption_of(parts)
  local sent = {}
  for i, part in ipairs(parts) do
    sent[i] = { page = part.sheet.page, part = part.part,
      box = { part.x, part.y, part.width, part.height } }
  end
  return fit.caption(sent)
end

--- The most that something estimated costs. A provider need not say which tokens were the
--- pictures': then they are paid beside the price of a picture.
---@param price vision.Price?
---@param result vision.Estimate
---@return integer? micro-dollars; nil: not known
function estimate.most(price, result)
  if not price then return nil end
  local usage = { input_tokens = result.input_tokens, output_tokens = result.output_tokens,
    image_tokens = not price.image and result.image_tokens or nil }
  if price.image then usage.input_tokens = usage.input_tokens or result.text_tokens end
  return cost.of(price, usage, #result.images)
end

--- The estimate of one call.
---@param call { image: table, text: string, model: table, max_tokens: integer, options: table? }
---  `text`: all that is said beside the pictures and what they are; `options`: as in `fit.prepare`
---@return vision.Estimate|nil
---@return vision.error? err
function estimate.of(call)
  local plan, err = fit.plan(call.image, call.model, call.options)
  if not plan then
    return nil, err
  end
  local result = {
    images = json.array {},
    text_tokens = tokens.text(call.text .. caption_of(plan.parts)) + PER_CALL,
    output_tokens = call.max_tokens,
    warnings = json.array(plan.warnings),
  }
  local detail = call.options and call.options.detail
  add_images(result, plan.parts, call.model.image_tokens, detail)
  result.input_tokens = result.image_tokens and result.image_tokens + result.text_tokens
  result.cost_usd = cost.usd(estimate.most(call.model.price, result))
  result.price_date = call.model.price and call.model.price.date
  return result
end

return estimate
