"""Eight validation images and what is answered to them after each epoch: one sees the network learn."""

import base64
import html

import streamlit as st

from core.base import errors
from core.datasets.index import index, thumbnails
from core.figures import answer_marks, template
from core.results import confusion_cell
from core.training import run, watched
from pages.kit import cache, spoken_component, theme

TILE_PX = 96
CERTAIN = 0.995
MEANING = (
    "Drawn by lot before the first epoch, each of another patient where patients are known; the network never learns "
    "from them. Above the bar: whether the answer is right, and its probability; under it: the answer. The line is the "
    "probability of the true class, epoch by epoch: a filled mark is a right answer, a hollow one a wrong one. Eight "
    "images show how it learns; how well it does, the test images tell."
)
STYLE = """
<style>
ul.watched { display: grid; grid-template-columns: repeat(auto-fill, minmax(88px, 1fr)); gap: 12px; list-style: none;
  margin: 0 !important; padding: 0 !important; }
ul.watched > li { margin: 0 !important; padding: 0 !important; font-size: 13px; line-height: 1.35; min-width: 0; }
.watched img { display: block; width: 100%; }
.watched .tile { aspect-ratio: 1; object-fit: contain; border-radius: 4px; border-top: 4px solid var(--edge);
  background: rgba(127, 127, 127, .12); }
.watched b, .watched span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.watched i { display: block; height: 5px; border-radius: 3px; margin: 3px 0; background: rgba(127, 127, 127, .25); }
.watched i > i { margin: 0; background: var(--answer); }
</style>
"""


def show_strip(found: run.Run, *, epochs: int) -> None:
    """The images, each with its class, the answer now and the epochs so far; nothing of a run that kept none.

    epochs : how many the history knows of.
    """
    stories = watched.read_stories(found.folder, epochs=epochs)
    if not stories:
        return
    last, right = stories[0].epochs[-1], sum(story.right[-1] for story in stories)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown("**The same validation images after each epoch**", help=MEANING, width="content")
        spoken_component.say(f"After epoch {last}: {right} of {len(stories)} right.", key="watched-words")
    st.html(
        _draw_strip(stories, found, found.id, (found.folder / watched.FILE).stat().st_size, epochs, theme.current())
    )


@st.cache_data(max_entries=16, show_spinner=False)
def _draw_strip(
    _stories: list[watched.Story], _found: run.Run, run_id: str, size_bytes: int, epochs: int, look: template.Theme
) -> str:
    """The strip as HTML, put together once an epoch."""
    names = _found.class_names
    colours = template.choose_class_colours(names, _found.facts.positive_class)
    pictures = _find_pictures(_found, [story.image.image_id for story in _stories])
    tiles = [
        _draw_tile(story, names, colours, pictures.get(story.image.image_id, ""), template.find_palette(look), look)
        for story in _stories
    ]
    return f'{STYLE}<ul class="watched">{"".join(tiles)}</ul>'


def _draw_tile(
    story: watched.Story,
    names: tuple[str, ...],
    colours: list[str],
    picture: str,
    palette: template.Palette,
    look: template.Theme,
) -> str:
    truth, answer = story.image.label, story.answers[-1]
    name, group = html.escape(names[truth]), html.escape(story.image.group)
    alt = f"{name}, patient {group}" if group else name
    shown = f'<img class="tile" src="{picture}" alt="{alt}">' if picture else '<span class="tile">No picture</span>'
    word = "✓ right" if story.right[-1] else "✕ wrong"
    answered = html.escape(names[answer])
    marks = _encode_svg(answer_marks.draw_marks(story.true_class, story.right, palette.muted, look))
    said = f"Right after {sum(story.right)} of {len(story.right)} epochs"
    return (
        f'<li style="--edge:{colours[truth]};--answer:{colours[answer]}">{shown}<b title="{name}">{name}</b>'
        f"<span>{word} {_say_share(story.probability)}</span>"
        f'<i><i style="width:{100 * story.probability:.0f}%"></i></i><span title="{answered}">{answered}</span>'
        f'<img src="{marks}" alt="{said}"></li>'
    )


def _say_share(value: float) -> str:
    """Whole per cent; what would round to all is written as nearly so."""
    return "&gt; 99 %" if value >= CERTAIN else f"{100 * value:.0f} %"


def _encode_svg(drawn: str) -> str:
    """As an address: SVG in the page itself is taken out by Streamlit."""
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}"


def _find_pictures(found: run.Run, image_ids: list[str]) -> dict[str, str]:
    """image_id -> a small picture as an address; only those that can still be shown."""
    try:
        data = cache.load_index(found.recipe.dataset)
    except errors.SecondLookError:
        return {}
    shown = {}
    for image_id, row in confusion_cell.find_rows(data, image_ids).items():
        try:
            shown[image_id] = _encode(data, row, str(data.table.at[row, "sha256"]))
        except errors.SecondLookError:
            continue
    return shown


@st.cache_data(max_entries=128, show_spinner=False)
def _encode(_data: index.Index, _row: int, sha256: str) -> str:
    tile = thumbnails.encode_tile(cache.load_thumbnail(_data, _row), size_px=TILE_PX)
    return f"data:image/jpeg;base64,{base64.b64encode(tile).decode()}"
