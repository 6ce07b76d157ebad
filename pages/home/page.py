"""Home: what is on this machine, and the next step."""

from core.jobs import overview
from pages.home import models_view, shelves, tables, tiles
from pages.kit import jobs, theme

theme.show_title(
    "Second Look",
    "Look at labelled images, train a network on them, and see where it looks when it answers. "
    "It assists a person; it never diagnoses. Everything stays on this machine.",
)
jobs.begin_sample_on_first_start()
jobs.show_jobs()

found = overview.read_overview()
tiles.show_tiles(found, overview.choose_next_step(found))
models_view.show_models(found.packages)
shelves.show_shelves(found)
tables.show_tables(found)
