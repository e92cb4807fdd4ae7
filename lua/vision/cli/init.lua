-- SPDX-License-Identifier: MIT
-- The command line: one parser for all commands, each of which is a file beside this one.
--
-- A command is a table:
--   summary              one line, for the list of commands
--   description          what it does, for its own --help
--   examples             { { "vision …", "what that does" }, … }
--   configure(parser, words)  declares arguments and options (lua-argparse); words: see cli.parser;
--                        of a command with commands below it: gives their part, name -> parser
--   run(options, context) -> exit code
-- Its file loads nothing heavy before `run`: --help, completion and a mistyped option stay quick,
-- and `vision doctor` can say that the core is missing (JSON stands on it too).

local text = require "vision.cli.text"

local cli = {}

-- In the order in which --help lists them.
cli.COMMANDS = {
  "analyze", "batch", "serve", "keys", "worker", "compare", "ocr", "estimate", "records", "costs",
  "report", "eval", "providers", "prompts", "policy", "webhooks", "config", "schema", "doctor",
  "completion", "help",
}

--- What the command ends with.
cli.EXIT = { DONE = 0, FAILED = 1, USAGE = 2, INTERRUPTED = 130 }

local HELP_WIDTH = 80

local EPILOG = [[
Examples:
   vision analyze flange.pdf        read a drawing and show what stands on it
   vision analyze --json *.pdf      one JSON object a line, for programs
   vision doctor                    what is installed, what is missing

With no key in the environment a drawing is read on this machine and nothing
leaves it. 'vision COMMAND --help' shows the options of one command.]]

---@class vision.cli.Context
---@field out file*       answers
---@field err file*       messages and progress
---@field environment fun(name: string): string?
---@field terminal fun(descriptor: integer): vision.cli.Terminal what 1 (out) and 2 (err) lead to
---@field program fun(): string[]  what this process was started with, interpreter and all
---@field manager fun(options: table): table   makes the manager that reads (a spec gives its own)

-- The interpreter and its own options stand below 0.
local function program()
  local first, words = 0, {}
  while arg[first - 1] do first = first - 1 end
  for i = first, #arg do words[#words + 1] = arg[i] end
  return words
end

--- What commands use of the world around them; a spec passes its own.
---@return vision.cli.Context
function cli.context()
  return {
    out = io.stdout,
    err = io.stderr,
    environment = os.getenv,
    program = program,
    terminal = function(descriptor)
      return require("vision.cli.terminal").look(descriptor, os.getenv)
    end,
    manager = function(options)
      return require("vision.manager").VisionManager.new(options)
    end,
  }
end

