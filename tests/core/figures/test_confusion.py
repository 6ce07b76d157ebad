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
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.data[0].customdata[0][1] == [2, "sick", "well"]
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
