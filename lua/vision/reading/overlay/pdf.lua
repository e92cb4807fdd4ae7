-- SPDX-License-Identifier: MIT
-- Shapes over a picture as a PDF of one page, a point a pixel: what poppler makes a picture of,
-- with smooth lines and lettering. What the shapes are: see `vision.reading.overlay`.

local pdf = {}

-- Control points of a quarter of a circle.
local ROUND = 0.5523
-- Of Helvetica, in its size: all digits are equally wide.
local DIGIT = 0.556

local function colour(hex)
  local parts = {}
  for pair in hex:gmatch "%x%x" do
    parts[#parts + 1] = ("%.3f"):format(tonumber(pair, 16) / 255)
  end
  return table.concat(parts, " ")
end

-- Sets what the paths that follow look like; gives the operator that paints one.
local function begin(shape, out)
  out[#out + 1] = "q"
  if shape.fill then
    out[#out + 1] = colour(shape.fill) .. " rg"
  end
  if shape.stroke then
    out[#out + 1] = ("%s RG %.2f w"):format(colour(shape.stroke), shape.width)
  end
  if shape.dash then
    out[#out + 1] = ("[%.1f %.1f] 0 d"):format(shape.dash[1], shape.dash[2])
  end
  if shape.opacity then
    out[#out + 1] = "/Pale gs"
  end
  return shape.fill and (shape.stroke and "B" or "f") or "S"
end

local draw = {}

function draw.polygon(shape, out)
  local paint = begin(shape, out)
  for index, point in ipairs(shape.points) do
    out[#out + 1] = ("%.2f %.2f %s"):format(point[1], point[2], index == 1 and "m" or "l")
  end
  out[#out + 1] = "h " .. paint .. " Q"
end

function draw.line(shape, out)
  begin(shape, out)
  out[#out + 1] = ("%.2f %.2f m %.2f %.2f l S Q"):format(shape.x, shape.y, shape.to_x, shape.to_y)
end

function draw.circle(shape, out)
  local paint = begin(shape, out)
  local x, y, r = shape.x, shape.y, shape.radius
  local c = ROUND * r
  out[#out + 1] = ("%.2f %.2f m"):format(x + r, y)
  for _, p in ipairs {
    { x + r, y + c, x + c, y + r, x, y + r }, { x - c, y + r, x - r, y + c, x - r, y },
    { x - r, y - c, x - c, y - r, x, y - r }, { x + c, y - r, x + r, y - c, x + r, y },
  } do
    out[#out + 1] = ("%.2f %.2f %.2f %.2f %.2f %.2f c"):format(p[1], p[2], p[3], p[4], p[5], p[6])
  end
  out[#out + 1] = "h " .. paint .. " Q"
end

-- Western letters; others become a question mark.
local function latin(text)
  local bytes = text:gsub("[\194\195][\128-\191]", function(pair)
    return string.char((pair:byte(1) - 194) * 64 + pair:byte(2))
  end)
  bytes = bytes:gsub("[\196-\244][\128-\191]+", "?"):gsub("%c", " ")
  return (bytes:gsub("[\\()]", "\\%0"))
end

function draw.text(shape, out)
  begin(shape, out)
  local x = shape.middle and shape.x - DIGIT * shape.size * #shape.text / 2 or shape.x
  -- The page is turned over, so that y grows downwards; lettering is turned back.
  out[#out + 1] = ("BT /F %.2f Tf 1 0 0 -1 %.2f %.2f Tm (%s) Tj ET Q"):format(shape.size, x,
    shape.y, latin(shape.text))
end

local function content(scene)
  local out = {
    ("1 0 0 -1 0 %d cm"):format(scene.height),
    ("q %d 0 0 -%d 0 %d cm /Page Do Q"):format(scene.page_width, scene.page_height,
      scene.page_height),
  }
  for _, group in ipairs(scene.groups) do
    for _, shape in ipairs(group) do
      draw[shape.kind](shape, out)
    end
  end
  return table.concat(out, "\n")
end

local function stream(dictionary, bytes)
  return ("<< %s /Length %d >>\nstream\n"):format(dictionary, #bytes) .. bytes .. "\nendstream"
end

local function file_of(objects)
  local parts, offsets, length = { "%PDF-1.4\n" }, {}, 9
  for number, body in ipairs(objects) do
    local object = ("%d 0 obj\n"):format(number) .. body .. "\nendobj\n"
    offsets[number] = ("%010d 00000 n \n"):format(length)
    parts[#parts + 1] = object
    length = length + #object
  end
  parts[#parts + 1] = ("xref\n0 %d\n0000000000 65535 f \n"):format(#objects + 1)
    .. table.concat(offsets) .. ("trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n")
    :format(#objects + 1, length)
  return table.concat(parts)
end

---@param jpeg string  the page as a JPEG file
---@param grey boolean  whether it is one of greys
---@param scene vision.reading.Scene
---@return string
function pdf.write(jpeg, grey, scene)
  return file_of {
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
    ("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R /Resources << "
      .. "/Font << /F 5 0 R >> /XObject << /Page 6 0 R >> "
      .. "/ExtGState << /Pale << /ca 0.08 >> >> >> >>"):format(scene.width, scene.height),
    stream("", content(scene)),
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    stream(("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /%s "
      .. "/BitsPerComponent 8 /Filter /DCTDecode"):format(scene.page_width, scene.page_height,
      grey and "DeviceGray" or "DeviceRGB"), jpeg),
  }
end

return pdf
