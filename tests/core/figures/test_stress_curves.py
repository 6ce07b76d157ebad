"""A small chart a change, each beginning with the images as they came."""

import pandas as pd

from core.figures import stress_curves

TABLE = pd.DataFrame(
    {
        "change": ["As they came", "Darker", "Darker", "Blur"],
        "step": ["", "to 70 %", "to 30 %", "4 %"],
        "accuracy": [0.96, 0.9, 0.5, 0.8],
        "low": [0.94, 0.85, 0.4, 0.7],
        "high": [0.97, 0.94, 0.6, 0.9],
        "n": [400] * 4,
        "refused": [0.01, 0.2, 1.0, 0.1],
        "with_caution": [0.0, 0.1, 0.0, 0.2],
    }
)


def test_each_change_has_its_line_and_its_bars():
    figure = stress_curves.figure_stress(TABLE, "light")
    assert figure.layout.xaxis.type == figure.layout.xaxis2.type == "category", "4 % is a step, not a number"
    assert [note.text for note in figure.layout.annotations] == ["Darker", "Blur"]
    lines = [trace for trace in figure.data if trace.type == "scatter"]
    assert [list(line.y) for line in lines] == [[0.96, 0.9, 0.5], [0.96, 0.8]]
    assert list(lines[0].x) == [stress_curves.START, "to 70 %", "to 30 %"]
    assert lines[1].error_y.array[1] == 0.9 - 0.8 and lines[1].error_y.arrayminus[1] == 0.8 - 0.7
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert [list(bar.y) for bar in bars][:2] == [[0.01, 0.2, 1.0], [0.0, 0.1, 0.0]]


def test_without_a_gate_there_are_no_bars():
    figure = stress_curves.figure_stress(TABLE.assign(refused=None, with_caution=None), "dark")
    assert {trace.type for trace in figure.data} == {"scatter"}
