"""The views of the Explore page, in the order in which a person would ask: what, how many, what on average, why."""

from collections.abc import Callable

from core.datasets.index import index
from pages.explore import averages, colours, feature_map_view, filters, gallery, normalised, sizes
from pages.kit import augmentation_preview, state

VIEWS: dict[str, tuple[str, Callable[[index.Index], None]]] = {
    "images": ("Images", gallery.show_images),
    "shape": ("Shape", sizes.show_sizes),
    "averages": ("Averages", averages.show_averages),
    "colours": ("Colours", colours.show_colours),
    "filters": ("Filters", filters.show_filters),
    "normalised": ("Normalised", normalised.show_normalised),
    "augmentation": ("Augmentation", augmentation_preview.show_augmentation),
    "map": ("Map", feature_map_view.show_map),
}


def input_view() -> str:
    """The view to show."""
    return state.input_view(state.VIEW, {key: title for key, (title, _) in VIEWS.items()}, "View")


def show_view(view: str, data: index.Index) -> None:
    """Draw the chosen view."""
    VIEWS[view][1](data)
