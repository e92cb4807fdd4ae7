---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/digest.c.

---@class vision.core
local core = {}

---@param bytes string
---@return string? hex 64 hexadecimal digits
---@return { reason: string, message: string }? err
function core.sha256(bytes) end

---@param key string at most 1 MiB
---@param bytes string
---@return string? hex 64 hexadecimal digits
---@return { reason: string, message: string }? err
function core.hmac_sha256(key, bytes) end

---Whether two texts are equal, in a time that depends on their lengths only.
---@param a string
---@param b string
---@return boolean
function core.equal(a, b) end

---@return string? id 32 hexadecimal digits of the kernel's randomness
---@return { reason: string, message: string }? err
function core.random_id() end

---@param bytes string
---@return string
function core.base64_encode(bytes) end

---@param text string padded base64; only line breaks may stand in it besides
---@return string? bytes
---@return { reason: string, message: string }? err invalid_base64, naming the character
function core.base64_decode(text) end

return core
