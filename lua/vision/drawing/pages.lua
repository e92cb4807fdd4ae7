-- SPDX-License-Identifier: MIT
-- Which pages of a drawing are read: those that were asked for, else the first. One rule for every
-- reader, so that a set of 500 sheets is no surprise to anybody.

local errors = require "vision.base.error"

local pages = {}

--- At most so many pages are read at once.
pages.MAXIMUM = 50

local function check(wanted, count)
  if #wanted == 0 then
    return nil, errors.new("invalid_option", "`pages` is empty: name at least one page")
  elseif #wanted > pages.MAXIMUM then
    return nil, errors.new("too_many_pages", ("%d pages are asked for; at most %d are read at "
      .. "once: ask for them in parts"):format(#wanted, pages.MAXIMUM))
  end
  for _, page in ipairs(wanted) do
    if type(page) ~= "number" or page % 1 ~= 0 or page < 1 or page > count then
      return nil, errors.new("invalid_option",
        ("there is no page %s: the drawing has %d"):format(tostring(page), count))
    end
  end
  return wanted
end

--- The pages to read.
---@param options { pages: integer[]?, page: integer? }
---@param count integer pages of the drawing
---@return integer[]|nil wanted
---@return vision.error? err  invalid_option, too_many_pages
---@return string? warning    where there are several and the caller did not choose
function pages.choose(options, count)
  local wanted = options.pages or (options.page and { options.page })
  if wanted then
    return check(wanted, count)
  elseif count == 1 then
    return { 1 }
  end
  return { 1 }, nil, ("the drawing has %d pages and only the first is read: choose with `pages` "
    .. "(--pages 1-%d)"):format(count, math.min(count, pages.MAXIMUM))
end

return pages
