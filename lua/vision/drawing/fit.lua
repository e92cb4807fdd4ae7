-- SPDX-License-Identifier: MIT
-- Makes a drawing fit a model before it is sent: the pages asked for, in a format it takes, no
-- larger in pixels and bytes than it can use. A provider scales a large picture down without a
-- word; here it is done first, so that the loss is known and said.

local errors = require "vision.base.error"
local pages = require "vision.drawing.pages"
local task = require "vision.base.task"
local tiles = require "vision.drawing.tiles"
local tokens = require "vision.drawing.tokens"

local fit = {}

local DEFAULT_DPI = 200

-- Below this scale 2.5 mm lettering on a 200 dpi sheet is under 12 pixels high: that is said.
local STATED_LOSS = 0.6

local JPEG_QUALITY = 88
local MAX_SHRINKS = 6

-- Loaded when a picture must be changed: most go out as they are.
local function reader()
  return require "vision.reading.reader"
end

local function contains(list, word)
  for _, item in ipairs(list) do
    if item == word then
      return true
    end
  end
  return false
end

-- ---- which pages ----

local function page_count(image)
  if image:pages() then
    return image:pages()
  end
  local info, err = reader().info(image)
  if not info then
    return nil, errors.from(err)
  end
  return info.pages or 1
end

-- The pages to send and, where the caller did not choose among several, a word about the rest.
local function pages_of(image, options)
  local count, err = page_count(image)
  if not count then
    return nil, err
  end
  return pages.choose(options, count)
end

-- ---- what to send ----

-- A sheet: one page as a picture. A PDF is drawn; another page of a TIFF is taken out of it.
local function sheet_of(image, page, options)
  if image:type() ~= "pdf" and page == 1 and image:width() then
    return { page = page, image = image, width = image:width(), height = image:height(),
      timeout = options.timeout_seconds }
  end
  local picture, err = reader().picture(image, {
    page = page, dpi = options.dpi or DEFAULT_DPI, format = "png",
    timeout = options.timeout_seconds })
  if not picture then
    return nil, errors.from(err)
  end
  return {
    page = page, image = picture, drawn = true, timeout = options.timeout_seconds,
    width = picture:width(), height = picture:height(),
  }
end

-- The size at which the model sees a picture, within a longest side.
local function seen_size(model, width, height, side, detail)
  local w, h = width, height
  if model.image_tokens then
    local _, seen_w, seen_h = tokens.image(model.image_tokens, width, height, detail)
    w, h = math.min(w, seen_w), math.min(h, seen_h)
  end
  local longest = math.max(w, h)
  if longest > side then
    w, h = math.max(1, math.floor(w * side / longest)), math.max(1, math.floor(h * side / longest))
  end
  return w, h
end

local function part_of(sheet, kind, box)
  return {
    sheet = sheet, part = kind,
    x = box and box[1] or 0, y = box and box[2] or 0,
    width = box and box[3] or sheet.width, height = box and box[4] or sheet.height,
    crop = box,
  }
end

