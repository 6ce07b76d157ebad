{#- The tables of numbers stand open in the file, for readers without JavaScript, and are folded where figures are drawn. -#}
const OPTIONS = {{ options | tojson }};
(function () {
  document.documentElement.classList.add("js");
  document.querySelectorAll("details").forEach(function (one) { one.open = false; });
  document.querySelectorAll("figure > .plot").forEach(function (place) {
    var drawn = JSON.parse(place.nextElementSibling.textContent);
    Plotly.newPlot(place, drawn.data, drawn.layout, OPTIONS);
  });
})();
