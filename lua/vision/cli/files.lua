-- SPDX-License-Identifier: MIT
-- One analysis after the other over the files of a command line, each under its deadline, with
-- progress on a terminal, one clear line for each that failed, and an exit code for all.

local interrupt = require "vision.cli.interrupt"
local output = require "vision.cli.output"
local progress = require "vision.cli.progress"
local terminal = require "vision.cli.terminal"

local files = {}

local STANDARD_INPUT = "-"
-- One byte more than the core takes (IMAGE_BYTES_MAX): it then says that this is too large.
local MAX_STANDARD_INPUT = 128 * 1024 * 1024 + 1

--- What a person calls the file.
function files.name(path)
  return path == STANDARD_INPUT and "standard input" or path
end

local standard_input

--- Reads standard input where it is among the files. It cannot be waited for by the loop, so this
--- comes before anything else is begun.
---@param paths string[]
function files.read_standard_input(paths)
  for _, path in ipairs(paths) do
    if path == STANDARD_INPUT then
      interrupt.by_default()
      standard_input = io.stdin:read(MAX_STANDARD_INPUT) or ""
      return
    end
  end
end

--- The image of a command line's file.
---@param path string "-" is standard input
---@return vision.Image|nil
---@return vision.error? err
function files.image(path)
  local images = require "vision.drawing.image"
  if path == STANDARD_INPUT then return images.image_bytes(standard_input) end
  return images.image_file(path)
end

--- Runs `body` under the deadline, if there is one: that of everything about a file, reading it
--- from the disk too.
---@param seconds number?
---@param body fun(): ...
function files.under_deadline(seconds, body)
  if not seconds then return body() end
  return require("vision.base.task").timeout(seconds, body)
end

--- The whole answer about one file, also where it could not even be opened.
---@param manager vision.VisionManager
---@param path string
---@param request vision.AnalyzeRequest all but the image and the deadline
---@param seconds number?  after which opening it is given up, and then reading it
---@return vision.Response
---@return vision.error? err
---@return vision.Image? image
function files.analyze(manager, path, request, seconds)
  local errors = require "vision.base.error"
  local response = require "vision.response"
  local clock = require "vision.base.clock"
  local started = clock.mono()
  local image, err = files.under_deadline(seconds, function() return files.image(path) end)
  if not image then
    err = errors.from(err)
    return response.failure(err, nil, (clock.mono() - started) * 1000), err
  end
  request.image = image
  request.timeout_seconds = seconds
  local answer
  answer, err = manager:analyze(request)
  return answer, err, image
end

local function cannot_write(message)
  return nil, require("vision.base.error").new("input", "cannot write " .. message)
end

--- Writes a file that an option names.
---@param path string
---@param content string
---@return true|nil
---@return vision.error? err
function files.write(path, content)
  local file, message = io.open(path, "wb")
  if not file then return cannot_write(message) end
  file:setvbuf "no" -- a full disk shows here and not when the file is closed
  local ok
  ok, message = file:write(content)
  file:close()
  if not ok then return cannot_write(path .. ": " .. message) end
  return true
end

--- Whether it failed because of Ctrl-C: then nobody wants to hear of it, nor of the files after it.
---@param err vision.error?
function files.is_cancelled(err)
  return err ~= nil and err.reason == "cancelled"
end

--- What failed, with the name of the file: what is wrong with a picture is found where it has none.
---@param path string
---@param err vision.error
---@return string
function files.failure_text(path, err)
  local name = files.name(path)
  return err.message:find(name, 1, true) and err.message or name .. ": " .. err.message
end

--- Says in one line what failed.
---@param context vision.cli.Context
---@param path string
---@param err vision.error
function files.say_failure(context, path, err)
  require("vision.cli").say(context, "%s", files.failure_text(path, err))
end

--- Says the warnings of an answer. What is only text or a line has no room for them; a block and a
--- JSON object hold them.
---@param context vision.cli.Context
---@param path string
---@param answer vision.Response
function files.say_warnings(context, path, answer)
  for _, warning in ipairs(answer.warnings or {}) do
    require("vision.cli").say(context, "%s: %s", files.name(path), warning)
  end
end

---@class vision.cli.Run
---@field files string[]
---@field json boolean?     answers as JSON
---@field encode? fun(path: string, answer: table): string   an answer as JSON
---@field plain boolean?    `show` gives no block for people: no empty line between, no colour
---@field analyze fun(path: string, progress: table): vision.Response, vision.error?, vision.Image?
---@field show fun(path: string, answer: vision.Response, terminal: vision.cli.Terminal): string
---@field done? fun(path: string, answer: vision.Response, image: vision.Image): true?, table?

local function write_answer(run, context, path, answer, screen)
  if run.json then
    context.out:write((run.encode or output.json_line)(path, answer))
  elseif answer.success then
    local gap = screen.blocks > 0 and not run.plain and "\n" or ""
    context.out:write(gap, run.show(files.name(path), answer, screen.terminal))
    screen.blocks = screen.blocks + 1
  end
  context.out:flush()
end

local function one(run, context, path, screen)
  screen.progress:begin(files.name(path))
  local answer, err, image = run.analyze(path, screen.progress)
  screen.progress:clear()
  if files.is_cancelled(err) then return false, err end
  if err then answer.error = files.failure_text(path, err) end
  write_answer(run, context, path, answer, screen)
  if answer.success and run.plain and not run.json then
    files.say_warnings(context, path, answer)
  end
  if answer.success and run.done then
    local ok, done_err = run.done(path, answer, image)
    err = not ok and done_err or nil
  end
  if err then files.say_failure(context, path, err) end
  return not err, err
end

local function all(run, context)
  local screen = {
    blocks = 0,
    progress = progress.new(context.err, context.terminal(2), #run.files),
    terminal = (run.json or run.plain) and terminal.NONE or context.terminal(1),
  }
  local good = true
  for _, path in ipairs(run.files) do
    local ok, err = one(run, context, path, screen)
    if files.is_cancelled(err) then return false end
    good = ok and good
  end
  return good
end

--- Goes through the files; one that fails does not keep the others from being read.
---@param run vision.cli.Run
---@param context vision.cli.Context
---@return integer code
function files.each(run, context)
  local EXIT = require("vision.cli").EXIT
  files.read_standard_input(run.files)
  local interrupted, good = interrupt.run(function() return all(run, context) end)
  if interrupted then return EXIT.INTERRUPTED end
  return good and EXIT.DONE or EXIT.FAILED
end

return files
