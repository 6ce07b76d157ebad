"""The common look: contrast, themes, colours."""

import plotly.graph_objects as go
import pytest

from core.figures import confusion, template


def compute_luminance(colour: tuple[float, float, float]) -> float:
    """Relative luminance (WCAG 2) of an sRGB colour, 0-255 a channel."""
    linear = [c / 12.92 if (c := channel / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for channel in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def compute_contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    dark, light = sorted((compute_luminance(one), compute_luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def parse(colour: str) -> tuple[float, float, float]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))  # "#RRGGBB"


@pytest.mark.parametrize("palette", [template.LIGHT, template.DARK], ids=["light", "dark"])
def test_all_text_reaches_a_contrast_of_4_5(palette: template.Palette) -> None:
    for text in (palette.ink, palette.muted):
        assert compute_contrast(parse(text), parse(palette.paper)) >= 4.5
    assert compute_contrast(parse(palette.ink), parse(palette.raised)) >= 4.5
    accent = tuple(int(part) for part in palette.accent_rgb.split(","))
    assert accent == parse(palette.accent)
    fullest = [
        confusion.STRONGEST * a + (1 - confusion.STRONGEST) * p
        for a, p in zip(accent, parse(palette.paper), strict=True)
    ]
    assert compute_contrast(parse(palette.ink), tuple(fullest)) >= 4.5


def test_template_has_no_box_and_a_horizontal_grid_only() -> None:
    layout = template.apply_template(go.Figure(), "light").layout.template.layout
    assert (layout.paper_bgcolor, layout.plot_bgcolor) == (template.TRANSPARENT, template.TRANSPARENT)
    assert (layout.xaxis.showgrid, layout.yaxis.showgrid) == (False, True)
    assert not layout.xaxis.mirror and not layout.yaxis.showline


def test_own_settings_of_a_figure_stay() -> None:
    figure = go.Figure(layout={"margin": {"r": 99}, "yaxis": {"showgrid": False}})
    assert template.apply_template(figure, "dark") is figure
    assert figure.layout.margin.r == 99 and figure.layout.yaxis.showgrid is False


def test_what_one_figure_changes_of_its_look_is_its_own() -> None:
    one, other = (template.apply_template(go.Figure(), "light") for _ in range(2))
    before = other.to_json()
    one.layout.template.layout.font.size = 99
    assert other.to_json() == before
    assert template.apply_template(go.Figure(), "light").to_json() == before


def test_themes_differ_and_others_are_refused() -> None:
    light, dark = (template.apply_template(go.Figure(), theme).to_json() for theme in ("light", "dark"))
    assert light != dark
    with pytest.raises(KeyError):
        template.find_palette("sepia")  # type: ignore[arg-type]  # the wrong word is the point


def test_class_colours_keep_their_meaning() -> None:
    assert template.choose_class_colours(["Parasitized", "Uninfected"], "Parasitized") == ["#D55E00", "#0072B2"]
    assert template.choose_class_colours(["NORMAL", "PNEUMONIA"], "PNEUMONIA") == ["#0072B2", "#D55E00"]
    five = template.choose_class_colours(list("abcde"), "a")
    assert five == list(template.COMPARISON[:5])
    assert len(template.choose_class_colours(list("abcdefgh"), "a")) == 8


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.942, "94.2 %"), (0.5, "50.0 %"), (1.0, "> 99.9 %"), (0.9999, "> 99.9 %"), (0.0, "< 0.1 %"), (0.0012, "0.1 %")],
)
def test_no_share_is_rounded_to_certainty(value: float, text: str) -> None:
    assert template.describe_share(value) == text
