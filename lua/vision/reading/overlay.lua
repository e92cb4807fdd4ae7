-- SPDX-License-Identifier: MIT
-- A ballooned drawing: the sheet with every call-out outlined and numbered as in the list, and a
-- legend under it. How sure the reading is shows in three ways (colour, dashes, the balloon's
-- form), so that it can be told without colours, too. SVG and PNG differ only in their last step.

local balloons = require "vision.reading.overlay.balloons"
local core = require "vision.core"
local errors = require "vision.base.error"
local pdf = require "vision.reading.overlay.pdf"
local reader = require "vision.reading.reader"
local svg = require "vision.reading.overlay.svg"

local overlay = {}

-- What browsers show inside an SVG; other files are made into PNG first.
local SHOWN = { png = true, jpeg = true, gif = true, webp = true }

-- Balloons across the long side of a sheet.
local RADII = 125

--- How sure, from the surest: colours that differ in lightness as well as in hue; `dash` in widths
--- of the stroke; `full`: the balloon is filled.
local GRADES = {
  { least = 0.85, colour = "#0072b2", text = "sure: 85 % and more" },
  { least = 0.6, colour = "#b86000", dash = { 7, 4 }, text = "likely: 60 to 84 %" },
  { least = 0, colour = "#7a1045", dash = { 1.6, 2.4 }, full = true,
    text = "doubtful: below 60 %" },
}
local UNKNOWN = { colour = "#5a5a5a", dash = { 10, 8 }, text = "no figure" }

local function grade_of(confidence)
  for _, grade in ipairs(GRADES) do
    if confidence and confidence >= grade.least then
      return grade
    end
  end
  return UNKNOWN
end

-- ---- shapes ----
--
-- A scene is what both writers draw over the page: groups of shapes, in pixels of the page.

---@class vision.reading.Scene
---@field width number         of the whole picture
---@field height number
---@field page_width number    of the page, in its upper left corner
---@field page_height number
---@field title string
---@field groups vision.reading.Shape[][]  each may have a `title`

---@class vision.reading.Shape
---@field kind "polygon"|"line"|"circle"|"text"
---@field stroke string?    colour "#rrggbb", with `width` and perhaps `dash`
---@field fill string?      with `opacity` where it is pale

local function dash_of(grade, width)
  return grade.dash and { grade.dash[1] * width, grade.dash[2] * width }
end

local function outline(points, grade, width)
  return { kind = "polygon", points = points, stroke = grade.colour, width = width,
    dash = dash_of(grade, width), fill = grade.colour, opacity = 0.08 }
end

