-- SPDX-License-Identifier: MIT
-- Threads: ISO metric, unified, pipe and trapezoidal, as a sheet writes them. Only what is written
-- is returned; the pitch of a coarse thread, which a table would give, is not.
local lpeg = require "lpeg"
local tokens = require "vision.reading.grammar.tokens"

local P, R, S, C, Cc, Cg, Ct = lpeg.P, lpeg.R, lpeg.S, lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Ct
local space, number, word = tokens.space, tokens.number, tokens.word

local thread = {}

local function field(pattern, name)
  return Cg(pattern, name)
end

local function standard(name)
  return Cg(Cc(name), "standard")
end

local dash = (P " " ^ 0 * P "-" * P " " ^ 0 + P " " ^ 1)
local by = P " " ^ 0 * tokens.times * P " " ^ 0
local hand = Cg(P "LH" * Cc "left", "hand")

-- Classes: 6H, 6g, 4H5H, 6H/6g for metric threads; 2A, 3B for unified ones.
local iso_class = R "39" * S "eghEGH" * (R "39" * S "gH") ^ -1
local metric_class = C(iso_class * (P "/" * iso_class) ^ -1) * -R("az", "AZ", "09")
local unified_class = C(R "13" * S "AB") * -R("az", "AZ", "09")

local metric = P "M" * field(number, "size") * standard "ISO metric"
  * (by * field(number, "pitch")) ^ -1
  * (dash * field(metric_class, "class")) ^ -1
  * (dash * hand) ^ -1

local trapezoidal = (P "Tr" + P "TR") * space * field(number, "size") * standard "ISO trapezoidal"
  * (by * field(number, "pitch")) ^ -1
  * (dash * field(metric_class, "class")) ^ -1
  * (dash * hand) ^ -1

local series = P "UNC" + P "UNF" + P "UNEF" + P "UNS" + P "UN"
local unified_name = Cg(C(series), "series")
local one_or_two = R "09" * R "09" ^ -1
local inches = (one_or_two * P " ") ^ -1 * one_or_two * P "/" * one_or_two
local decimal_inches = P "." * R "09" * R "09" ^ -3
local unified_size = C(P "#" * one_or_two) * -tokens.digit + C(inches) + C(decimal_inches)
local unified = field(unified_size, "size") * P '"' ^ -1 * standard "unified"
  * dash * field(tokens.integer, "tpi")
  * (space * unified_name) ^ -1
  * (dash * field(unified_class, "class")) ^ -1
  * (dash * hand) ^ -1

local pipe_size = field(C(inches) + C(R "09" * -R "09"), "size") * P '"' ^ -1
local pipe_name = P "Rp" + P "Rc" + P "BSPP" + P "BSPT" + P "BSP" + P "G"
local whitworth = C(pipe_name) / function(name)
  return name == "G" and "ISO 228" or name
end
local pipe_class = C(S "AB") * -R("az", "AZ")
local pipe = Cg(whitworth, "standard") * space * pipe_size
  * (dash * field(pipe_class, "class")) ^ -1
local taper = P "NPTF" * standard "NPTF" + P "NPT" * standard "NPT"
local npt = pipe_size * space * P "-" ^ -1 * space * taper

local any = metric + trapezoidal + pipe + npt + unified
thread.head = Cg(Cc "thread", "type") * Cg(Ct(any), "thread")

-- Words that say "thread" again begin a remark, they are no part of the call-out.
thread.words = tokens.any_word {
  "gewinde", "thread", "tapped", "tap", "gängad", "kernloch",
} + word "gangad"

return thread
