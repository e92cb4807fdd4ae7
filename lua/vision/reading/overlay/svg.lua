-- SPDX-License-Identifier: MIT
-- Shapes over a picture as an SVG that carries the picture in itself, so that it shows alone in a
-- browser. What the shapes are: see `vision.reading.overlay`.

local core = require "vision.core"

local svg = {}

local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function escape(text)
  return (text:gsub('[&<>"]', ESCAPES):gsub("[%z\1-\8\11\12\14-\31]", ""))
end

local function style_of(shape)
  local style = (' fill="%s"'):format(shape.fill or "none")
  if shape.opacity then
    style = style .. (' fill-opacity="%.2f"'):format(shape.opacity)
  end
  if shape.stroke then
    style = style .. (' stroke="%s" stroke-width="%.1f"'):format(shape.stroke, shape.width)
  end
  if shape.dash then
    style = style .. (' stroke-dasharray="%.1f %.1f"'):format(shape.dash[1], shape.dash[2])
  end
  return style
end

local draw = {}

function draw.polygon(shape)
  local points = {}
  for index, point in ipairs(shape.points) do
    points[index] = ("%.1f,%.1f"):format(point[1], point[2])
  end
  return ('<polygon points="%s"%s/>'):format(table.concat(points, " "), style_of(shape))
end

function draw.line(shape)
  return ('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"%s/>'):format(shape.x, shape.y, shape.to_x,
    shape.to_y, style_of(shape))
end

function draw.circle(shape)
  return ('<circle cx="%.1f" cy="%.1f" r="%.1f"%s/>'):format(shape.x, shape.y, shape.radius,
    style_of(shape))
end

function draw.text(shape)
  return ('<text x="%.1f" y="%.1f" font-size="%.1f" text-anchor="%s"%s>%s</text>'):format(shape.x,
    shape.y, shape.size, shape.middle and "middle" or "start", style_of(shape), escape(shape.text))
end

local HEAD = [[
<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d">
<title>%s</title>
<rect width="100%%" height="100%%" fill="#fff"/>
<image width="%d" height="%d" href="data:%s;base64,%s"/>
<g font-family="Helvetica, Arial, sans-serif">
]]

---@param picture userdata  the page, of a type that browsers show
---@param scene vision.reading.Scene
---@return string
function svg.write(picture, scene)
  local parts = { HEAD:format(scene.width, scene.height, scene.width, scene.height,
    escape(scene.title), scene.page_width, scene.page_height, picture:media_type(),
    core.base64_encode(picture:bytes())) }
  for _, group in ipairs(scene.groups) do
    parts[#parts + 1] = group.title and ("<g><title>%s</title>\n"):format(escape(group.title))
      or "<g>\n"
    for _, shape in ipairs(group) do
      parts[#parts + 1] = draw[shape.kind](shape) .. "\n"
    end
    parts[#parts + 1] = "</g>\n"
  end
  parts[#parts + 1] = "</g>\n</svg>\n"
  return table.concat(parts)
end

return svg