local function number_shape(label, at, radius, fill)
  local size = radius * (#label > 2 and 0.95 or 1.25)
  return { kind = "text", x = at.x, y = at.y + 0.36 * size, size = size, text = label,
    middle = true, fill = fill }
end

local function add_balloon(group, label, at, radius, grade)
  local width = radius / 9
  group[#group + 1] = { kind = "circle", x = at.x, y = at.y, radius = radius,
    stroke = grade.colour, width = width, dash = not grade.full and dash_of(grade, width) or nil,
    fill = grade.full and grade.colour or "#ffffff" }
  group[#group + 1] = number_shape(label, at, radius, grade.full and "#ffffff" or grade.colour)
end

-- From the outline to the balloon's rim.
local function leader(at, radius, grade)
  local dx, dy = at.to_x - at.x, at.to_y - at.y
  local length = math.sqrt(dx * dx + dy * dy)
  if length <= radius then
    return nil
  end
  return { kind = "line", x = at.to_x, y = at.to_y, to_x = at.x + dx / length * radius,
    to_y = at.y + dy / length * radius, stroke = grade.colour, width = radius / 11 }
end

local function mark_group(mark, at, radius)
  local grade = grade_of(mark.callout.confidence)
  local sure = mark.callout.confidence
    and (" (%.0f %%)"):format(mark.callout.confidence * 100) or ""
  local group = { title = ("%d: %s%s"):format(mark.number, mark.callout.text, sure) }
  group[1] = outline(mark.corners, grade, radius / 9)
  group[2] = leader(at, radius, grade)
  add_balloon(group, tostring(mark.number), at, radius, grade)
  return group
end

-- ---- the legend ----

local function grades_of(marks)
  local list = { GRADES[1], GRADES[2], GRADES[3] }
  for _, mark in ipairs(marks) do
    if not mark.callout.confidence then
      list[4] = UNKNOWN
    end
  end
  return list
end

-- An entry: a balloon, a piece of outline, and what they mean.
local function add_entry(group, grade, x, y, radius)
  add_balloon(group, "0", { x = x + radius, y = y }, radius * 0.8, grade)
  local left, right, half = x + 2.4 * radius, x + 5 * radius, 0.6 * radius
  group[#group + 1] = outline({ { left, y - half }, { right, y - half }, { right, y + half },
    { left, y + half } }, grade, radius / 9)
  group[#group + 1] = { kind = "text", x = x + 5.5 * radius, y = y + 0.35 * radius, size = radius,
    text = grade.text, fill = "#000000" }
end

-- A strip below the page, so that it hides nothing; entries that do not fit go to a next row.
local function add_legend(scene, marks, radius, heading)
  local group, x, y = {}, radius, scene.page_height + 1.6 * radius
  group[1] = { kind = "line", x = 0, y = scene.page_height, to_x = scene.width,
    to_y = scene.page_height, stroke = "#5a5a5a", width = radius / 12 }
  local function room(width)
    if x > radius and x + width > scene.width then
      x, y = radius, y + 2.2 * radius
    end
  end
  for _, grade in ipairs(grades_of(marks)) do
    local width = (6 + 0.55 * #grade.text) * radius
    room(width)
    add_entry(group, grade, x, y, radius)
    x = x + width + radius
  end
  room(0.55 * #heading * radius)
  group[#group + 1] = { kind = "text", x = x, y = y + 0.35 * radius, size = radius, text = heading,
    fill = "#000000" }
  scene.height = math.ceil(y + 1.6 * radius)
  scene.groups[#scene.groups + 1] = group
end

-- ---- one page ----

local function box_corners(box)
  local right, bottom = box[1] + box[3], box[2] + box[4]
  return { { box[1], box[2] }, { right, box[2] }, { right, bottom }, { box[1], bottom } }
end

-- The step of `pad` that leads from one point away from another.
local function away(from, other, pad)
  local dx, dy = from[1] - other[1], from[2] - other[2]
  local length = math.max(1, math.sqrt(dx * dx + dy * dy))
  return dx / length * pad, dy / length * pad
end

-- An outline that leaves its lettering some room on all sides.
local function padded(corners, pad)
  local wider = {}
  for index, corner in ipairs(corners) do
    local x, y = away(corner, corners[index % 4 + 1], pad)
    local more_x, more_y = away(corner, corners[(index + 2) % 4 + 1], pad)
    wider[index] = { corner[1] + x + more_x, corner[2] + y + more_y }
  end
  return wider
end

-- The call-outs of a page, with the numbers that they have in the list of all.
local function marks_of(drawing, sheet, radius)
  local marks = {}
  for index, callout in ipairs(drawing.callouts) do
    if callout.box and (callout.page or 1) == sheet.page then
      marks[#marks + 1] = { number = index, callout = callout, box = callout.box,
        corners = padded(callout.outline or box_corners(callout.box), 0.2 * radius) }
    end
  end
  return marks
end

-- Without a map balloons are placed all the same, only blindly.
local function ink_map(image, sheet, radius)
  local cell = math.max(4, math.floor(radius / 2))
  local results = reader.run(image, { { "open", page = sheet.page, dpi = sheet.dpi, gray = true },
    { "ink", cell = cell } })
  local map = results and results[2]
  if map then
    map.cell = cell
  end
  return map
end

local function scene_of(image, drawing, sheet)
  local radius = math.max(sheet.width, sheet.height) / RADII
  local marks = marks_of(drawing, sheet, radius)
  local title = (sheet.title_block or drawing.title_block or {}).title or "Drawing"
  local scene = { width = sheet.width, height = sheet.height, page_width = sheet.width,
    page_height = sheet.height, title = title, groups = {} }
  local places = balloons.place(marks, { width = sheet.width, height = sheet.height,
    radius = radius, map = ink_map(image, sheet, radius) })
  for index, mark in ipairs(marks) do
    scene.groups[index] = mark_group(mark, places[index], radius)
  end
  add_legend(scene, marks, radius, ("%s, page %d, %d call-outs"):format(title, sheet.page, #marks))
  return scene
end

local function sheet_of(drawing, page)
  for _, sheet in ipairs(drawing and drawing.sheets or {}) do
    if not page or sheet.page == page then
      return sheet
    end
  end
  return nil, errors.new("input", "this reading has no boxes to outline: only the provider "
    .. "'local' says where a call-out stands")
end

--- The overlay of one page as SVG.
---@param image userdata  the drawing that was read
---@param drawing table   `drawing` of its reading by `local`, with `sheets` and boxes
---@param options? { page: integer? }  the first page that was read by default
---@return string|nil svg
---@return vision.error? err  no boxes, or the page cannot be drawn
function overlay.svg(image, drawing, options)
  local sheet, err = sheet_of(drawing, options and options.page)
  if not sheet then
    return nil, err
  end
  local picture = sheet.page == 1 and SHOWN[image:type()] and image
  if not picture then
    picture, err = reader.picture(image, { page = sheet.page, dpi = sheet.dpi, format = "png" })
  end
  return picture and svg.write(picture, scene_of(image, drawing, sheet)), err
end

-- Colour components of a JPEG file: the byte behind height and width of its frame header.
local function is_grey(jpeg)
  local frame = jpeg:find("\255\192", 1, true) or jpeg:find("\255\194", 1, true)
  return frame ~= nil and jpeg:byte(frame + 9) == 1
end

--- The overlay of one page as PNG: drawn by the reader, as a page of a PDF.
---@param image userdata
---@param drawing table
---@param options? { page: integer? }
---@return string|nil png
---@return vision.error? err
function overlay.png(image, drawing, options)
  local sheet, err = sheet_of(drawing, options and options.page)
  if not sheet then
    return nil, err
  end
  local picture, page
  picture, err = reader.picture(image, { page = sheet.page, dpi = sheet.dpi, format = "jpeg",
    quality = 95 })
  if not picture then
    return nil, err
  end
  local bytes = picture:bytes()
  page = core.image_from_bytes(pdf.write(bytes, is_grey(bytes), scene_of(image, drawing, sheet)))
  picture, err = reader.picture(page, { dpi = 72, format = "png" })
  return picture and picture:bytes(), err
end

return overlay
