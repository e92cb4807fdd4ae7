-- SPDX-License-Identifier: MIT
-- How good a reading is, against labels made by hand. Whole answers are scored: a number counts
-- where a call-out holds it, a call-out where it is given whole, a title-block field where its
-- value stands in the field of its name, a diameter only with its sign, a frame only complete.
-- Multisets are compared, so a size that stands twice on the sheet must be read twice.

local eval = {}

local TITLE_FIELDS = {
  "title", "subtitle", "drawing_number", "revision", "material", "scale", "date",
  "general_tolerance", "sheet", "units", "owner",
}

--- The figures in the order of the report.
eval.FIGURES = {
  "number_recall", "number_precision", "number_f1", "callouts", "diameters", "frames",
  "title_block", "invented",
}

--- What a sheet's findings are, in the order of the report: the labels that were not read, by kind;
--- call-outs with a number that is not on the sheet, and those with no number that is.
eval.FINDINGS = { "callouts", "diameters", "frames", "title_block", "misread", "invented" }

-- ---- text without what drawings and engines spell differently ----

local function replace(text, from, to)
  return (text:gsub(from:gsub("%p", "%%%0"), (to:gsub("%%", "%%%%"))))
end

local function without_signs(text)
  for sign in ("ØⓂⓁⓅ⌵⌴↧⌖⟂⏥◎∠⏤⌭⌯⌒⌓○↗⌰⏊∥"):gmatch "[\194-\244][\128-\191]*" do
    text = replace(text, sign, " ")
  end
  return text
end

-- Signs that may stand before a number and are no part of it: R, M, x, Ø and its variants.
local PREFIX = { r = true, R = true, m = true, M = true, x = true, X = true, ["ø"] = true,
  ["Ø"] = true, ["⌀"] = true, ["∅"] = true }

local function sign_at(text, at)
  local sign = text:match("^[\1-\127]", at) or text:match("^[\194-\244][\128-\191]*", at)
  return PREFIX[sign] and sign or nil
end

local function run_end(text, at)
  local sign = sign_at(text, at)
  while sign do
    at = at + #sign
    sign = sign_at(text, at)
  end
  return at
end

