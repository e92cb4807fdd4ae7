-- SPDX-License-Identifier: MIT
-- What Lua 5.4 and LuaJIT share; names of only one of them are read with a fallback beside them.
std = "min"
max_line_length = 100
read_globals = {
  "jit",
  "unpack",
  table = { fields = { "unpack", "pack", "move" } },
  package = { fields = { "searchpath" } },
  math = { fields = { "type", "tointeger" } },
}
exclude_files = { "build/**" }
files["spec/**"] = { std = "+busted" }
files["lua/vision/meta/**"] = { ignore = { "211", "212", "241" } }
