-- SPDX-License-Identifier: MIT

-- Small PDF files written by hand, for specs: text, page boxes, rotation, many
-- pages, a damaged table.

local pdf = {}

local function escape(text)
  return (text:gsub("[\\()]", "\\%0"))
end

---One piece of text as content-stream operators.
local function show(piece)
  local c, s = 1, 0
  if piece.angle then
    c, s = math.cos(math.rad(piece.angle)), math.sin(math.rad(piece.angle))
  end
  return ("BT /F1 %g Tf %.6f %.6f %.6f %.6f %g %g Tm (%s) Tj ET\n"):format(
    piece.size or 12, c, s, -s, c, piece.x, piece.y, escape(piece.text))
end

local function content(page)
  local parts = {}
  for _, piece in ipairs(page.texts or {}) do parts[#parts + 1] = show(piece) end
  return table.concat(parts) .. (page.operators or "")
end

local function page_object(page, parent, stream, font)
  local extra = ""
  if page.rotate then extra = extra .. " /Rotate " .. page.rotate end
  if page.crop then
    extra = extra .. (" /CropBox [%g %g %g %g]"):format((table.unpack or unpack)(page.crop))
  end
  return ("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %g %g] /Contents %d 0 R%s"
    .. " /Resources << /Font << /F1 %d 0 R >> >> >>"):format(
    parent, page.width, page.height, stream, extra, font)
end

local function object_bodies(pages)
  local bodies = { "<< /Type /Catalog /Pages 2 0 R >>", "",
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>" }
  local kids = {}
  for _, page in ipairs(pages) do
    local text = content(page)
    bodies[#bodies + 1] = ("<< /Length %d >>\nstream\n%s\nendstream"):format(#text, text)
    bodies[#bodies + 1] = page_object(page, 2, #bodies, 3)
    kids[#kids + 1] = #bodies .. " 0 R"
  end
  bodies[2] = ("<< /Type /Pages /Count %d /Kids [%s] >>"):format(#pages,
    table.concat(kids, " "))
  return bodies
end

---A PDF file. Each page: `width`, `height` in points, `texts` = list of
---{ text=, x=, y=, size=, angle= } (y upwards), `rotate`, `crop`, `operators`.
---@param pages table[]
---@return string bytes
function pdf.write(pages)
  local out, offsets, length = { "%PDF-1.4\n" }, {}, 9
  for number, body in ipairs(object_bodies(pages)) do
    local text = ("%d 0 obj\n%s\nendobj\n"):format(number, body)
    offsets[number] = length
    out[#out + 1] = text
    length = length + #text
  end
  out[#out + 1] = ("xref\n0 %d\n0000000000 65535 f \n"):format(#offsets + 1)
  for _, offset in ipairs(offsets) do
    out[#out + 1] = ("%010d 00000 n \n"):format(offset)
  end
  out[#out + 1] = ("trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"):format(
    #offsets + 1, length)
  return table.concat(out)
end

return pdf
