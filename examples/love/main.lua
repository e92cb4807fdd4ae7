-- SPDX-License-Identifier: MIT
-- A LÖVE window: drop a drawing into it, and its call-outs appear while frames go on. The sheet is
-- shown as soon as it is drawn, the call-outs when they are read, each outlined where it stands.
--
--   examples/love/run [DRAWING] [--shot FILE]    with --shot: reads it, takes a picture, ends

local vision = require "vision"
local reader = require "vision.reading.reader"
require "vision.reading" -- now: loading it would keep the first frame of a reading

local SIDE = 380 -- pixels of the list
local SHOWN_MOST = 1400 -- pixels of the sheet's picture across
local GRADES = { { 0.85, { 0, 0.45, 0.7 } }, { 0.6, { 0.75, 0.4, 0 } }, { 0, { 0.55, 0.1, 0.3 } } }

local FRAME = 1 / 60 -- seconds

-- The symbols of drawings are not in LÖVE's own font.
local FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"

local provider = assert(vision.create_vision_provider "local")
local state = { said = "Drop a drawing here", callouts = {}, frames = 0, late = 0, longest = 0 }
local shot

-- ---- reading ----

local function show(image)
  local picture = assert(reader.picture(image, { page = 1, format = "png", width = SHOWN_MOST,
    height = SHOWN_MOST }))
  local data = love.filesystem.newFileData(picture:bytes(), "sheet.png")
  state.sheet = love.graphics.newImage(data)
end

local function read(path)
  local image = assert(vision.image_file(path))
  show(image)
  local reading = assert(provider:analyze_image(image))
  state.said, state.callouts = reading.summary, reading.drawing.callouts
  state.page = reading.drawing.sheets[1]
end

local function begin(path)
  if state.work then state.work:cancel() end
  state.said, state.callouts, state.sheet = "Reads " .. path:match "[^/]+$" .. " …", {}, nil
  state.told = false
  state.work = vision.task.spawn(read, path)
end

-- ---- what LÖVE calls ----

function love.load(arguments)
  vision.host.configure { log = function(level, message) print(level, message) end }
  love.graphics.setBackgroundColor(0.96, 0.96, 0.94)
  local file = io.open(FONT, "rb")
  if file then
    local data = love.filesystem.newFileData(file:read "*a", "font.ttf")
    love.graphics.setFont(love.graphics.newFont(data, 13))
    file:close()
  end
  if arguments[2] == "--shot" then shot = arguments[3] end
  if arguments[1] then begin(arguments[1]) end
end

function love.filedropped(file) begin(file:getFilename()) end

local function is_over() return state.work and state.work:done() end

-- What the library takes of a frame is what this counts; how fast frames are drawn is the screen's.
function love.update()
  local began = love.timer.getTime()
  vision.host.step { budget_us = 1000 }
  local spent = love.timer.getTime() - began
  state.frames, state.longest = state.frames + 1, math.max(state.longest, spent)
  if spent > FRAME then state.late = state.late + 1 end
  if is_over() and not state.told then
    local _, err = state.work:join()
    state.told, state.said = true, err and tostring(err) or state.said
  end
end

-- ---- drawing ----

local function colour_of(callout)
  for _, grade in ipairs(GRADES) do
    if (callout.confidence or 0) >= grade[1] then return grade[2] end
  end
end

local function draw_sheet(width, height)
  local sheet = state.sheet
  local scale = math.min(width / sheet:getWidth(), height / sheet:getHeight())
  love.graphics.setColor(1, 1, 1)
  love.graphics.draw(sheet, 0, 0, 0, scale)
  if not state.page then return end
  local of_box = scale * sheet:getWidth() / state.page.width
  for _, callout in ipairs(state.callouts) do
    local box = callout.page == 1 and callout.box
    love.graphics.setColor(colour_of(callout))
    if box then
      love.graphics.rectangle("line", box[1] * of_box - 3, box[2] * of_box - 3, box[3] * of_box + 6,
        box[4] * of_box + 6, 3)
    end
  end
end

local function frames_said()
  return ("%d frames, %d of them late for a step; the longest: %.1f ms"):format(state.frames,
    state.late, state.longest * 1000)
end

local function draw_list(x, height)
  local font = love.graphics.getFont()
  local _, lines = font:getWrap(state.said, SIDE - 20)
  local y = 30 + #lines * font:getHeight()
  love.graphics.setColor(0.1, 0.1, 0.1)
  love.graphics.printf(state.said, x, 10, SIDE - 20)
  for _, callout in ipairs(state.callouts) do
    love.graphics.setColor(colour_of(callout))
    love.graphics.print(("%s   %s"):format(callout.text, callout.confidence
      and ("%d %%"):format(callout.confidence * 100) or "n/a"), x, y)
    y = y + 20
  end
  love.graphics.setColor(0.4, 0.4, 0.4)
  love.graphics.printf(frames_said(), x, height - 44, SIDE - 20)
end

local function take_shot()
  love.graphics.captureScreenshot(function(data)
    local file = assert(io.open(shot, "wb"))
    file:write(data:encode("png"):getString())
    file:close()
    print(#state.callouts .. " call-outs; " .. frames_said())
    love.event.quit(#state.callouts > 0 and 0 or 1)
  end)
end

function love.draw()
  local width, height = love.graphics.getDimensions()
  if state.sheet then draw_sheet(width - SIDE, height) end
  draw_list(width - SIDE + 10, height)
  if shot and is_over() and not state.taken then
    state.taken = true
    take_shot()
  end
end
