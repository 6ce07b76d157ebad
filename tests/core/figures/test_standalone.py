import json

import plotly.graph_objects as go

from core.figures import standalone, template


def test_a_figure_as_data_holds_nothing_that_could_end_a_script():
    figure = go.Figure(go.Scatter(x=[1, 2], y=[3, 4], name="</script><b>&"))
    written = standalone.write_data(figure)
    assert not set("<>&") & set(written)
    read = json.loads(written)
    assert read["data"][0]["name"] == "</script><b>&"
    assert read["layout"]["dragmode"] is False
    assert figure.layout.dragmode is None  # the figure itself is left as it was


def test_height():
    assert standalone.find_height_px(go.Figure(layout={"height": 200})) == 200
    assert standalone.find_height_px(template.apply_template(go.Figure(), "light")) == 360


def test_the_library_is_plotly_and_can_stand_in_a_script():
    library = standalone.read_library()
    assert "plotly.js v" in library[:60]
    assert "</script" not in library.lower()
    assert "\r" not in library  # a browser would read it as another text than its hash is of
