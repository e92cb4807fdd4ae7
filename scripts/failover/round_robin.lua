-- SPDX-License-Identifier: MIT
-- Each job begins with the next one; job.turn counts the jobs.
return {
  description = "The next one each time",

  order = function(endpoints, job)
    local usable, names = {}, {}
    for _, endpoint in ipairs(endpoints) do
      if endpoint.health ~= "unhealthy" then usable[#usable + 1] = endpoint end
    end
    if #usable == 0 then usable = endpoints end
    for i = 1, #usable do
      names[i] = usable[(job.turn + i - 2) % #usable + 1].name
    end
    return names
  end,
}
