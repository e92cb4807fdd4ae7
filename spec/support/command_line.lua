-- SPDX-License-Identifier: MIT
-- Runs the command line in this process: its streams are strings, its world is what a spec gives.

local cli = require "vision.cli"
local terminal = require "vision.cli.terminal"

local command_line = {}

local function stream()
  local parts = {}
  return {
    write = function(self, ...)
      for _, part in ipairs { ... } do
        parts[#parts + 1] = part
      end
      return self
    end,
    flush = function(self) return self end,
    text = function() return table.concat(parts) end,
  }
end

---@param argv string[]
---@param world? { environment: table?, terminal: table?, manager: table?, make_manager: function? }
---@return integer code
---@return string out
---@return string err
---@return table? options what a manager was asked for with
function command_line.run(argv, world)
  world = world or {}
  local out, err = stream(), stream()
  local asked
  local code = cli.main(argv, {
    out = out,
    err = err,
    environment = function(name) return (world.environment or {})[name] end,
    terminal = function() return world.terminal or terminal.NONE end,
    manager = function(options)
      asked = options
      return world.manager or (world.make_manager or cli.context().manager)(options)
    end,
  })
  return code, out.text(), err.text(), asked
end

return command_line
