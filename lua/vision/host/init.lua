-- SPDX-License-Identifier: MIT
-- For a program that owns its own loop: a game, an editor, a control program. It starts tasks with
-- `vision.task.spawn` and steps once a frame; in between nothing of the library runs on its thread.

local clock = require "vision.base.clock"
local log = require "vision.base.log"
local option_lists = require "vision.base.options"
local task = require "vision.base.task"

local host = {}

local function core_mono() return require("vision.core").mono() end

local STEP = {
  budget_us = { "microseconds it may take, about", type = "number", min = 0, max = 60e6,
    default = 1000 },
}

local HOST = {
  log = { "(level, message): takes each line", type = "function" },
  log_level = { "the last level that is written", type = "string",
    one_of = { "error", "warn", "info", "debug" } },
  clock = { "mono, wall and random in place of the machine's", type = "table" },
}

local CLOCK = {
  mono = { "() -> seconds, never back", type = "function" },
  wall = { "() -> seconds since 1970", type = "function" },
  random = { "() -> a number of [0, 1)", type = "function" },
}

local function check(specs, given, what)
  local options, err = option_lists.check(specs, given, what)
  return options or error(err.message, 3)
end

--- Handles what is ready and goes on with the tasks it concerns; never waits. A single turn of a
--- task is not cut short: the budget says when no further one begins.
---@param given? { budget_us: number? } 0 .. 60000000, 1000 without it
function host.step(given)
  task.step(check(STEP, given or {}, "host.step").budget_us, true)
end

--- Puts the host's own log and clock in the place of the library's; what is left out stays the
--- library's own. Waits (`task.sleep`, timeouts of requests) go by the machine's clock always.
---@param given? { log: fun(level: string, message: string)?, log_level: string?,
---  clock: { mono: fun(): number, wall: fun(): number, random: fun(): number }? }
---  without it: everything is as at the start
function host.configure(given)
  local options = check(HOST, given or {}, "host.configure")
  local own = options.clock and check(CLOCK, options.clock, "host.configure: clock")
  if own then own.turn = core_mono end -- a game's clock may stand still
  log.set_sink(options.log)
  if options.log_level then log.set_level(options.log_level) end
  clock.install(own)
end

return host