local function parts_of(sheet, model, options)
  local parts = { part_of(sheet, "sheet") }
  if options.tile then
    -- As large as the model sees a square without scaling it.
    local w, h = seen_size(model, 1500, 1500, model.limits.side, options.detail)
    local boxes = tiles.grid(sheet.width, sheet.height, math.min(w, h))
    for _, box in ipairs(#boxes > 1 and boxes or {}) do
      parts[#parts + 1] = part_of(sheet, "tile", box)
    end
    if #boxes > 1 then
      local corner = tiles.title_block(sheet.width, sheet.height)
      parts[#parts + 1] = part_of(sheet, "title_block", corner)
    end
  end
  return parts
end

local function side_limit(limits, count)
  local many = limits.many
  return many and count > many.images and math.min(limits.side, many.side) or limits.side
end

local function size_parts(parts, model, options)
  if #parts > model.limits.images then
    return nil, errors.new("too_large", ("%d pictures would be sent; the model takes %d: "
      .. "choose fewer pages, or no tiles"):format(#parts, model.limits.images))
  end
  local side = side_limit(model.limits, #parts)
  for _, part in ipairs(parts) do
    part.to_width, part.to_height =
      seen_size(model, part.width, part.height, side, options.detail)
    part.must_scale = math.max(part.width, part.height) > side
  end
  return parts
end

--- What would be sent, and at which size; no picture is cut or scaled yet.
---@param image table image handle
---@param model table entry of the catalogue
---@param options table? page, pages, dpi, detail, tile
---@return { parts: table[], warnings: string[] }|nil plan
---@return vision.error? err
function fit.plan(image, model, options)
  options = options or {}
  local wanted, err, warning = pages_of(image, options)
  if not wanted then
    return nil, err
  end
  local parts = {}
  for _, page in ipairs(wanted) do
    local sheet
    sheet, err = sheet_of(image, page, options)
    if not sheet then
      return nil, err
    end
    for _, part in ipairs(parts_of(sheet, model, options)) do
      parts[#parts + 1] = part
    end
  end
  parts, err = size_parts(parts, model, options)
  return parts and { parts = parts, warnings = { warning } }, err
end

-- ---- making it ----

local function is_scaled(part)
  return part.to_width < part.width or part.to_height < part.height
end

-- Whether the model takes a file of this kind and weight.
local function is_taken(image, model)
  local turned = image:orientation()
  return contains(model.formats, image:type())
    and not image:animated()
    and (turned == nil or turned <= 1)
    and image:size() <= model.limits.bytes
end

-- Whether the picture cannot go as it is: then there must be a reader that changes it.
local function must_change(part, model)
  return part.crop ~= nil or part.must_scale or not is_taken(part.sheet.image, model)
end

local function best_format(part, model)
  local is_photo = part.sheet.image:type() == "jpeg"
  if contains(model.formats, "jpeg") and (is_photo or not contains(model.formats, "png")) then
    return "jpeg"
  end
  return "png"
end

-- PNG keeps thin lines; where it is too heavy, JPEG, and then smaller and smaller.
local function make_within(part, model)
  local width, height, format = part.to_width, part.to_height, best_format(part, model)
  local made, err
  for _ = 1, MAX_SHRINKS do
    made, err = reader().picture(part.sheet.image, {
      width = width, height = height, crop = part.crop, format = format,
      quality = format == "jpeg" and JPEG_QUALITY or nil, timeout = part.sheet.timeout,
    })
    if not made then
      return nil, errors.from(err)
    elseif made:size() <= model.limits.bytes then
      return made
    elseif format == "png" and contains(model.formats, "jpeg") then
      format = "jpeg"
    else
      width, height = math.floor(width * 0.8), math.floor(height * 0.8)
    end
  end
  return nil, errors.new("too_large", ("page %d cannot be made smaller than the model's limit of "
    .. "%d bytes"):format(part.sheet.page, model.limits.bytes))
end

-- What stands for a picture that cannot be changed here, though it should be.
local function warn_unchanged(warnings, part)
  if part.sheet.image:transparent() then
    warnings[#warnings + 1] = ("page %d goes out as it is, transparent; the provider may see black "
      .. "ink on black"):format(part.sheet.page)
  end
  if is_scaled(part) then
    warnings[#warnings + 1] = ("page %d goes out as it is, %d x %d pixels; the provider sees at "
      .. "most %d x %d of them"):format(part.sheet.page, part.width, part.height, part.to_width,
      part.to_height)
  end
end

local function change_of(part, made)
  if part.sheet.drawn then
    return "drawn"
  elseif made == part.sheet.image then
    return "none"
  elseif part.crop then
    return "cut"
  end
  local same_size = made:width() == part.width and made:height() == part.height
  return (same_size or made:type() ~= part.sheet.image:type()) and "converted" or "scaled"
end

local function report(part, made)
  local width, height = made:width(), made:height()
  return {
    page = part.sheet.page, part = part.part, change = change_of(part, made),
    box = { part.x, part.y, part.width, part.height },
    width = width, height = height, format = made:type(), bytes = made:size(),
    scale = math.min(1, width / part.width, height / part.height),
  }
end

local function make_part(part, model, warnings)
  local image = part.sheet.image
  local must = must_change(part, model)
  -- A provider lays a transparent picture on black; the reader lays it on white.
  if not must and not is_scaled(part) and not image:transparent() then
    return image
  end
  local ok, err = reader().available()
  if ok then
    return make_within(part, model)
  elseif must then
    return nil, errors.from(err)
  end
  warn_unchanged(warnings, part)
  return image
end

local function add_loss(warnings, sent, tiled)
  if sent.scale < STATED_LOSS and not tiled and sent.part == "sheet" then
    warnings[#warnings + 1] = ("page %d was scaled to %d %% (%d x %d pixels): small lettering may "
      .. "be lost; `tile = true` sends it in parts"):format(sent.page,
      math.floor(sent.scale * 100 + 0.5), sent.width, sent.height)
  end
end

local function check_request_size(images, limits)
  local bytes = 0
  for _, image in ipairs(images) do
    bytes = bytes + image:size() * 4 / 3
  end
  if bytes > limits.request_bytes then
    return nil, errors.new("too_large", ("the pictures are %.0f MB as they are sent; the provider "
      .. "takes %.0f MB: choose fewer pages, or no tiles"):format(bytes / 2 ^ 20,
      limits.request_bytes / 2 ^ 20))
  end
  return true
end

-- A whole PDF, for a model that takes one, where nothing here can draw its pages.
local function as_document(image, model, options)
  if image:type() ~= "pdf" or not model.pdf or options.tile or options.pages or options.page then
    return nil
  elseif reader().available() or image:size() > model.limits.bytes then
    return nil
  end
  return {
    images = { image },
    sent = { { part = "document", format = "pdf", change = "none", bytes = image:size() } },
    warnings = { "the PDF goes out as it is; at which size the provider sees it is not known" },
  }
end

-- All parts; several are made at the same time, each in a reader of its own.
local function make_parts(parts, model, warnings)
  if #parts == 1 then
    local made, err = make_part(parts[1], model, warnings)
    return made and { made }, err
  end
  local jobs = {}
  for i, part in ipairs(parts) do
    jobs[i] = function()
      return make_part(part, model, warnings)
    end
  end
  local results, err = task.gather(jobs)
  local made = {}
  for i, result in ipairs(results or {}) do
    made[i], err = result[1], err or result[2]
  end
  if err then
    return nil, err
  end
  return made
end

-- Whether one page is asked for, and it is a picture that the model sees as it is.
local function fits(image, model, options)
  if options.tile or options.page or options.pages or image:pages() ~= 1 then
    return false
  end
  local width, height = image:width(), image:height()
  if not width or image:transparent() or not is_taken(image, model) then
    return false
  end
  local w, h = seen_size(model, width, height, side_limit(model.limits, 1), options.detail)
  return w >= width and h >= height and model.limits.images > 0
end

-- What the way over a plan comes to for a picture that fits, for a fraction of the work.
local function as_it_is(image)
  local width, height = image:width(), image:height()
  return {
    images = { image },
    sent = { {
      page = 1, part = "sheet", change = "none", box = { 0, 0, width, height },
      width = width, height = height, format = image:type(), bytes = image:size(), scale = 1,
    } },
    warnings = {},
  }
end

-- Every part as it was planned, in the size and format the model takes.
local function as_planned(image, model, options)
  local plan, err = fit.plan(image, model, options)
  if not plan then
    return nil, err
  end
  local fitted = { sent = {}, warnings = plan.warnings }
  fitted.images, err = make_parts(plan.parts, model, fitted.warnings)
  if not fitted.images then
    return nil, err
  end
  for i, part in ipairs(plan.parts) do
    fitted.sent[i] = report(part, fitted.images[i])
    add_loss(fitted.warnings, fitted.sent[i], options.tile)
  end
  return fitted
end

--- The pictures to send.
---@param image table image handle
---@param model table entry of the catalogue
---@param options table? page, pages (from 1), dpi (200), detail (low | high | auto), tile
---  (boolean), timeout_seconds (of work on one picture)
---@return { images: table[], sent: table[], warnings: string[] }|nil
---@return vision.error? err
function fit.prepare(image, model, options)
  options = options or {}
  local document = as_document(image, model, options)
  if document then
    return document
  end
  local fitted, err
  if fits(image, model, options) then
    fitted = as_it_is(image)
  else
    fitted, err = as_planned(image, model, options)
  end
  if not fitted then
    return nil, err
  end
  local ok
  ok, err = check_request_size(fitted.images, model.limits)
  return ok and fitted, err
end

local PART_NAMES = { sheet = "the whole sheet", tile = "an enlarged part of the sheet",
  title_block = "the corner of the title block, enlarged" }

--- What a model must be told about several pictures; "" for one.
---@param sent table[]
---@return string
function fit.caption(sent)
  if #sent < 2 then
    return ""
  end
  local lines = { "", "The pictures, in order; they overlap, so list nothing twice:" }
  for i, entry in ipairs(sent) do
    lines[#lines + 1] = ("%d. page %d, %s, from x=%d y=%d, %d x %d pixels of the page"):format(i,
      entry.page, PART_NAMES[entry.part], entry.box[1], entry.box[2], entry.box[3], entry.box[4])
  end
  return table.concat(lines, "\n")
end

return fit
