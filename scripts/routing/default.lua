-- SPDX-License-Identifier: MIT
-- Which provider and model reads a job. As shipped it decides nothing, so what is configured
-- stands. With its option set, thick files go elsewhere.
return {
  description = "The configured provider; another one for thick files, if there is one",
  options = {
    thick = { "Pages from which the other one reads", 8, min = 1 },
    provider = { "Who reads thick files: a provider or provider/model; empty: the same", "" },
  },

  route = function(job, options)
    if options.provider ~= "" and (job.pages or 1) >= options.thick then return options.provider end
  end,
}