-- A run of such signs before a number becomes a space; behind a letter it is part of a word.
local function without_prefixes(text)
  local out, at = {}, 1
  while at <= #text do
    local behind_letter = text:sub(at - 1, at - 1):find "%a"
    local stop = not behind_letter and run_end(text, at) or at
    if stop > at and text:find("^[%d.,]", stop) then
      out[#out + 1] = " "
      at = stop
    else
      out[#out + 1] = text:sub(at, at)
      at = at + 1
    end
  end
  return table.concat(out)
end

local function without_times(text)
  local out = text:gsub("(%d)[xX]%f[%d.,%s]", "%1 ")
  for _, sign in ipairs { "ø", "Ø", "⌀" } do
    out = out:gsub("(%d)[xX](" .. sign .. ")", "%1 %2")
  end
  return out
end

local function number_at(text, at)
  if text:sub(at - 1, at - 1):find "[%w]" then
    return nil
  end
  return text:match("^%d+[.,]%d+", at) or text:match("^[.,]%d+", at) or text:match("^%d+", at)
end

--- The numbers in a text, with a decimal point: "2x Ø19,9" -> { "2", "19.9" }.
---@param text string
---@return string[]
function eval.numbers(text)
  text = without_times(without_prefixes(replace(text, "⁄", "/")))
  local found, at = {}, 1
  while at <= #text do
    local number = number_at(text, at)
    if number then
      found[#found + 1] = (number:gsub(",", "."))
    end
    at = at + (number and #number or 1)
  end
  return found
end

--- A call-out without case, spaces, brackets, decimal sign and the signs that engines cannot spell.
---@param text string
---@return string
function eval.plain(text)
  text = text:lower():gsub(",", ".")
  text = replace(replace(text, "µ", "u"), "×", "x")
  return (text:gsub("[^a-z0-9./+-]", ""):gsub("%+%-", ""))
end

local SAME = { { "∅", "Ø" }, { "⌀", "Ø" }, { "(M)", "Ⓜ" }, { "(L)", "Ⓛ" }, { "∥", "//" },
  { "⊥", "⟂" }, { "⊕", "⌖" }, { ",", "." } }

--- A frame in one spelling.
---@param text string
---@return string
function eval.frame(text)
  for _, pair in ipairs(SAME) do
    text = replace(text, pair[1], pair[2])
  end
  return (text:gsub("|+(\n?)$", "%1"):gsub("\194\160", ""):gsub("%s", ""))
end

local DIAMETER = { "Ø", "ø", "⌀", "∅" }

-- The first diameter of a text.
local function diameter_of(text)
  local first, value
  for _, sign in ipairs(DIAMETER) do
    local at, _, number = text:find(sign .. "%s*(%d*[.,]?%d+)")
    if at and (not first or at < first) then
      first, value = at, number
    end
  end
  return value and (value:gsub(",", "."))
end

-- ---- multisets ----

local function count(list, into)
  local bag = into or {}
  for _, item in ipairs(list) do
    bag[item] = (bag[item] or 0) + 1
  end
  return bag
end

local function size(bag)
  local total = 0
  for _, number in pairs(bag) do
    total = total + number
  end
  return total
end

local function common(a, b)
  local total = 0
  for item, number in pairs(a) do
    total = total + math.min(number, b[item] or 0)
  end
  return total
end

local function map(list, change)
  local out = {}
  for _, item in ipairs(list) do
    out[#out + 1] = change(item)
  end
  return out
end

local function append(list, more)
  for _, item in ipairs(more or {}) do
    list[#list + 1] = item
  end
  return list
end

-- ---- one sheet ----

local function label_numbers(label)
  local scored, all = {}, {}
  for _, key in ipairs { "dimensions", "threads", "gdt", "roughness" } do
    for _, text in ipairs(label[key] or {}) do
      append(scored, eval.numbers(without_signs(text)))
    end
  end
  append(all, scored)
  for _, value in pairs(label.title_block or {}) do
    append(all, eval.numbers(tostring(value)))
  end
  for _, key in ipairs { "notes", "views", "text", "ignore_numbers" } do
    for _, text in ipairs(label[key] or {}) do
      append(all, eval.numbers(text))
    end
  end
  return count(scored), count(all)
end

local function words_of(value)
  local words = {}
  for word in tostring(value or ""):gmatch "[^%s;]+" do
    if #eval.plain(word) > 0 then
      words[#words + 1] = eval.plain(word)
    end
  end
  return words
end

local function field_is_right(words, given)
  given = eval.plain(tostring(given or ""))
  for _, word in ipairs(words) do
    if not given:find(word, 1, true) then
      return false
    end
  end
  return given ~= ""
end

-- How many fields there are, and those that are not right.
local function check_title(label, given)
  local wanted, missed = 0, {}
  for _, field in ipairs(TITLE_FIELDS) do
    local value = (label.title_block or {})[field]
    local words = words_of(value)
    if #words > 0 then
      wanted = wanted + 1
      if not field_is_right(words, given[field]) then
        missed[#missed + 1] = ("%s: %s"):format(field, value)
      end
    end
  end
  return wanted, missed
end

-- The numbers of a call-out, and how many of them stand on the sheet.
local function check_callout(text, on_sheet)
  local found, known = eval.numbers(without_signs(text)), 0
  for _, number in ipairs(found) do
    known = known + (on_sheet[number] and 1 or 0)
  end
  return found, known
end

local function score_numbers(label, texts)
  local wanted, on_sheet = label_numbers(label)
  local read, with_number, invented = {}, 0, 0
  for _, text in ipairs(texts) do
    local found, known = check_callout(text, on_sheet)
    count(found, read)
    if #found > 0 then
      with_number = with_number + 1
      invented = invented + (known > 0 and 0 or 1)
    end
  end
  return {
    number_hits = common(wanted, read), number_wanted = size(wanted),
    number_true = common(on_sheet, read), number_read = size(read),
    invented = invented, with_number = with_number,
  }
end

local function score_bags(counts, name, wanted, given)
  counts[name .. "_hits"], counts[name .. "_wanted"] = common(wanted, given), size(wanted)
end

local function labelled_callouts(label)
  return append(append({}, label.dimensions), label.threads)
end

local function texts_of(drawing)
  local texts = {}
  for _, callout in ipairs(drawing.callouts or {}) do
    if type(callout) == "table" and callout.text and callout.text ~= "" then
      texts[#texts + 1] = callout.text
    end
  end
  return texts
end

--- Counts for one sheet; counts of several sheets may be added up (`eval.add`).
---@param label table    the labels of the sheet
---@param drawing? table `drawing` of its reading; nothing was read without it
---@return table<string, integer> counts
function eval.score(label, drawing)
  drawing = drawing or {}
  local texts = texts_of(drawing)
  local dimensions = label.dimensions or {}
  local counts = score_numbers(label, texts)
  score_bags(counts, "callout", count(map(labelled_callouts(label), eval.plain)),
    count(map(texts, eval.plain)))
  score_bags(counts, "diameter", count(map(dimensions, diameter_of)),
    count(map(texts, diameter_of)))
  score_bags(counts, "frame", count(map(label.gdt or {}, eval.frame)),
    count(map(texts, eval.frame)))
  local fields, missed = check_title(label, drawing.title_block or {})
  counts.title_wanted, counts.title_hits = fields, fields - #missed
  return counts
end

-- The labels that no text stands for; `change` gives both one spelling, or nil for no label.
local function missed_of(labelled, texts, change)
  local read, missed = count(map(texts, change)), {}
  for _, text in ipairs(labelled) do
    local key = change(text)
    if key and (read[key] or 0) > 0 then
      read[key] = read[key] - 1
    elseif key then
      missed[#missed + 1] = text
    end
  end
  return missed
end

--- What the figures of a sheet lack: lists of texts by the names of `eval.FINDINGS`.
---@param label table
---@param drawing? table as in `eval.score`
---@return table<string, string[]>
function eval.findings(label, drawing)
  drawing = drawing or {}
  local texts, dimensions = texts_of(drawing), label.dimensions or {}
  local _, on_sheet = label_numbers(label)
  local _, fields = check_title(label, drawing.title_block or {})
  local misread, invented = {}, {}
  for _, text in ipairs(texts) do
    local found, known = check_callout(text, on_sheet)
    if known < #found then
      table.insert(known > 0 and misread or invented, text)
    end
  end
  return {
    callouts = missed_of(labelled_callouts(label), texts, eval.plain),
    diameters = missed_of(dimensions, texts, diameter_of),
    frames = missed_of(label.gdt or {}, texts, eval.frame),
    title_block = fields, misread = misread, invented = invented,
  }
end

--- Adds counts to a total.
---@param total table<string, integer>
---@param counts table<string, integer>
---@return table<string, integer> total
function eval.add(total, counts)
  for name, number in pairs(counts) do
    total[name] = (total[name] or 0) + number
  end
  return total
end

local function rounded(value)
  return tonumber(("%.4f"):format(value))
end

local function share(total, hits, wanted)
  local all = total[wanted] or 0
  return all > 0 and rounded((total[hits] or 0) / all) or nil
end

--- The figures of counts, from 0 to 1; nil where nothing was wanted.
---@param total table<string, integer>
---@return table<string, number>
function eval.figures(total)
  local recall = share(total, "number_hits", "number_wanted")
  local precision = share(total, "number_true", "number_read")
  local both = recall and precision and recall > 0 and precision > 0
  return {
    number_recall = recall, number_precision = precision,
    number_f1 = both and rounded(2 * recall * precision / (recall + precision)) or 0,
    callouts = share(total, "callout_hits", "callout_wanted"),
    diameters = share(total, "diameter_hits", "diameter_wanted"),
    frames = share(total, "frame_hits", "frame_wanted"),
    title_block = share(total, "title_hits", "title_wanted"),
    invented = share(total, "invented", "with_number"),
  }
end

return eval
