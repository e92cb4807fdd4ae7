-- SPDX-License-Identifier: MIT
-- What enough of the answers say, in the words of the one that says most of it.
local function agreed(answers, quorum)
  local said, count = {}, 0
  for _, answer in ipairs(answers) do
    count = count + (answer.ok and 1 or 0)
    local once = {}
    for _, detail in ipairs(answer.ok and answer.details or {}) do
      if not once[detail] then said[detail], once[detail] = (said[detail] or 0) + 1, true end
    end
  end
  return said, math.max(math.ceil(quorum * count), 1)
end

return {
  description = "What enough of the answers agree on",
  options = { quorum = { "Share of the answers that must say a detail", 0.5, min = 0, max = 1 } },

  select = function(answers, _, options)
    local said, needed = agreed(answers, options.quorum)
    local best, most, details, from, kept = nil, -1, {}, {}, {}
    for _, answer in ipairs(answers) do
      local mine = 0
      for _, detail in ipairs(answer.ok and answer.details or {}) do
        local taken = said[detail] >= needed
        mine = mine + (taken and 1 or 0)
        if taken and not kept[detail] then details[#details + 1], kept[detail] = detail, true end
      end
      if answer.ok and mine > most then best, most = answer, mine end
      if mine > 0 then from[#from + 1] = answer.name end
    end
    if not best or #details == 0 then return end -- nothing agreed: the default stands
    return { summary = best.summary, details = details, confidence = best.confidence, from = from }
  end,
}
