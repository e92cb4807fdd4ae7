-- SPDX-License-Identifier: MIT
-- The looks of a report as a page: by day, by night, on paper, narrow and wide.

return [[
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --muted: #5c656f; --grid: #e6e9ec;
  --rule: #d3d8dd; --s1: #2b66a8; --s2: #d07a22; --s3: #3c8f72; --s4: #8560b0; --s5: #b9486a;
  --s6: #7d7460; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181c; --ink: #e4e7ea; --muted: #98a2ac; --grid: #262b31; --rule: #363d45;
    --s1: #6aa3e0; --s2: #e3a05a; --s3: #6cc0a1; --s4: #b295da; --s5: #e07f9d; --s6: #b3a98f; }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 44px 20px 60px; max-width: 800px; font: 15px/1.5 system-ui,
  -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
h1 { margin: 0; font-size: 27px; line-height: 1.2; font-weight: 650; letter-spacing: -.012em; }
h2 { margin: 44px 0 12px; font-size: 17px; line-height: 1.3; font-weight: 650; }
p { margin: 0 0 12px; max-width: 66ch; }
.about { margin: 6px 0 0; color: var(--muted); }
.empty { margin-top: 36px; padding: 20px 22px; border: 1px solid var(--rule); border-radius: 6px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 0 24px;
  margin: 32px 0 0; padding: 0; }
.figures div { padding: 12px 0 14px; border-top: 1px solid var(--rule); }
.figures dt { color: var(--muted); font-size: 13px; }
.figures dd { margin: 0; font-size: 27px; line-height: 1.25; font-weight: 600;
  letter-spacing: -.015em; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.figures dd.before { font-size: 13px; font-weight: 400; letter-spacing: 0; color: var(--muted); }
ul.insights { margin: 0; padding: 0; list-style: none; max-width: 70ch; }
ul.insights li { margin: 0 0 10px; padding-left: 16px; border-left: 3px solid var(--s1); }
ul.insights small { display: block; font-size: 13px; color: var(--muted); }
.note { max-width: 82ch; font-size: 13px; color: var(--muted); }
figure { margin: 0; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg.fills { position: absolute; }
svg text { font-size: 12px; fill: var(--muted); }
svg text.value { fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
.grid { stroke: var(--grid); } .base { stroke: var(--rule); }
.cut { stroke: var(--paper); stroke-width: 1.8; fill: none; } .thin { stroke-width: 1.1; }
.dot { fill: var(--paper); }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.s1 { fill: var(--s1); } .s2 { fill: var(--s2); } .s3 { fill: var(--s3); }
.s4 { fill: var(--s4); } .s5 { fill: var(--s5); } .s6 { fill: var(--s6); }
.l1 { stroke: var(--s1); } .l2 { stroke: var(--s2); } .l3 { stroke: var(--s3); }
.l4 { stroke: var(--s4); } .l5 { stroke: var(--s5); } .l6 { stroke: var(--s6); }
.d2 { stroke-dasharray: 7 4; } .d3 { stroke-dasharray: 2 4; } .d4 { stroke-dasharray: 12 4; }
.d5 { stroke-dasharray: 7 3 2 3; } .d6 { stroke-dasharray: 12 3 2 3 2 3; }
.narrow { display: none; }
ul.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 0 0 6px; padding: 0;
  list-style: none; font-size: 13px; color: var(--muted); }
ul.legend svg { display: inline-block; width: 22px; height: 12px; margin-right: 6px;
  vertical-align: -1px; }
details { margin-top: 6px; font-size: 13px; }
summary { width: max-content; color: var(--muted); cursor: pointer; }
summary:focus-visible, .table:focus-visible { outline: 2px solid var(--s1); outline-offset: 2px; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
details table { width: auto; margin-top: 8px; font-size: 13px; }
th, td { padding: 6px 0 6px 20px; text-align: left; vertical-align: baseline;
  border-bottom: 1px solid var(--grid); }
th:first-child, td:first-child { padding-left: 0; overflow-wrap: anywhere; min-width: 7em; }
thead th { padding-bottom: 5px; font-size: 13px; font-weight: 500; line-height: 1.25;
  vertical-align: bottom; color: var(--muted); border-bottom-color: var(--rule); }
tbody th { font-weight: 400; }
tbody tr:last-child > * { border-bottom: 0; }
.number { text-align: right; white-space: nowrap; } thead .number { white-space: normal; }
td.none { color: var(--muted); }
footer { margin-top: 52px; padding-top: 12px; border-top: 1px solid var(--rule); font-size: 13px;
  color: var(--muted); }
@media (max-width: 600px) {
  body { padding: 26px 16px 40px; }
  h1 { font-size: 24px; } h2 { margin-top: 36px; }
  .wide { display: none; } .narrow { display: block; }
  .figures { grid-template-columns: 1fr 1fr; margin-top: 24px; }
  .figures dd { font-size: 23px; }
  th, td { padding-left: 9px; }
  th:first-child, td:first-child { min-width: 5.6em; }
  table { font-size: 13px; }
  /* Where a table goes on, its edge is in shadow. */
  .table { background: linear-gradient(90deg, var(--paper) 40%, transparent) 0 / 36px 100% local,
    linear-gradient(270deg, var(--paper) 40%, transparent) 100% / 36px 100% local,
    linear-gradient(90deg, var(--rule), transparent) 0 / 12px 100% scroll,
    linear-gradient(270deg, var(--rule), transparent) 100% / 12px 100% scroll;
    background-repeat: no-repeat; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --ink: #000; --muted: #444; --grid: #ddd;
    --rule: #999; --s1: #2b66a8; --s2: #d07a22; --s3: #3c8f72; --s4: #8560b0; --s5: #b9486a;
    --s6: #7d7460; }
  @page { margin: 18mm 16mm; }
  html { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h1 { font-size: 19pt; } h2 { margin-top: 22pt; font-size: 12.5pt; }
  h2, h2 + p { break-after: avoid; }
  .wide { display: block; } .narrow { display: none; }
  .figures { grid-template-columns: repeat(4, 1fr); }
  figure, tr, li, .figures { break-inside: avoid; }
  thead { display: table-header-group; }
  table { font-size: 9.5pt; }
  th, td { padding-top: 4px; padding-bottom: 4px; }
  ul.insights { max-width: none; }
  ul.insights li { margin-bottom: 6px; line-height: 1.35; }
  .table { overflow: visible; }
  details { display: none; }
}
]]
