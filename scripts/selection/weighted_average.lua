-- SPDX-License-Identifier: MIT
-- All answers in one, each weighing as much as it is sure (times its own weight).
return {
  description = "One answer made of all, weighted by confidence",
  options = { share = { "Share of the weight that must say a detail", 0.5, min = 0, max = 1 } },

  select = function(answers, _, options)
    local total, confidence, from, details, weights = 0, 0, {}, {}, {}
    local best, most = nil, 0
    for _, answer in ipairs(answers) do
      local weight = answer.ok and (answer.confidence or 0) * (answer.weight or 1) or 0
      if weight > most then best, most = answer, weight end
      if weight > 0 then
        total, confidence = total + weight, confidence + weight * answer.confidence
        from[#from + 1] = answer.name
        local said = {}
        for _, detail in ipairs(answer.details or {}) do
          if not weights[detail] then details[#details + 1], weights[detail] = detail, 0 end
          weights[detail] = weights[detail] + (said[detail] and 0 or weight)
          said[detail] = true
        end
      end
    end
    if not best then return end -- none says how sure it is: the default stands
    local kept = {}
    for _, detail in ipairs(details) do
      if weights[detail] >= options.share * total then kept[#kept + 1] = detail end
    end
    return { summary = best.summary, details = kept, confidence = confidence / total, from = from }
  end,
}
