"""Predict's image: one of a data set, as a link or a person names it, or a file of the person's own."""

import dataclasses

import streamlit as st

from core.datasets.index import browsing, index
from core.models import choosing, package
from core.prediction import examples
from core.results import kept_answers
from pages.kit import cache, guards, handed_image, state, text

OWN, SAMPLE = "own", "sample"
WAYS = {SAMPLE: "A sample", OWN: "My own image"}
UPLOAD = "predict-upload"
# The picture is seen first, but the uploader keeps its place in the page: one that moves loses a file on its way.
EYE_FIRST = "<style>.st-key-asked > * > [data-testid=stHorizontalBlock] > :last-child { order: -1; }</style>"
EYE_LAST = "<style></style>"


def input_image(found: package.Package) -> examples.Example | None:
    """The image to ask about."""
    way = st.segmented_control(
        "Image",
        list(WAYS),
        format_func=WAYS.__getitem__,
        required=True,
        wrap=True,
        **state.follow("from", SAMPLE, key="predict-from", options=list(WAYS)),
    )
    with guards.faults_as_messages():
        return _input_upload(found) if way == OWN else _input_sample(found)


def awaits_file() -> bool:
    """Whether a file of the person's own is asked for and has not come yet."""
    asked = state.find("from", SAMPLE, options=list(WAYS)) == OWN
    return asked and not st.session_state.get(UPLOAD) and handed_image.recall() is None


def _input_upload(found: package.Package) -> examples.Example | None:
    if choosing.is_drawn(found):
        _offer_real(found)
    given = handed_image.input_image("Drop an image in", UPLOAD)
    if given is not None:
        handed_image.forget()
    image = given or handed_image.recall()
    return examples.from_upload(image.name, image.content) if image else None


def _offer_real(found: package.Package) -> None:
    """A model of drawn cells knows no real ones: said before it answers, with the way to one that does."""
    st.warning(
        "This model has seen drawn cells only. What it answers to a real image means nothing.",
        icon=":material/warning:",
    )
    real = choosing.choose_first([entry for entry in package.list_packages() if not choosing.is_drawn(entry)])
    if real is not None:
        st.button(
            f"Ask {real.id} instead",
            icon=":material/swap_horiz:",
            help=f"Trained on {text.plain(choosing.say_origin(real))}.",
            on_click=state.remember,
            args=(state.MODEL, real.id),
        )


def _find_asked() -> examples.Example | None:
    """The image of a data set that the address names, as Explore's link does."""
    wanted, name = state.recall(state.IMAGE), state.recall(state.DATASET)
    if not wanted or not name:
        return None
    data = cache.load_index(name)
    row = browsing.find_row(data, wanted)
    if row is None:
        st.warning(f"The address names an image that {text.plain(name)} does not have.", icon=":material/broken_image:")
        return None
    st.caption(f"This image was chosen in {text.plain(name)}.")
    st.button("Choose another", icon=":material/shuffle:", on_click=state.forget, args=(state.IMAGE,))
    return examples.from_dataset(data, row)


def _find_answered() -> examples.Example | None:
    """The image among many that were answered, which the address names."""
    batch, item = state.recall(state.BATCH), state.recall(state.ITEM)
    if not batch or not item or not item.isdecimal():
        return None
    name, content = _load_original(batch, kept_answers.find(batch).at, int(item))
    st.caption("This image was chosen among many answers.")
    st.button("Back to all of them", icon=":material/arrow_back:", on_click=_go_back, args=(batch,))
    return dataclasses.replace(examples.from_upload(name, content), among=(batch, int(item)))


@st.cache_data(max_entries=4, show_spinner=False)
def _load_original(answers_id: str, at: str, place: int) -> tuple[str, bytes]:
    """Read once, and not in each run: an archive is looked through for it. at : when they were made."""
    return kept_answers.read_original(answers_id, place)


def _go_back(batch: str) -> None:
    for name in (state.ITEM, state.BATCH):
        state.forget(name)
    state.remember(state.VIEW, "many")
    state.remember(state.BATCH, batch)


def _input_sample(found: package.Package) -> examples.Example | None:
    asked = _find_answered() or _find_asked()
    if asked is not None:
        return asked
    name = examples.choose_dataset(found, index.list_datasets())
    if name is None:
        st.markdown("No data set with this model's classes is on this machine. Use an image of your own.")
        return None
    data = cache.load_index(name)
    own = data.content == found.dataset_content
    st.caption(f"From {name}." if own else f"From {name}, which is not the data set that this model was trained on.")
    left, right = st.columns(2, vertical_alignment="bottom")
    followed = state.follow("class", data.class_names[0], key=f"sample-class-{name}", options=data.class_names)
    class_name = left.selectbox("Class", data.class_names, **followed)
    rows = examples.list_rows(found, data, class_name)
    if not rows:
        st.info(f"{name} has no readable image of this class.")
        return None
    followed = state.follow("number", 1, key=f"sample-{name}-{class_name}", between=(1, len(rows)))
    number = right.number_input("Number", 1, len(rows), help="Which of them.", **followed)
    return examples.from_dataset(data, rows[int(number) - 1])
