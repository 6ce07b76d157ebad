"""The share of each smear: dots, bars and limits where they belong, names as text."""

import pytest

from core.figures import smear_shares


def row(name="A", share=0.2, low=0.1, high=0.4, limit=0.05, told=True):
    return smear_shares.Row(name, 100, share, low, high, limit, told)


def test_each_smear_has_its_dot_its_interval_and_its_limit():
    rows = [row(), row("B", 0.0, 0.0, 0.03, None, told=False)]
    bars, limits, dots = smear_shares.figure_smear_shares(rows, "sick", "cells", "light").data
    assert list(dots.x) == [20.0, 0.0] and list(dots.marker.symbol) == ["circle", "circle-open"]
    assert list(bars.x) == [10.0, 40.0, None, 0.0, 3.0, None]
    assert list(limits.x) == [5.0] and list(limits.y) == [0], "none where nothing is told from none"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_names_are_text_and_long_ones_keep_their_end(theme):
    rows = [row("<b>x</b>"), row("long/" * 20 + "end")]
    figure = smear_shares.figure_smear_shares(rows, "sick", "cells", theme)
    first, second = figure.layout.yaxis.ticktext
    assert first.startswith("&lt;b&gt;x") and "end" in second and len(second) < 50


def test_only_so_many_are_drawn_and_none_is_no_fault():
    figure = smear_shares.figure_smear_shares([row(str(n)) for n in range(99)], "sick", "cells", "light")
    assert len(figure.data[2].x) == smear_shares.MOST_ROWS
    assert len(smear_shares.figure_smear_shares([], "sick", "cells", "light").data[2].x) == 0
