const OPTIONS = {{ options | tojson }};
{# The library is unpacked into a script whose hash the page's own rule names. Where that cannot be, numbers stay. -#}
async function unpack() {
  const packed = atob(document.getElementById("library").textContent);
  const bytes = Uint8Array.from(packed, function (one) { return one.charCodeAt(0); });
  const source = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(source).text();
  document.body.append(script);
}
{# Tables of numbers stand open in the file, for readers without JavaScript, and are folded where figures are drawn. -#}
function draw() {
  document.documentElement.classList.add("js");
  document.querySelectorAll("details").forEach(function (one) { one.open = false; });
  document.querySelectorAll("figure > .plot").forEach(function (place) {
    const drawn = JSON.parse(place.nextElementSibling.textContent);
    Plotly.newPlot(place, drawn.data, drawn.layout, OPTIONS);
  });
}
unpack().then(draw, function () { document.getElementById("no-figures").hidden = false; });
