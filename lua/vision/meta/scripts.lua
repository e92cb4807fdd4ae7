---@meta
-- SPDX-License-Identifier: MIT
-- What the scripts of a user return; scripts/README.md says the same in prose.

---@class vision.PromptScript  prompts/NAME.lua
---@field description? string      one line for `vision prompts`
---@field system_prompt string     who the model is and how it works
---@field user_prompt string       what is asked of this picture; {name} stands for a variable
---@field variables? string[]      the names in braces; found in the prompts when left out

---@class vision.ModelsScript  models.lua
---@field date? string             when it was written
---@field defaults? table<string, { model: string, why: string }>      provider -> model
---@field unknown? table<string, vision.ModelEntry>                    provider -> what is assumed
---@field models? table<string, table<string, vision.ModelEntry>>      provider -> model -> entry
---@field approximate_prices? table

---@class vision.ModelEntry
---@field vision? boolean          false: nothing is sent
---@field pdf? boolean
---@field answer? "json_schema"|"json_object"|"tool"|"text"
---@field max_tokens_field? "max_tokens"|"max_completion_tokens"
---@field sampling? boolean        a temperature may be sent
---@field send? table              further fields of each request
---@field formats? ("png"|"jpeg"|"gif"|"webp")[]
---@field detail? boolean          knows low, high and auto
---@field limits? vision.ModelLimits
---@field image_tokens? vision.ImageTokens
---@field price? vision.Price
---@field retired? string          date
---@field ends? string             date
---@field instead? string          the model to use in its place

---@class vision.ModelLimits
---@field side? integer            pixels of the longer side
---@field bytes? number            of one file
---@field images? integer          in a request
---@field request_bytes? number
---@field many? { images: integer, side: integer }   above so many pictures this side is the limit

---@class vision.ImageTokens
---@field rule "tiles"|"patches"|"cells"|"fixed"
---@field base? integer            tiles: tokens of every picture
---@field tile? integer            tiles: tokens of each tile of 512 pixels
---@field factor? integer[]        patches: { numerator, denominator }
---@field high? table              patches: { patches =, side = } for the level; also low, auto
---@field cell? integer            cells: pixels of one
---@field tokens? integer          cells: the most; fixed: all
---@field side? integer            cells: the longest side in pixels
---@field least? integer           cells: smaller squares are scaled up to this side

---@class vision.Price  USD for a million tokens
---@field input number
---@field output number
---@field cached? number           input read from a cache
---@field cache_write? number      input put into a cache
---@field above? { tokens: integer, input: number, output: number }
---@field date? string
---@field source? string
