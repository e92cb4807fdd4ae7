-- SPDX-License-Identifier: MIT
local csv = require "vision.reading.csv"

describe("call-outs as CSV", function()
  local callout = { type = "diameter", text = "2x Ø19,9 0/-0,1", quantity = 2, nominal = 19.9,
    upper = 0, lower = -0.1, unit = "mm", confidence = 0.88, page = 1, box = { 812, 440, 96, 22 },
    sources = { "text_layer", "ocr" } }

  it("has one row each under named columns", function()
    local rows = csv.rows { callout }
    local head, first = rows:match "^(.-)\r\n(.-)\r\n$"
    assert.equal("number,page,type,text,nominal,upper,lower,unit,quantity,fit,thread,depth,"
      .. "reference,basic,confidence,result,x,y,width,height,sources", head)
    assert.equal('1,1,diameter,"2x Ø19,9 0/-0,1",19.9,0,-0.1,mm,2,,,,,,0.88,,812,440,96,22,'
      .. "text_layer ocr", first)
  end)

  it("names the file in front where several were read, and the head only when asked", function()
    assert.equal("file,", csv.rows({}, { file = "a.pdf" }):sub(1, 5))
    assert.equal("", csv.rows({}, { header = false }))
    assert.equal('"a,b.pdf",1,,length,8', csv.rows({ { type = "length", text = "8" } },
      { file = "a,b.pdf", header = false }):sub(1, 21))
  end)

  it("gives angles in degrees alone", function()
    local rows = csv.rows({ { type = "angle", text = "30° 15' ±30'", nominal = 30, minutes = 15,
      seconds = 36, upper = 30, lower = -30, deviation_unit = "'", unit = "°" } },
      { header = false })
    assert.is_truthy(rows:find("1,,angle,30° 15' ±30',30.26,0.5,-0.5,°,", 1, true))
  end)

  it("gives limits and threads in their columns", function()
    local rows = csv.rows({ { type = "length", text = "16.00/15.50",
      limits = { upper = 16, lower = 15.5 } } }, { header = false })
    assert.is_truthy(rows:find("1,,length,16.00/15.50,,16,15.5,", 1, true))
    rows = csv.rows({ { type = "thread", text = "M8x1.25",
      thread = { standard = "ISO metric", size = 8, pitch = 1.25 } } }, { header = false })
    assert.is_truthy(rows:find(",ISO metric 8x1.25,", 1, true))
  end)
end)
