"""Shares beside each other: a dot each, its interval, its words."""

from core.figures import shares

ROWS = [shares.Row("Ada <b>", 0.8, 0.6, 0.9, "80.0 %, n = 40"), shares.Row("Ben", 1.0, None, None, "100 %, n = 2")]


def test_each_share_has_its_dot_and_its_interval_where_it_is_known():
    figure = shares.figure_shares(ROWS, "agree, %", "light")
    lines = [list(trace.x) for trace in figure.data if trace.mode == "lines"]
    dots = [trace.x[0] for trace in figure.data if trace.mode == "markers"]
    assert lines == [[60, 90]] and dots == [80, 100]
    assert [note.text for note in figure.layout.annotations] == ["Ada &lt;b&gt;: 80.0 %, n = 40", "Ben: 100 %, n = 2"]


def test_the_axis_holds_the_lowest_end():
    assert shares.figure_shares(ROWS, "agree, %", "dark").layout.xaxis.range[0] <= 60
    assert shares.figure_shares([], "agree, %", "light").layout.xaxis.range[0] == 0
    sure = shares.figure_shares([shares.Row("A", 1.0, 1.0, 1.0, "")], "agree, %", "light")
    assert sure.layout.xaxis.range[0] < 100
