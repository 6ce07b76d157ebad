"""The views of the Review page, in the order in which they are needed."""

from collections.abc import Callable

from pages.kit import state
from pages.review import agreement_view, next_view, reading_view, reviews_view, settling_view, site_view

VIEWS: dict[str, tuple[str, Callable[[], None]]] = {
    "read": ("Read", reading_view.show),
    "settle": ("Settle", settling_view.show),
    "agree": ("Agreement", agreement_view.show),
    "site": ("Does it work here?", site_view.show),
    "next": ("The next model", next_view.show),
    "reviews": ("Reviews", reviews_view.show),
}


def input_view() -> str:
    """The view to show."""
    return state.input_view(state.VIEW, {key: title for key, (title, _) in VIEWS.items()}, "View")


def show_view(view: str) -> None:
    """That view."""
    VIEWS[view][1]()
