"""The confusion table: counts, shares of the row, orientation."""

import json

import pytest

from core.figures import confusion, template


def test_cells_hold_counts_and_shares_of_the_row() -> None:
    cells = confusion.figure_confusion([[1430, 70], [0, 500]], ["sick", "well"], "light").data[0]
    assert cells.text[0] == ["<b>1,430</b><br>95.3 %", "<b>70</b><br>4.7 %"]
    assert cells.text[1] == ["<b>0</b>", "<b>500</b><br>100 %"]
    assert cells.z[0] == pytest.approx((1430 / 1500, 70 / 1500))
    assert (cells.zmin, cells.zmax) == (0, 1)


def test_truth_goes_down_and_answers_go_across() -> None:
    figure = confusion.figure_confusion([[8, 2], [1, 9]], ["sick", "well"], "light")
    assert list(figure.layout.yaxis.ticktext) == ["sick<br>n = 10", "well<br>n = 10"]
    assert list(figure.layout.xaxis.ticktext) == ["sick", "well"]
    assert figure.layout.yaxis.range == (1.5, -0.5)
    assert list(figure.data[1].customdata[1]) == [2, 0, 1, "sick", "well", 0.2]
    assert (figure.data[1].x[1], figure.data[1].y[1]) == (1, 0)
    assert (figure.layout.yaxis.title.text, figure.layout.xaxis.title.text) == ("truth", "the model answers")


def test_one_error_in_thousands_is_not_rounded_away() -> None:
    cells = confusion.figure_confusion([[1, 9999], [9999, 1]], ["a", "b"], "light").data[0]
    assert cells.text[0] == ["<b>1</b><br>< 0.1 %", "<b>9,999</b><br>> 99.9 %"]


def test_class_without_images_is_drawn_without_nan() -> None:
    figure = confusion.figure_confusion([[0, 0], [1, 3]], ["a", "b"], "dark")
    assert list(figure.data[0].z[0]) == [0, 0]
    json.loads(figure.to_json(), parse_constant=pytest.fail)


def test_five_classes_and_two_themes() -> None:
    table = [[10 * (row == column) + 1 for column in range(5)] for row in range(5)]
    light, dark = (confusion.figure_confusion(table, list("abcde"), theme) for theme in ("light", "dark"))
    assert len(light.data[0].z) == 5
    assert light.data[0].textfont.color == template.LIGHT.ink
    assert dark.data[0].textfont.color == template.DARK.ink
    assert light.layout.height > confusion.figure_confusion([[1, 0], [0, 1]], list("ab"), "light").layout.height
    assert confusion.CAPTION


def test_every_cell_has_one_target_in_its_middle_that_nobody_sees() -> None:
    table = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    figure = confusion.figure_confusion(table, ["a", "<b>", "c"], "light")
    targets = figure.data[1]
    assert [data[0] for data in targets.customdata] == list(range(1, 10))
    for x, y, data in zip(targets.x, targets.y, targets.customdata, strict=True):
        assert (y, x) == (data[1], data[2])
        assert data[0] == table[y][x]
    assert targets.customdata[1][4] == "&lt;b&gt;"
    shown = {targets.marker.opacity, targets.selected.marker.opacity, targets.unselected.marker.opacity}
    assert shown == {0}
    assert (figure.layout.hovermode, figure.layout.hoverdistance) == ("closest", -1)
    assert figure.data[0].hoverinfo == "skip"


def test_ten_classes_have_small_cells() -> None:
    five, ten = (confusion.figure_confusion([[1] * k] * k, [str(n) for n in range(k)], "light") for k in (5, 10))
    assert ten.layout.height < 2 * five.layout.height
    assert ten.data[0].textfont.size < five.data[0].textfont.size


def test_the_chosen_cell_is_framed() -> None:
    assert not confusion.figure_confusion([[1, 2], [3, 4]], list("ab"), "light").layout.shapes
    [frame] = confusion.figure_confusion([[1, 2], [3, 4]], list("ab"), "dark", chosen=(1, 0)).layout.shapes
    assert frame.x0 < 0 < frame.x1 < 1 > frame.y0 > 0
    assert frame.line.color == template.DARK.accent


@pytest.mark.parametrize(
    ("name", "wrapped"),
    [
        ("Parasitized", "Parasitized"),
        ("bacterial pneumonia", "bacterial<br>pneumonia"),
        ("white_blood_cell", "white_blood_<br>cell"),
        ("a b", "a b"),
    ],
)
def test_long_names_are_wrapped(name: str, wrapped: str) -> None:
    assert confusion.wrap_name(name) == wrapped
