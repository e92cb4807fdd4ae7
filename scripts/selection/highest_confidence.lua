-- SPDX-License-Identifier: MIT
-- The answer that is surest of itself; of equals the first. One without a confidence comes last.
return {
  description = "The answer with the highest confidence",

  select = function(answers)
    local best
    for _, answer in ipairs(answers) do
      local better = best and (answer.confidence or -1) > (best.confidence or -1)
      if answer.ok and (better or not best) then best = answer end
    end
    return best and best.name
  end,
}
