-- SPDX-License-Identifier: MIT
-- One analysis after the other over the files of a command line, each under its deadline, with
-- progress on a terminal, one clear line for each that failed, and an exit code for all.

local interrupt = require "vision.cli.interrupt"
local output = require "vision.cli.output"
local progress = require "vision.cli.progress"
local terminal = require "vision.cli.terminal"

local files = {}

local STANDARD_INPUT = "-"

--- What a person calls the file.
function files.name(path)
  return path == STANDARD_INPUT and "standard input" or path
end

--- The image of a command line's file.
---@param path string "-" is standard input
---@return vision.Image|nil
---@return vision.error? err
function files.image(path)
  local images = require "vision.drawing.image"
  return images.image_file(path == STANDARD_INPUT and "/dev/stdin" or path)
end

-- The deadline is that of everything about the file, reading it from the disk too.
local function under_deadline(seconds, body)
  if not seconds then return body() end
  return require("vision.base.task").timeout(seconds, body)
end

--- The whole answer about one file, also where it could not even be opened.
---@param manager vision.VisionManager
---@param path string
---@param request vision.AnalyzeRequest all but the image
---@param seconds number?
---@return vision.Response
---@return vision.error? err
---@return vision.Image? image
function files.analyze(manager, path, request, seconds)
  local errors = require "vision.base.error"
  local response = require "vision.response"
  local clock = require("vision.core").mono
  local started = clock()
  local image
  local answer, err = under_deadline(seconds, function()
    local opened, open_err = files.image(path)
    if not opened then return nil, open_err end
    image = opened
    request.image = opened
    return manager:analyze(request)
  end)
  if not answer then
    err = errors.from(err)
    answer = response.failure(err, nil, (clock() - started) * 1000)
  end
  return answer, err, image
end

local function say_failure(context, path, err)
  require("vision.cli").say(context, "%s: %s", files.name(path), err.message)
end

---@class vision.cli.Run
---@field files string[]
---@field json boolean?     answers as JSON
---@field plain boolean?    `show` gives no block for people: no empty line between, no colour
---@field analyze fun(path: string): vision.Response, vision.error?, vision.Image?
---@field show fun(path: string, answer: vision.Response, terminal: vision.cli.Terminal): string
---@field done? fun(path: string, answer: vision.Response, image: vision.Image): true?, table?

local function write_answer(run, context, path, answer, screen)
  if run.json then
    context.out:write(output.json_line(path, answer))
  elseif answer.success then
    local gap = screen.blocks > 0 and not run.plain and "\n" or ""
    context.out:write(gap, run.show(path, answer, screen.terminal))
    screen.blocks = screen.blocks + 1
  end
  context.out:flush()
end

local function one(run, context, path, screen)
  local answer, err, image = run.analyze(path)
  screen.progress:clear()
  if err and err.reason == "cancelled" then return false end
  write_answer(run, context, path, answer, screen)
  if answer.success and run.done then
    local ok, done_err = run.done(path, answer, image)
    err = not ok and done_err or nil
  end
  if err then say_failure(context, path, err) end
  return not err
end

local function all(run, context)
  local screen = {
    blocks = 0,
    progress = progress.new(context.err, context.terminal(2)),
    terminal = (run.json or run.plain) and terminal.NONE or context.terminal(1),
  }
  local good = true
  for i, path in ipairs(run.files) do
    screen.progress:show(("[%d/%d] reading %s"):format(i, #run.files, files.name(path)))
    good = one(run, context, path, screen) and good
  end
  return good
end

--- Goes through the files; one that fails does not keep the others from being read.
---@param run vision.cli.Run
---@param context vision.cli.Context
---@return integer code
function files.each(run, context)
  local EXIT = require("vision.cli").EXIT
  local interrupted, good, err = interrupt.run(function() return all(run, context) end)
  if interrupted then return EXIT.INTERRUPTED end
  if err then error(err.message, 0) end -- a fault in this program, not in a file
  return good and EXIT.DONE or EXIT.FAILED
end

return files
