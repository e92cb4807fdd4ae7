---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/reader.c, and of the jobs that csrc/reader does.

---@class vision.core
local core = {}

---@class vision.core.ReaderPoolOptions
---@field program string   path of vision-reader
---@field workers? integer processes at most, 1 .. 64; one a core
---@field queue? integer   jobs that may wait (1000); one more is "queue_full"
---@field idle? number     seconds after which an idle process ends (10)
---@field memory? integer  MiB of address space of each process (4096)
---@field seconds? integer processor time of one job (300)
---@field pixels? integer  of a picture, opened or made (300 million)
---@field output? integer  bytes of all pictures of one answer (256 MiB)

---A pool of reader processes; none is started yet.
---@param options vision.core.ReaderPoolOptions wrong types and values out of range throw
---@return vision.core.ReaderPool?
---@return { reason: string, message: string }? err
function core.reader_pool(options) end

---@class vision.core.ReaderPool
local Pool = {}

---Queues a job. It has its time from when a process takes it.
---@param steps string    one step a line, "name key=value …"; at most 64 KiB
---@param image userdata? handle of an image
---@param options? { timeout: number? } seconds (120)
---@return vision.core.ReaderJob?
---@return { reason: string, message: string }? err "queue_full", "cancelled" (closed pool)
function Pool:job(steps, image, options) end

---@return { workers: integer, busy: integer, waiting: integer } # processes, those at work, jobs
---  that wait
function Pool:counts() end

---False once closed, and in a forked child, which makes a pool of its own.
---@return boolean
function Pool:usable() end

---Ends all processes at once; jobs fail with "cancelled". Any number of times.
function Pool:close() end

---@class vision.core.ReaderJob: vision.core.Operation
local Job = {}

---Nothing while it is not done; then the result as JSON and the images that were made; or nil and
---why: what the reader said, or "reader_crashed", "reader_timeout", "reader_memory",
---"missing_library", "cancelled".
---@return string?
---@return userdata[]|{ reason: string, message: string }|nil
function Job:result() end

---Stops it at once; a process that works on it is killed.
function Job:cancel() end

---A step of a job and, behind the arrow, the members of its result beside `step`. Sizes and boxes
---are pixels; boxes are { x, y, width, height } on the opened page.
---
---  { "about" }                                  -> tesseract, languages, sandbox
---  { "info", page = 1 }                         -> type, page, pages, encrypted, width, height, or
---                                                  for PDF width_points, height_points
---  { "open", page = 1, dpi = 200, gray = false } -> type, page, width, height, dpi (nil: unknown),
---                                                  wanted_dpi (where a PDF page was too large)
---  { "base" }                                   -- back to the picture as it was opened
---  { "upright", turn = 0|90|180|270 }           -> width, height, turn, and where it was needed:
---                                                  skew (degrees), photographed, inverted,
---                                                  evened, to_page (nine numbers). The page made
---                                                  straight, upright, dark on light and grey: from
---                                                  here on that is the page for `base` and boxes.
---                                                  Without `turn` its lettering is asked.
---  { "ink", cell = 16 }                         -> columns, rows, cells: a digit for each square
---                                                  of so many pixels, 0 (blank) to 9
---  { "rotate", angle = 90 }                     -> width, height; degrees clockwise, any
---  { "scale", factor = 0.5 }                    -> width, height
---  { "fit", width = 1568, height = 1568 }       -> width, height; smaller if need be, never larger
---  { "crop", x = 0, y = 0, width = 9, height = 9 } -> width, height
---  { "gray" }
---  { "unline", length = 75, threshold = 200 }   -- a grey copy without lines of that many pixels
---  { "encode", format = "png"|"jpeg", quality = 85 } -> picture (its number), width, height, bytes
---  { "tiles", width = 1500, height = 1500, overlap = 0.12, format =, quality = }
---                                               -> tiles: { box, picture, width, height,
---                                                  bytes } …
---  { "words", psm = 3, languages = "eng", dpi = } -> words: list of vision.reader.Word
---  { "frames" }                                 -> frames: list of vision.reader.Frame
---  { "lettering", looks = 1|2 }                 -> words: as above, read by the reader's own net,
---                                                  each with `length` along its line and `height`
---                                                  of its letters; `rotation` is any angle;
---                                                  height: of the sheet's lettering; from a
---                                                  second look without rules, again: list of
---                                                  { lines = numbers, words = as above }
---  { "text", page = 1, dpi = 200 }              -> type, page, width, height, dpi, words
---@class vision.reader.Step
---@field [1] string

---@class vision.reader.Word
---@field text string
---@field box number[]        x, y, width, height
---@field confidence number   0 .. 1; 1 in a text layer
---@field line integer        words of one line have one number
---@field block integer
---@field rotation number     degrees clockwise by which the page is turned to read it

---Lettering in a small ruled box: a feature control frame, or a single cell.
---@class vision.reader.Frame
---@field box number[]
---@field rotation integer    degrees clockwise by which the page is turned to read it
---@field rows { cells: vision.reader.Cell[] }[] rows of a stack may share their first cell

---@class vision.reader.Cell
---@field box number[]
---@field text string         "" where nothing could be read; a sign in the standard's spelling
---@field confidence number   0 .. 1

---@class vision.reader.Page
---@field page integer
---@field width integer       pixels
---@field height integer
---@field dpi integer?        nil where a picture states none
---@field words vision.reader.Word[]
