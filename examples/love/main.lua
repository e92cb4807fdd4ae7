-- SPDX-License-Identifier: MIT
-- A LÖVE window: drop a drawing into it, and its call-outs appear while frames go on. The sheet is
-- shown as soon as it is drawn, the call-outs when they are read, each outlined where it stands.
--
--   examples/love/run [DRAWING] [--shot FILE]    with --shot: a picture once one is read, then ends

local frames = require "frames"
local vision = require "vision"
local reader = require "vision.reading.reader"
require "vision.reading" -- now: loading it would keep the first frame of a reading

local SIDE = 380 -- pixels of the list
local SHOWN_MOST = 1400 -- pixels of the sheet's picture across
local GRADES = { { 0.85, { 0, 0.45, 0.7 } }, { 0.6, { 0.75, 0.4, 0 } }, { 0, { 0.55, 0.1, 0.3 } } }

-- The symbols of drawings are not in LÖVE's own font.
local FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"

local provider = assert(vision.create_vision_provider "local")
local state = { said = "", callouts = {} }
local shot

-- ---- reading ----

-- Decoding a sheet takes longer than a frame has, so a thread of LÖVE's does it.
local DECODE = [[
  require "love.image"
  local file, decoded = ...
  decoded:push(love.image.newImageData(file))
]]

local function decoded(file)
  local channel = love.thread.newChannel()
  love.thread.newThread(DECODE):start(file, channel)
  while channel:getCount() == 0 do
    if not vision.task.sleep(0.01) then return nil end
  end
  return channel:pop()
end

local function show(image)
  local picture = assert(reader.picture(image, { page = 1, format = "png", width = SHOWN_MOST,
    height = SHOWN_MOST }))
  local pixels = decoded(love.filesystem.newFileData(picture:bytes(), "sheet.png"))
  state.sheet = pixels and love.graphics.newImage(pixels)
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
  if arguments[#arguments - 1] == "--shot" then
    shot = table.remove(arguments)
    table.remove(arguments)
  end
  if arguments[1] then begin(arguments[1]) end
end

function love.filedropped(file) begin(file:getFilename()) end

-- nil before anything was read.
local function is_over() return state.work and state.work:done() end

function love.update(dt)
  local began = love.timer.getTime()
  vision.host.step { budget_us = 1000 }
  frames.note(dt, love.timer.getTime() - began)
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

-- Where a drawing goes to.
local function draw_place(width, height)
  local font = love.graphics.getFont()
  love.graphics.setColor(0.6, 0.6, 0.6)
  love.graphics.rectangle("line", 40, 40, width - 80, height - 80, 8)
  love.graphics.printf(is_over() == false and "Reading …" or "Drop a drawing here", 0,
    (height - font:getHeight()) / 2, width, "center")
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

-- What the font lacks is said in words.
local function text_of(callout)
  local font = love.graphics.getFont()
  return (callout.text:gsub("[\194-\244][\128-\191]*", function(sign)
    if not font:hasGlyphs(sign) then
      return (callout.characteristic or "?"):gsub("_", " ") .. " "
    end
  end))
end

local function draw_list(x, height)
  local font = love.graphics.getFont()
  local _, lines = font:getWrap(state.said, SIDE - 20)
  local y = 30 + #lines * font:getHeight()
  love.graphics.setColor(0.1, 0.1, 0.1)
  love.graphics.printf(state.said, x, 10, SIDE - 20)
  for i, callout in ipairs(state.callouts) do
    local room = y < height - 90
    love.graphics.setColor(colour_of(callout))
    love.graphics.print(not room and ("and %d more"):format(#state.callouts - i + 1)
      or ("%s   %s"):format(text_of(callout), callout.confidence
      and ("%d %%"):format(callout.confidence * 100) or "n/a"), x, y)
    if not room then break end
    y = y + 20
  end
  love.graphics.setColor(0.4, 0.4, 0.4)
  love.graphics.printf(frames.said(), x, height - 44, SIDE - 20)
end

local function take_shot()
  love.graphics.captureScreenshot(function(data)
    local file = assert(io.open(shot, "wb"))
    file:write(data:encode("png"):getString())
    file:close()
    print(#state.callouts .. " call-outs; " .. frames.said())
    print(frames.histogram())
    love.event.quit(#state.callouts > 0 and 0 or 1)
  end)
end

function love.draw()
  local width, height = love.graphics.getDimensions()
  local draw = state.sheet and draw_sheet or draw_place
  draw(width - SIDE, height)
  draw_list(width - SIDE + 10, height)
  if shot and is_over() and not state.taken then
    state.taken = true
    take_shot()
  end
end
