-- SPDX-License-Identifier: MIT
-- The sheet with every call-out outlined and numbered as in the list: an SVG that carries the
-- picture in itself, so that it shows alone in a browser.

local core = require "vision.core"
local errors = require "vision.base.error"
local reader = require "vision.reading.reader"

local overlay = {}

-- What browsers show inside an SVG; other files are made into PNG first.
local SHOWN = { png = true, jpeg = true, gif = true, webp = true }

-- Outlines say how sure the reading is.
local SURE, LIKELY = 0.85, 0.6
local COLOURS = { sure = "#0a7d32", likely = "#b36b00", doubtful = "#c0182b", unknown = "#5a5a5a" }

local function colour_of(confidence)
  if not confidence then
    return COLOURS.unknown
  elseif confidence >= SURE then
    return COLOURS.sure
  end
  return confidence >= LIKELY and COLOURS.likely or COLOURS.doubtful
end

local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function escape(text)
  return (text:gsub('[&<>"]', ESCAPES):gsub("[%z\1-\8\11\12\14-\31]", ""))
end

local function picture_of(image, sheet)
  if SHOWN[image:type()] then
    return image
  end
  return reader.picture(image, { page = sheet.page, dpi = sheet.dpi, format = "png" })
end

local function tooltip(index, callout)
  local sure = callout.confidence and (" (%.0f %%)"):format(callout.confidence * 100) or ""
  return ("%d: %s%s"):format(index, escape(callout.text), sure)
end

local function mark(index, callout, size)
  local box = callout.box
  local pad = 0.25 * size
  local x, y = box[1] - pad, box[2] - pad
  local colour = colour_of(callout.confidence)
  local label = tostring(index)
  local width = (0.62 * #label + 0.5) * size
  local top = math.max(0, y - 1.15 * size)
  return ([[
<g><title>%s</title>
<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s" fill-opacity="0.08" stroke="%s"/>
<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s" stroke="none"/>
<text x="%.1f" y="%.1f" fill="#fff">%s</text></g>
]]):format(tooltip(index, callout), x, y, box[3] + 2 * pad, box[4] + 2 * pad, colour, colour,
    x, top, width, 1.15 * size, colour, x + width / 2, top + 0.9 * size, label)
end

local HEAD = [[
<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d">
<title>%s</title>
<rect width="100%%" height="100%%" fill="#fff"/>
<image width="%d" height="%d" href="data:%s;base64,%s"/>
<g font-family="sans-serif" font-size="%.1f" text-anchor="middle" stroke-width="%.1f">
]]

local function sheet_of(drawing, page)
  for _, sheet in ipairs(drawing.sheets or {}) do
    if not page or sheet.page == page then
      return sheet
    end
  end
end

--- The overlay of one page.
---@param image userdata  the drawing that was read
---@param drawing table   `drawing` of its reading by `local`, with `sheets` and boxes
---@param options? { page: integer? }  the first page that was read by default
---@return string|nil svg
---@return vision.error? err  no boxes, or the page cannot be drawn
function overlay.svg(image, drawing, options)
  local sheet = sheet_of(drawing or {}, options and options.page)
  if not sheet then
    return nil, errors.new("input", "this reading has no boxes to outline: only the provider "
      .. "'local' says where a call-out stands")
  end
  local picture, err = picture_of(image, sheet)
  if not picture then
    return nil, err
  end
  local width, height = sheet.width, sheet.height
  local size = math.max(width, height) / 140
  local title = drawing.title_block and drawing.title_block.title or "Drawing"
  local parts = { HEAD:format(width, height, width, height, escape(title), width, height,
    picture:media_type(), core.base64_encode(picture:bytes()), size, size / 9) }
  for index, callout in ipairs(drawing.callouts) do
    if callout.box and (callout.page or 1) == sheet.page then
      parts[#parts + 1] = mark(index, callout, size)
    end
  end
  parts[#parts + 1] = "</g>\n</svg>\n"
  return table.concat(parts)
end

return overlay
