-- SPDX-License-Identifier: MIT
-- Threads: ISO metric, trapezoidal, round and buttress, unified, Acme, pipe and Whitworth, as a
-- sheet writes them. Only what is written is returned; the pitch of a coarse thread, which a table
-- would give, is not.
local lpeg = require "lpeg"
local tokens = require "vision.reading.grammar.tokens"
local words = require "vision.reading.grammar.words"

local P, R, S, C, Cc, Cg, Ct = lpeg.P, lpeg.R, lpeg.S, lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Ct
local space, number, word, any_word = tokens.space, tokens.number, tokens.word, tokens.any_word

local thread = {}

local field = Cg

local function standard(name)
  return Cg(Cc(name), "standard")
end

local no_more = -(R "09" + tokens.letter)
local dash = space * P "-" * space
local dash_or_space = dash + P " " ^ 1
local by = space * tokens.times * space

local hand = tokens.flag(word "lh" + word "l.h" + any_word(words.left), "hand", "left")
  + tokens.flag(word "rh" + word "r.h" + any_word(words.right), "hand", "right")

-- What may follow a thread's size: its class and its hand, in either order.
local function ending(class)
  return (dash_or_space * (field(C(class) * no_more, "class") + hand)) ^ -2
end

-- 6H, 6g, 4H5H, 6H/6g.
local iso_class = R "39" * (S "cdefgh" + S "GH")
iso_class = iso_class * iso_class ^ -1
local metric_ending = ending(iso_class * (P "/" * iso_class) ^ -1)

-- Behind "x" may stand the depth ("M8 x 20 deep") or an angle ("M8 x 90°").
local no_pitch = space * word "mm" ^ -1 * space * tokens.deep + space * P "°"
local pitch = field(number, "pitch") * -no_pitch
local several_starts = P "Ph" * space * field(number, "lead") * space * P "P" * space
  * field(number, "pitch")

local metric = P "M" * P "J" ^ -1 * P " " ^ -1 * field(number, "size") * standard "ISO metric"
  * (by * (several_starts + pitch)) ^ -1 * metric_ending

-- "Tr 40x14 P7" and "Tr 40x14(P7)" have several starts: the first number is the lead.
local divided = space * P "(" ^ -1 * P "P" * space * field(number, "pitch") * P ")" ^ -1
local power_pitch = by * (field(number, "lead") * divided + pitch)
local power_names = (P "Tr" + P "TR") * standard "ISO trapezoidal"
  + P "S" * #(space * number * by) * standard "buttress"
local power = power_names * space * field(number, "size") * power_pitch ^ -1 * metric_ending
local round = P "Rd" * space * field(number, "size") * standard "round"
  * by * P "1/" * field(tokens.integer, "tpi") * ending(P(false))

local one_or_two = R "09" * R "09" ^ -1
local inches = (one_or_two * P " ") ^ -1 * one_or_two * P "/" * one_or_two * -R "09"
local mark = P '"' ^ -1
local numbered = (P "#" + word "no" * space / 0) * one_or_two * -tokens.digit
local decimal_inches = R "09" ^ -1 * P "." * R "09" * R "09" ^ -3
local whole = R "19" * -(S ".," ^ -1 * R "09")

-- Longest names first: a shorter one begins some of them.
local series = P "UNJC" + "UNJF" + "UNEF" + "UNRC" + "UNRF" + "UNC" + "UNF" + "UNS" + "UNJ" + "UNR"
  + "UN"
local series_name = field(C(series) * -tokens.letter, "series")
local unified_ending = ending(R "13" * S "AB")
local tpi = field(number, "tpi")

-- Without a series only a fraction or a number says that "1/4-20" is a thread.
local unified = standard "unified"
  * (field(C(inches + numbered + decimal_inches + whole), "size") * mark
      * dash_or_space * tpi * (space * P "-") ^ -1 * space * series_name
    + field(C(inches + numbered), "size") * mark * dash * tpi)
  * unified_ending

local acme = standard "Acme" * field(C(inches + decimal_inches + whole), "size") * mark
  * dash_or_space * tpi * (space * P "-") ^ -1 * space * (P "STUB" * space) ^ -1 * P "ACME"
  * ending(R "26" * S "CG")

-- G, R, Rp, Rc and the British names; in inches of the pipe, not of the thread.
local pipe_size = field(C(inches + whole), "size") * mark
local taper_pipe = P "R" * #(space * inches) * tokens.on_sheets(function(unit)
  return unit ~= "inch" -- there R1/4 is a radius
end)
local british = P "BSPP" + "BSPT" + "BSP" + "BSW" + "BSF"
local pipe_name = (P "Rp" + "Rc" + "Rs" + taper_pipe) * standard "ISO 7"
  + P "G" * standard "ISO 228"
  + P "W" * #(space * inches) * standard "Whitworth"
  + field(C(british), "standard")
local pipe_ending = ending(S "AB")
local pipe = pipe_name * space * pipe_size * pipe_ending

local american = field(C(P "NPTF" + "NPTR" + "NPT" + "NPSM" + "NPSF" + "NPSC" + "NPS")
  * -tokens.letter, "standard")
local named_last = pipe_size * (dash_or_space * tpi) ^ -1 * (space * P "-") ^ -1 * space
  * (american + field(C(british) * -tokens.letter, "standard")) * pipe_ending
local named_first = american * space * pipe_size * pipe_ending
local conduit = (P "PG" + P "Pg") * space * standard "Pg" * field(number, "size")

-- "1/2-14 NPT" and "1/2-10 ACME" begin as "1/2-14" does.
local any = metric + power + round + named_last + named_first + acme + pipe + conduit + unified
local prefix = any_word(words.thread) * space

thread.head = prefix ^ -1 * Cg(Cc "thread", "type") * Cg(Ct(any), "thread")

return thread
