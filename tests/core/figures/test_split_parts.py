"""The sides of a split: the numbers are those that went in, whatever they are."""

import pytest

from core.figures import split_parts, template

CLASSES = ("Parasitized", "Uninfected")
IMAGES = {
    "train": {"Parasitized": 700, "Uninfected": 650},
    "validation": {"Parasitized": 150, "Uninfected": 140},
    "test": {"Parasitized": 5, "Uninfected": 0},
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bars_stack_to_the_totals(theme: template.Theme) -> None:
    figure = split_parts.figure_sides(IMAGES, {"train": 100, "validation": 1}, CLASSES, "Parasitized", theme)
    assert figure.layout.barmode == "stack"
    assert [sum(bar.x[side] for bar in figure.data) for side in range(3)] == [1350, 290, 5]
    assert [bar.marker.color for bar in figure.data] == [template.POSITIVE, template.NEGATIVE]
    said = [note.text for note in figure.layout.annotations]
    assert said == ["1,350 · 100 patients", "290 · 1 patient", "5 · 0 patients"]


def test_without_patients_none_are_said() -> None:
    figure = split_parts.figure_sides(IMAGES, None, CLASSES, "Parasitized", "light")
    assert [note.text for note in figure.layout.annotations] == ["1,350", "290", "5"]


def test_a_piece_too_short_for_its_number_has_none() -> None:
    figure = split_parts.figure_sides(IMAGES, None, CLASSES, "Parasitized", "light")
    assert list(figure.data[0].text) == ["700", "150", ""]


def test_many_classes_and_no_images() -> None:
    names = tuple(f"class {number}" for number in range(9))
    figure = split_parts.figure_sides({"train": {}, "validation": {}, "test": {}}, None, names, "class 0", "dark")
    assert len(figure.data) == 9
