-- SPDX-License-Identifier: MIT
-- What charts are drawn with: elements, fills that differ without colour too, axes. All text is
-- escaped; colours are classes, so that a page decides on them, also in the dark and on paper.

local format = require "vision.report.format"
local scale = require "vision.report.render.scale"

local svg = {}

local FONT = 12                -- pixels
local CHARACTER = 0.56 * FONT  -- of an average one

--- Colours of series.
svg.COLOURS = 6

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;",
  ["'"] = "&#39;" }

--- Text for HTML and SVG, also within quotes. What no XML may hold becomes a space.
---@param text any
---@return string
function svg.escape(text)
  return (tostring(text):gsub("[%z\1-\8\11\12\14-\31\127]", " "):gsub("[&<>\"']", ENTITIES))
end

--- About how wide a text is drawn.
---@param text string
---@return number pixels
function svg.width(text)
  local _, characters = text:gsub("[^\128-\191]", "")
  return characters * CHARACTER
end

-- "12.5", "12"
local function number(value)
  return (("%.1f"):format(value):gsub("%.0$", ""))
end

--- An element: its attributes in the order given.
---@param name string
---@param attributes (string|number)[]  name, value, name, value …
---@param content string?  markup
---@return string
function svg.element(name, attributes, content)
  local parts = { "<", name }
  for i = 1, #attributes, 2 do
    local value = attributes[i + 1]
    parts[#parts + 1] = (' %s="%s"'):format(attributes[i],
      type(value) == "number" and number(value) or svg.escape(value))
  end
  parts[#parts + 1] = content and (">%s</%s>"):format(content, name) or "/>"
  return table.concat(parts)
end

--- A text of a chart.
---@param x number
---@param y number
---@param anchor "start"|"middle"|"end"
---@param text string
---@param class string?
---@return string
function svg.text(x, y, anchor, text, class)
  return svg.element("text", { "x", x, "y", y, "text-anchor", anchor, "class", class or "label" },
    svg.escape(text))
end

function svg.line(x1, y1, x2, y2, class)
  return svg.element("line", { "x1", x1, "y1", y1, "x2", x2, "y2", y2, "class", class })
end

-- ---- fills ----

-- What lies over the colour, in a square of 8.
local TEXTURES = {
  "",
  '<path d="M-2,2l4,-4M0,8l8,-8M6,10l4,-4" class="cut"/>',
  '<circle cx="2" cy="2" r="1.3" class="dot"/><circle cx="6" cy="6" r="1.3" class="dot"/>',
  '<path d="M0,4h8" class="cut"/>',
  '<path d="M0,0l8,8M8,0l-8,8" class="cut thin"/>',
  '<path d="M4,0v8" class="cut"/>',
}

--- The colour of a series, by its number; those beyond the last begin again.
---@param series integer
---@return integer
function svg.colour(series)
  return (series - 1) % svg.COLOURS + 1
end

-- A colour that comes again comes with another texture.
local function texture(series)
  return (series - 1 + math.floor((series - 1) / svg.COLOURS)) % #TEXTURES + 1
end

--- The class of a line: a colour, and dashes that differ where a colour comes again.
---@param series integer
---@return string
function svg.stroke(series)
  return ("line l%d d%d"):format(svg.colour(series), texture(series))
end

local MOST = svg.COLOURS * #TEXTURES

local function fill_of(series)
  return "fill" .. (series - 1) % MOST + 1
end

--- The fills of all charts of a page: stands on it once, before them, and takes no room. (Not in
--- one of the charts: what is hidden lends its fills to nobody.)
---@param count integer of series
---@return string
function svg.fills(count)
  local parts = {}
  for i = 1, math.min(count, MOST) do
    parts[i] = svg.element("pattern", { "id", fill_of(i), "width", 8, "height", 8,
      "patternUnits", "userSpaceOnUse" },
      svg.element("rect", { "width", 8, "height", 8, "class", "s" .. svg.colour(i) })
        .. TEXTURES[texture(i)])
  end
  return svg.element("svg", { "class", "fills", "width", 0, "height", 0, "aria-hidden", "true" },
    svg.element("defs", {}, table.concat(parts)))
end

--- A rectangle filled as a series is.
function svg.bar(series, x, y, width, height)
  return svg.element("rect", { "x", x, "y", y, "width", width, "height", height,
    "fill", ("url(#%s)"):format(fill_of(series)) })
end

-- ---- axes ----

---@class vision.report.Plot
---@field left number
---@field right number
---@field top number
---@field bottom number
---@field y fun(value: number): number

--- The plot of a chart with a vertical axis: its ticks, and marks that are to be drawn first.
---@param chart vision.report.Chart
---@param width number
---@param height number
---@param least number
---@param greatest number
---@return vision.report.Plot
---@return string marks
function svg.plot(chart, width, height, least, greatest)
  local ticks = scale.ticks(least, greatest, 4, chart.unit == "count" and 1 or nil,
    chart.unit == "share" and 1 or nil)
  local texts, widest, marks = format.ticks(ticks, chart.unit), 0, {}
  for _, text in ipairs(texts) do widest = math.max(widest, svg.width(text)) end
  local low, high = ticks[1], ticks[#ticks]
  local plot = { left = widest + 10, right = width - 2, top = 20, bottom = height - 24 }
  function plot.y(value)
    return plot.bottom - (value - low) / (high - low) * (plot.bottom - plot.top)
  end
  for i, tick in ipairs(ticks) do
    local y = plot.y(tick)
    marks[#marks + 1] = svg.line(plot.left, y, plot.right, y, i == 1 and "base" or "grid")
    marks[#marks + 1] = svg.text(plot.left - 8, y + 4, "end", texts[i])
  end
  return plot, table.concat(marks)
end

--- The labels below a plot; each stands under the middle of its place.
---@param plot vision.report.Plot
---@param labels string[]
---@return string
function svg.below(plot, labels)
  local marks, step = {}, (plot.right - plot.left) / math.max(1, #labels)
  local shown = scale.labels(labels, plot.right - plot.left, function(text)
    return svg.width(text) + 14
  end)
  local free = 0 -- where the label before ends
  for _, label in ipairs(shown) do
    local half = svg.width(label.text) / 2
    local x = plot.left + (label.at - 0.5) * step
    x = math.max(plot.left + half - 6, math.min(plot.right - half, x))
    if x - half >= free then
      marks[#marks + 1] = svg.text(x, plot.bottom + 17, "middle", label.text)
      free = x + half + 8
    end
  end
  return table.concat(marks)
end

return svg
