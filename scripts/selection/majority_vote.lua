-- SPDX-License-Identifier: MIT
-- The answer that most others agree with. Two agree when they share enough of their words.
local function words_of(answer)
  local words, count = {}, 0
  local text = answer.summary .. " " .. table.concat(answer.details or {}, " ")
  for word in text:lower():gmatch "[^%s,;.]+" do
    if not words[word] then words[word], count = true, count + 1 end
  end
  return words, count
end

local function alike(a, b)
  local words, total = words_of(a)
  local others, count = words_of(b)
  local shared = 0
  for word in pairs(others) do
    if words[word] then shared = shared + 1 end
  end
  return shared / math.max(total + count - shared, 1) -- of all words, those that both have
end

return {
  description = "The answer that most others agree with",
  options = { alike = { "Share of common words from which two agree", 0.5, min = 0, max = 1 } },

  select = function(answers, _, options)
    local best, most = nil, -1
    for _, answer in ipairs(answers) do
      local votes = answer.confidence or 0 -- of equals, the surer one: it is less than one vote
      for _, other in ipairs(answers) do
        local both = answer.ok and other.ok
        if both and alike(answer, other) >= options.alike then votes = votes + 2 end
      end
      if answer.ok and votes > most then best, most = answer.name, votes end
    end
    return best
  end,
}
