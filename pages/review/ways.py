"""From one view of the page to another, about a review."""

from pages.kit import state
from pages.review import chosen


def open_view(view: str, review_id: int) -> None:
    """Show a view of the page about a review; a button's callback."""
    state.remember(chosen.REVIEW, str(review_id))
    state.remember(state.VIEW, view)
