---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/json_lift.c.

---@class vision.core
local core = {}

---Cuts the pictures out of a JSON text while it arrives, so that no large string goes through the
---JSON decoder. csrc/core/json_lift.h says which strings are pictures.
---@class vision.core.JsonLift
local JsonLift = {}

---@param chunk string the next bytes of the text, cut anywhere
---@return true|nil
---@return { reason: string, message: string }? err invalid_json, invalid_base64, too_large, or what
---  is wrong with a picture; every later call returns it too
function JsonLift:feed(chunk) end

---@return string? text JSON of the same shape; for picture `i` stands "<prefix><mark><i>"
---@return vision.core.Image[]|{ reason: string, message: string } images, or the error
function JsonLift:finish() end

---What marks a placeholder: 38 characters, drawn at random for this text.
---@return string
function JsonLift:mark() end

---Frees what it holds; images already given live on. Any number of times.
function JsonLift:close() end

---`threshold`: bytes from which on a string may be a picture, 64 .. 1 MiB (4096). `maximum`: bytes
---of the whole text (192 MiB).
---@param options? { threshold: integer?, maximum: integer? }
---@return vision.core.JsonLift? lift
---@return { reason: string, message: string }? err
function core.json_lift(options) end

return core
