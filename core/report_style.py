"""How a report looks on a screen and on paper, and the few lines that draw its figures."""

import json

from core.figures import toolbar

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #FBFAF8; color: #1F2430; line-height: 1.55; overflow-wrap: anywhere;
  font: 16px/1.55 "Source Sans 3", "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 720px; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.35rem; line-height: 1.25; margin: 2.6rem 0 .5rem; padding-top: 1rem; border-top: 1px solid #E6E3DD; }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .3rem; }
p { margin: .4rem 0 .7rem; }
a { color: #3556A8; }
.purpose { font-weight: 600; }
.loud { border-left: 4px solid #B3261E; padding: .1rem 0 .1rem .8rem; color: #8C1D18; font-weight: 600; }
.quiet, figcaption { color: #5B6270; font-size: .9rem; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; font-size: .95rem; }
.facts dt { color: #5B6270; } .facts dd { margin: 0; }
nav ul { columns: 2; padding-left: 1.1rem; margin: .4rem 0; }
figure { margin: 1rem 0; } .plot { width: 100%; } .js .plot { min-height: var(--height); }
img { max-width: 100%; height: auto; border-radius: 4px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; margin: .6rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid #E6E3DD; }
th { color: #5B6270; font-weight: 600; } .number { text-align: right; white-space: nowrap; }
td, th { overflow-wrap: break-word; }
.item { margin: .9rem 0; } .item > * { margin: .1rem 0; }
.question { font-weight: 600; } .answer { white-space: pre-line; }
.open { border: 1px dashed #7A7F87; border-radius: 4px; padding: .3rem .7rem; color: #5B6270; min-height: 2.6rem; }
details { margin: .4rem 0 1rem; font-size: .9rem; } summary { cursor: pointer; color: #3556A8; }
@media (max-width: 520px) { main { padding: 1.2rem .9rem 3rem; } nav ul { columns: 1; }
  .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: .5rem; } }
@page { size: A4; margin: 16mm 15mm 18mm; }
@media print {
  body { background: #FFF; font-size: 10.5pt; } main { max-width: none; padding: 0; }
  nav, .js details { display: none; }
  h2 { margin: 1.3rem 0 .4rem; padding-top: .6rem; } th, td { padding: .17rem .6rem .17rem 0; }
  h2, h3, .question, .lead-in { break-after: avoid; }
  figure, img, tr, .keep, .lead-in, .short, .item, .facts, .open { break-inside: avoid; }
  p { orphans: 3; widows: 3; } thead { display: table-header-group; } .scroll { overflow: visible; }
  .new-page { break-before: page; } .new-page > h2 { margin-top: 0; border-top: none; padding-top: 0; }
  a[href^="http"]::after { content: " (" attr(href) ")"; font-size: .85em; }
}
"""
# The tables of numbers stand open in the file, for readers without JavaScript, and are folded where figures are drawn.
START = (
    f"const OPTIONS = {json.dumps(toolbar.configure(toolbar=False, responsive=True))};"
    + """
(function () {
  document.documentElement.classList.add("js");
  document.querySelectorAll("details").forEach(function (one) { one.open = false; });
  document.querySelectorAll("figure > .plot").forEach(function (place) {
    var drawn = JSON.parse(place.nextElementSibling.textContent);
    Plotly.newPlot(place, drawn.data, drawn.layout, OPTIONS);
  });
})();
"""
)
