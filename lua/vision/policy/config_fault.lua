-- SPDX-License-Identifier: MIT
-- What is wrong with the text of a configuration file, in words of ours: it holds keys, and Lua's
-- own messages quote what stands near a fault. File, line and what was expected are enough.

local errors = require "vision.base.error"

local config_fault = {}

-- What people look for and a sandbox has not.
local STANDARD = { os = true, io = true, package = true, debug = true, require = true,
  dofile = true, load = true, loadfile = true, pcall = true, print = true, setmetatable = true }

-- Beginnings of messages of either Lua and of the sandbox -> what is said. The first that fits.
local WORDS = {
  { "^unfinished string", "a text has no closing quote" },
  { "^unfinished long", "a long text or comment has no end" },
  { "^malformed number", "a number cannot be read; a text needs quotes" },
  { "^unexpected symbol",
    "something makes no sense there; a comma, a bracket or a quote is missing, perhaps" },
  { "^'([%p%l]+)' expected", "'%s' expected; a comma or a quote is missing, perhaps" },
  { "^<name> expected", "a name expected" },
  { "^invalid escape", "a backslash in a text makes no sense; write \\\\ for one" },
  { "^attempt to .*'(%l+)'", function(name) return STANDARD[name] and
    ("there is no '%s' here; a configuration only gives values"):format(name) end },
  { "^attempt to", "a value is used that is not there or of another kind; a text needs quotes" },
  { "^it called error", "it calls error()" },
  { "^it threw", "it calls error()" },
  { "^(it must return a table, not [%l ]+)$", "%s" },
  { "^(it does not come to an end)$", "%s" },
  { "^(it takes more memory than it may)", "%s" },
  { "^it is bytecode", "it is bytecode, not text" },
  { "^'([%w_]+)' is a function", "'%s' is a function; only values are expected" },
  { "^([%w_.#%[%]]+): a function is no plain value", "%s: a function; only values are expected" },
  { "^([%w_.#%[%]]+): tables nested", "%s: tables are nested too deeply, or in a circle" },
}

local UNKNOWN = "it fails with a message that is not shown, since it may hold a key"

local function in_our_words(text)
  for _, words in ipairs(WORDS) do
    local found, said = text:match(words[1]), words[2]
    if found and type(said) == "function" then
      said = said(found)
    elseif found then
      said = said:gsub("%%s", function() return found end)
    end
    if found and said then return said end
  end
  return UNKNOWN
end

--- The error of reading a configuration, without a word of the file.
---@param path string
---@param err vision.error  of policy/load: "PATH:LINE: text" or "PATH: text"
---@return vision.error
function config_fault.of(path, err)
  local line, text = err.message:sub(#path + 1):match "^(:?%d*): (.*)$"
  return errors.new(err.reason, path .. (line or "") .. ": " .. in_our_words(text or ""))
end

return config_fault
