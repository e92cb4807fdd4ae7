-- SPDX-License-Identifier: MIT
-- What each model can do, what it takes and what it costs. Written in November 2026 from the
-- providers' documentation and from price lists; check the prices before you rely on them.
--
-- Your own models: a file `models.lua` in your scripts folder with the same shape. It is laid over
-- this one: a model of the same name replaces the one here, everything else stays. See README.md.

-- ---- what the models of a family have in common -------------------------------------------------

-- A copy of `model` with some fields changed.
local function like(model, changes)
  local copy = {}
  for key, value in pairs(model) do
    copy[key] = value
  end
  for key, value in pairs(changes) do
    copy[key] = value
  end
  return copy
end

-- USD for a million tokens. `above`: the higher price for requests of more input tokens than that;
-- the lists name no cached price there, so it rises as the input's does.
local function usd(input, output, more)
  local price = { input = input, output = output, date = "2026-11", source = "price list" }
  return like(price, more or {})
end

-- Picture tokens of patch models: 32-pixel patches, times a factor, within a budget of patches and
-- a longest side for each `detail`.
local function patches(factor, high, low, auto)
  return { rule = "patches", factor = factor, high = high, low = low or high, auto = auto or high }
end

local MB = 1024 * 1024

local openai_limits = { side = 16384, bytes = 20 * MB, images = 500, request_bytes = 500 * MB }
local gpt_5_2 = patches({ 12, 10 }, { patches = 6144, side = 2048 })
local normal_budget = { patches = 2500, side = 2048 }
local gpt_5_4 = patches({ 12, 10 }, normal_budget, { patches = 6144, side = 2048 })
local gpt_5_5 = patches({ 12, 10 }, normal_budget, { side = 512 }, { patches = 10000, side = 6000 })
-- With detail "auto" a picture of more than 30,000 patches is refused, not scaled.
local gpt_6 = patches({ 12, 10 }, normal_budget, { side = 512 }, { patches = 30000 })
local small_budget = { patches = 1536 }

local openai = {
  vision = true,
  pdf = true,
  answer = "json_schema",             -- how it is made to answer in a shape
  max_tokens_field = "max_completion_tokens",
  sampling = false,                   -- temperature is refused
  formats = { "png", "jpeg", "webp", "gif" },
  detail = true,
  limits = openai_limits,
  image_tokens = gpt_6,
}

local openai_old = like(openai, {
  max_tokens_field = "max_tokens",
  sampling = true,
  image_tokens = { rule = "tiles", base = 85, tile = 170 },
})

-- Sizes of the provider's own scaling: longest side and most tokens, in cells of 28 pixels.
local claude_standard = { rule = "cells", cell = 28, side = 1568, tokens = 1568 }
local claude_high = { rule = "cells", cell = 28, side = 2576, tokens = 4784 }

local claude = {
  vision = true,
  pdf = true,
  answer = "json_schema",
  max_tokens_field = "max_tokens",
  sampling = false,
  formats = { "png", "jpeg", "webp", "gif" },
  detail = false,
  -- 10 MB of base64 is 7.5 MB of file. Above 20 pictures in a request each may have 2000 pixels a
  -- side.
  limits = {
    side = 8000, bytes = 7.5 * MB, images = 100, request_bytes = 32 * MB,
    many = { images = 20, side = 2000 },
  },
  image_tokens = claude_high,
}

local deepseek_text = {
  vision = false,
  answer = "json_object",
  max_tokens_field = "max_tokens",
  sampling = true,
}

