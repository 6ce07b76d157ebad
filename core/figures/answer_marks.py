"""How the answer to one image moved from epoch to epoch, as a small line. In SVG: there are eight of them on a page."""

from collections.abc import Sequence

from core.figures import template

WIDTH_PX, HEIGHT_PX, EDGE_PX = 120, 30, 4
MOST_MARKS = 24  # with more epochs only the last one has a mark: they would touch


def draw_marks(shares: Sequence[float], right: Sequence[bool], colour: str, theme: template.Theme) -> str:
    """An SVG: the probability of the image's own class after each epoch, 0 at the bottom, 1 at the top.

    shares, right : one an epoch. How to read it: a filled mark is a right answer, a hollow one a wrong one; where the
    line rises, the network comes to see the class. The thin line in the middle is a half.
    """
    palette = template.find_palette(theme)
    step = (WIDTH_PX - 2 * EDGE_PX) / max(1, len(shares) - 1)
    places = [
        (EDGE_PX + step * number, EDGE_PX + (1 - share) * (HEIGHT_PX - 2 * EDGE_PX))
        for number, share in enumerate(shares)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    marked = zip(places, right, strict=True) if len(places) <= MOST_MARKS else [(places[-1], right[-1])]
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2.6 if filled else 2.2}" fill="{colour if filled else palette.paper}" '
        f'stroke="{colour}" stroke-width="1.4"/>'
        for (x, y), filled in marked
    )
    middle = HEIGHT_PX / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {HEIGHT_PX}">'
        f'<line x1="0" x2="{WIDTH_PX}" y1="{middle}" y2="{middle}" stroke="{palette.line}" stroke-dasharray="2 3"/>'
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.4"/>{marks}</svg>'
    )
