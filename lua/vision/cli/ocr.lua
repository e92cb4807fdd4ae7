-- SPDX-License-Identifier: MIT
-- vision ocr: the text of drawings, with no reading of it.

local files = require "vision.cli.files"
local options = require "vision.cli.options"
local text = require "vision.cli.text"

local ocr = {}

ocr.summary = "Print the text of drawings"
ocr.description = [[
Prints the words on each drawing: the text layer of a PDF where there is one, otherwise what is
recognised in the picture. No model is called and nothing leaves this machine.]]

ocr.examples = {
  { "vision ocr scan.png", "the text, line by line" },
  { "vision ocr --json scan.png", "every word with its box and confidence" },
  { "vision ocr --ocr-provider tesseract --pages 2 set.pdf", "recognise page 2" },
}

function ocr.configure(command)
  options.files(command)
  command:option "--ocr-provider" :argname "NAME" :default "auto"
    :choices { "auto", "text_layer", "tesseract" }
    :description "Where the words come from: auto, text_layer or tesseract."
  options.pages_and_dpi(command)
  command:flag "--json"
    :description "Print the answer as JSON, one object a line, with the same keys on failure."
  options.timeout(command)
end

function ocr.run(given, context)
  local manager = options.manager(given, context)
  return files.each({
    files = given.files,
    json = given.json,
    plain = true,
    show = function(_, answer)
      return (answer.ocr.text:gsub("[^\n]+", text.clean)) .. "\n"
    end,
    analyze = function(path)
      local request = {
        include_description = false,
        ocr_provider = given.ocr_provider,
        pages = given.pages,
        dpi = given.dpi,
      }
      return files.analyze(manager, path, request, given.timeout)
    end,
  }, context)
end

return ocr