local function command_epilog(examples)
  local lines = { "Examples:" }
  for _, example in ipairs(examples) do
    lines[#lines + 1] = "   " .. example[1]
    lines[#lines + 1] = "      " .. example[2]
  end
  return table.concat(lines, "\n")
end

-- Sources break lines where they must; --help breaks them at its own width, but for indented ones.
local function paragraphs(description)
  return (description:gsub("([^\n])\n([^\n ])", "%1 %2"))
end

--- Adds a command to a parser.
---@param parser table   lua-argparse's
---@param module string  of the command, below vision.cli
---@param words table
---@return table command
---@return table sub      its part of the parser
---@return table<string, table>? below  the parts of the commands below it
function cli.add_command(parser, module, words)
  local command = require("vision.cli." .. module)
  local sub = parser:command(module:match "[^.]+$")
  sub:summary(command.summary):description(paragraphs(command.description))
  sub:epilog(command_epilog(command.examples))
  return command, sub, command.configure(sub, words)
end

--- Adds the commands below a command, each a file in a folder of its name; `given.action` says
--- which was meant.
---@param parser table      the command's part
---@param command string    its name
---@param names string[]    of those below it
---@param words table
---@return table<string, table> parts name -> its part of the parser
function cli.add_commands(parser, command, names, words)
  local parts = {}
  parser:command_target "action"
  for _, name in ipairs(names) do
    local _, part = cli.add_command(parser, command .. "." .. name, words)
    parts[name] = part
  end
  return parts
end

--- The whole command line, made of the commands' own declarations.
---@param words? { prompts: string[], reports: string[], commands: string[] } what arguments may be,
---  where the parser is made to complete them: it costs a look into folders and is no check
---@return table parser    lua-argparse's
---@return table commands  name -> the command's table
---@return table parsers   name -> its part of the parser; "policy check" is one below another
function cli.parser(words)
  local parser = require "argparse"("vision")
    :description "Reads engineering drawings: dimensions, threads, frames, title block, notes."
    :epilog(EPILOG)
    :command_target "command"
    :usage_max_width(HELP_WIDTH)
    :help_max_width(HELP_WIDTH)
    :help_description_margin(28)
  parser:flag "--version" :description "Print the version and exit."
  local commands, parsers = {}, {}
  for _, name in ipairs(cli.COMMANDS) do
    local below
    commands[name], parsers[name], below = cli.add_command(parser, name, words or {})
    for word, part in pairs(below or {}) do
      parsers[name .. " " .. word] = part
    end
  end
  return parser, commands, parsers
end

-- The command that was meant, also where the rest of the line is wrong.
local function named_command(argv, parsers)
  local name
  for _, word in ipairs(argv) do
    local below = name and name .. " " .. word or word
    if parsers[below] then name = below end
  end
  return name
end

local function asks_for_help(argv)
  for _, word in ipairs(argv) do
    if word == "--" then return false end
    if word == "-h" or word == "--help" then return true end
  end
end

--- Says one line on stderr: `vision: WHAT`. Names of files and words of servers are in it, so it is
--- cleaned of what steers a terminal.
---@param context vision.cli.Context
---@param format string
function cli.say(context, format, ...)
  local line = format:format(...):gsub("%s*\n%s*", ". ")
  context.err:write("vision: ", text.clean(line), "\n")
end

local function usage_error(context, message, name)
  local help = name and ("vision %s --help"):format(name) or "vision --help"
  cli.say(context, "%s (see '%s')", message, help)
  return cli.EXIT.USAGE
end

-- argparse takes every word with a dash for an option, "-1" too. No option is a number: one is the
-- value of the option before it.
local function with_joined_numbers(argv)
  local words = {}
  for _, word in ipairs(argv) do
    local option = words[#words]
    if tonumber(word) and word:sub(1, 1) == "-" and option and option:find "^%-%-[^=]+$" then
      words[#words] = option .. "=" .. word
    else
      words[#words + 1] = word
    end
  end
  return words
end

local function dispatch(argv, context)
  local parser, commands, parsers = cli.parser()
  local name = named_command(argv, parsers)
  if asks_for_help(argv) then
    context.out:write((name and parsers[name] or parser):get_help(), "\n")
    return cli.EXIT.DONE
  end
  if #argv == 0 then
    context.err:write(parser:get_help(), "\n")
    return cli.EXIT.USAGE
  end
  local ok, options = parser:pparse(with_joined_numbers(argv))
  if not ok then
    return usage_error(context, options, name)
  end
  local code, message = commands[options.command].run(options, context)
  if code == cli.EXIT.USAGE and message then
    return usage_error(context, message, name)
  end
  return code
end

-- The output, remembering the first write that failed: stdio forgets what it could not write, so
-- that a later flush would call it a success.
local function watched(out)
  local watch = {}
  local function keep(ok, message)
    watch.failure = watch.failure or not ok and message or nil
    return ok and watch, message
  end
  watch.write = function(_, ...) return keep(out:write(...)) end
  watch.flush = function() return keep(out:flush()) end
  return watch
end

-- A full disk must not look like success.
local function finish(context, code)
  context.out:flush()
  if not context.out.failure then return code end
  cli.say(context, "cannot write the output: %s", context.out.failure)
  return cli.EXIT.FAILED
end

-- What a person can do something about is a module that is not installed; all else is ours.
local function say_fault(context, trace)
  local module = trace:match "module '([^']+)' not found"
  if module == "argparse" then
    cli.say(context, "lua-argparse is missing: apt-get install lua-argparse")
  elseif module then
    cli.say(context, "the Lua module '%s' is missing: 'vision doctor' says how to get it", module)
  else
    local message = trace:match "^[^\n]*"
    cli.say(context, "this is a fault of the program, please report it: %s", message)
  end
  if context.environment "VISION_LOG" == "debug" then
    context.err:write(trace, "\n")
  end
end

-- Seconds for which a command that has ended stays to deliver what it told of.
local DELIVERY_SECONDS = 10

-- And to book what readings cost, also after Ctrl-C.
local BOOKING_SECONDS = 10

local function book_costs()
  local tracker = package.loaded["vision.money.tracker"]
  if tracker then tracker.finish(BOOKING_SECONDS) end
end

local function deliver_webhooks(code)
  local webhooks = package.loaded["vision.webhooks.delivering"]
  if webhooks and code ~= cli.EXIT.INTERRUPTED then webhooks.finish(DELIVERY_SECONDS) end
end

--- Runs the command line.
---@param argv string[]
---@param context vision.cli.Context?
---@return integer code what the process exits with, one of `cli.EXIT`
function cli.main(argv, context)
  context = context or cli.context()
  context = setmetatable({ out = watched(context.out) }, { __index = context })
  local ok, code = xpcall(dispatch, debug.traceback, argv, context)
  if ok then
    code = finish(context, code)
    book_costs()
    deliver_webhooks(code)
    return code
  end
  say_fault(context, code)
  return cli.EXIT.FAILED
end

return cli