return {
  date = "2026-11-23",

  -- The model used where none is named, and why.
  defaults = {
    openai = { model = "gpt-5.4-mini",
      why = "sees, answers by a schema; price and limits are confirmed by several sources" },
    anthropic = { model = "claude-sonnet-5-5",
      why = "reads pictures up to 2576 pixels, at a fifth of the price of the largest model" },
    deepseek = { model = "deepseek-flash",
      why = "the only model on api.deepseek.com that takes pictures" },
  },

  -- What is assumed of a model that is not listed.
  unknown = {
    openai = openai,
    azure = openai,
    anthropic = claude,
    deepseek = like(deepseek_text, { vision = true }),
    openai_compatible = {
      vision = true,
      answer = "text",
      max_tokens_field = "max_tokens",
      sampling = true,
      formats = { "png", "jpeg" },    -- local servers refuse webp
      detail = false,
      limits = { side = 8192, bytes = 20 * MB, images = 20, request_bytes = 100 * MB },
    },
  },

  models = {
    openai = {
      ["gpt-6-astra"] = like(openai, {
        price = usd(10, 50, { cached = 1,
          above = { tokens = 272000, input = 20, cached = 2, output = 75 } }),
      }),
      ["gpt-6.1-sol"] = like(openai, {
        price = usd(2, 10, { cached = 0.1,
          above = { tokens = 272000, input = 4, cached = 0.2, output = 15 } }),
      }),
      ["gpt-6.1-terra"] = like(openai, { price = usd(1, 5, { cached = 0.05 }) }),
      ["gpt-6-luna"] = like(openai, { price = usd(0.1, 0.5) }),
      ["gpt-5.6-sol"] = like(openai, { price = usd(4, 20) }),
      ["gpt-5.6-terra"] = like(openai, { price = usd(2, 12) }),
      ["gpt-5.6-luna"] = like(openai, { price = usd(0.2, 1.2) }),
      ["gpt-5.5"] = like(openai, { image_tokens = gpt_5_5, price = usd(5, 30) }),
      ["gpt-5.4"] = like(openai, { image_tokens = gpt_5_4, price = usd(2.5, 15) }),
      ["gpt-5.4-mini"] = like(openai, { image_tokens = gpt_5_4, price = usd(0.75, 4.5) }),
      ["gpt-5.4-nano"] = like(openai, { image_tokens = gpt_5_4, price = usd(0.2, 1.25) }),
      ["gpt-5.2"] = like(openai, { image_tokens = gpt_5_2 }),
      ["gpt-5.1"] = like(openai, { image_tokens = { rule = "tiles", base = 70, tile = 140 } }),
      ["gpt-5"] = like(openai, { image_tokens = { rule = "tiles", base = 70, tile = 140 } }),
      ["gpt-5-mini"] = like(openai, { image_tokens = patches({ 12, 10 }, small_budget) }),
      ["gpt-5-nano"] = like(openai, { image_tokens = patches({ 15, 10 }, small_budget) }),
      ["o1"] = like(openai, { image_tokens = { rule = "tiles", base = 75, tile = 150 } }),
      ["o3"] = like(openai, { image_tokens = { rule = "tiles", base = 75, tile = 150 } }),
      ["o4-mini"] = like(openai, { image_tokens = patches({ 172, 100 }, small_budget) }),
      ["gpt-4.1"] = like(openai_old, { price = usd(2, 8) }),
      ["gpt-4.1-mini"] = like(openai_old, {
        image_tokens = patches({ 162, 100 }, { patches = 6144, side = 2048 }) }),
      ["gpt-4.1-nano"] = like(openai_old, { image_tokens = patches({ 246, 100 }, small_budget) }),
      ["gpt-4.5"] = openai_old,
      -- Off the price list; kept for those who still have it.
      ["gpt-4o"] = like(openai_old, { price = usd(2.5, 10) }),
      ["gpt-4o-mini"] = like(openai_old, {
        price = usd(0.15, 0.6), image_tokens = { rule = "tiles", base = 2833, tile = 5667 } }),
      ["gpt-4-turbo"] = like(openai_old, { answer = "json_object" }),
    },

    -- On Azure a model has the name of its deployment: it is unknown here unless you add it.
    azure = {},

    anthropic = {
      ["claude-fable-5-1"] = like(claude, {
        price = usd(10, 50, { cached = 1, cache_write = 12.5 }) }),
      ["claude-opus-5-5"] = like(claude, { price = usd(4, 20, { cached = 0.2, cache_write = 5 }) }),
      ["claude-sonnet-5-5"] = like(claude, {
        price = usd(2, 10, { cached = 0.2, cache_write = 2.5 }) }),
      ["claude-haiku-5-5"] = like(claude, {
        price = usd(0.1, 0.5, { cached = 0.01, cache_write = 0.125, above = { tokens = 100000,
          input = 0.5, cached = 0.05, cache_write = 0.625, output = 2.5 } }) }),
      ["claude-opus-5"] = like(claude, {
        price = usd(5, 25, { cached = 0.5, cache_write = 6.25 }) }),
      ["claude-opus-4-8"] = claude,
      ["claude-opus-4-7"] = claude,
      ["claude-sonnet-4-6"] = like(claude, {
        image_tokens = claude_standard, price = usd(3, 15, { cached = 0.3, cache_write = 3.75 }) }),
      ["claude-haiku-4-5"] = like(claude, {
        image_tokens = claude_standard, price = usd(1, 5, { cached = 0.1, cache_write = 1.25 }) }),
      ["claude-sonnet-4-5"] = like(claude, { image_tokens = claude_standard, ends = "2026-11-30" }),
      -- Older than structured output: made to answer by a tool it must call.
      ["claude-sonnet-4-20250514"] = like(claude, {
        image_tokens = claude_standard, answer = "tool",
        price = usd(3, 15, { cached = 0.3, cache_write = 3.75 }) }),
    },

    deepseek = {
      ["deepseek-flash"] = {
        vision = true,
        answer = "json_object",       -- json_schema is accepted and ignored
        max_tokens_field = "max_tokens",
        sampling = true,
        send = { thinking = { type = "disabled" } }, -- on by default; not needed to transcribe
        formats = { "png", "jpeg", "gif", "webp" },
        detail = true,
        limits = {
          side = 8192, bytes = 30 * MB, images = 600, request_bytes = 48 * MB,
          many = { images = 14, side = 4096 },
        },
        image_tokens = { rule = "cells", cell = 42, tokens = 1024, least = 544 },
        -- The peak price: an upper bound. Off peak it is half.
        price = usd(0.3, 1.2, { cached = 0.006 }),
      },
      ["deepseek-v4-pro"] = like(deepseek_text, {
        price = usd(0.66, 1.98), instead = "deepseek-flash" }),
      -- Retired on 2026-07-24. They never took pictures; VL2 was never served there.
      ["deepseek-chat"] = like(deepseek_text, {
        retired = "2026-07-24", instead = "deepseek-flash" }),
      ["deepseek-reasoner"] = like(deepseek_text, {
        retired = "2026-07-24", instead = "deepseek-flash" }),
    },

    openai_compatible = {},
  },

  -- The first price table of this program, of mid-2024: approximate, and for models that are gone.
  -- USD for 1000 tokens, and for a picture.
  approximate_prices = {
    date = "2024-05",
    openai = { input_per_1k = 0.005, output_per_1k = 0.015, image = 0.00765 },
    anthropic = { input_per_1k = 0.003, output_per_1k = 0.015, image = 0.0048 },
    deepseek = { input_per_1k = 0.00014, output_per_1k = 0.00028, image = 0.001 },
  },
}
