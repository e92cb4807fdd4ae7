-- SPDX-License-Identifier: MIT
-- vision webhooks enable: a receiver that said it was gone gets events again.

local enable = {}

enable.summary = "Send to a receiver again that was given up"
enable.description = [[
A receiver that answers 410 gets nothing more. This lets it have events again: those that waited
when it was given up, and those to come. It ends a pause that a receiver asked for, too.]]

enable.examples = {
  { "vision webhooks enable https://example.com", "as it stands in 'vision webhooks list'" },
}

function enable.configure(command)
  command:argument "receiver" :argname "RECEIVER"
    :description "As 'vision webhooks list' shows it."
end

function enable.run(given, context)
  local function ask(manager) return manager:enable(given.receiver) end
  return require("vision.cli.webhooks").answer(given, context, ask, function()
    context.out:write(given.receiver, ": on\n")
  end)
end

return enable
