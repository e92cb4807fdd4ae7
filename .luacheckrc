-- SPDX-License-Identifier: MIT
-- What Lua 5.4 and LuaJIT share; names of only one of them are read with a fallback beside them.
std = "min"
max_line_length = 100
read_globals = {
  "jit",
  "unpack",
  table = { fields = { "unpack", "pack", "move" } },
  package = { fields = { "searchpath" } },
  coroutine = { fields = { "_create", "_resume", "_yield" } }, -- nginx
  math = { fields = { "type", "tointeger" } },
}
exclude_files = { "build/**" }
files["spec/**"] = { std = "+busted" }
files["lua/vision/meta/**"] = { ignore = { "211", "212", "241" } }
files["lua/vision/host/openresty*"] = { globals = { "ngx" } }
files["lua/vision/host/openresty/**"] = { globals = { "ngx" } }
files["examples/love/**"] = { globals = { "love" } }
