"""Home's three ways on: look, train, ask; the one that comes next stands first and has the primary button."""

import streamlit as st

from core.jobs import overview
from core.models import choosing
from core.review import review_sources
from pages.home import sample_strip
from pages.kit import guards, handed_image, reading_link, state, text

ASK = "What a model answers to one image, what that is worth, and where it looks."
STYLE = """
<style>
.st-key-ask [data-testid="stFileUploaderDropzone"] * { white-space: normal; }
[class*="st-key-whole-"] [data-testid="stPageLink"] * { white-space: normal; overflow-wrap: anywhere; }
</style>
"""
SHOWN_RUNS = 3


def show_tiles(found: overview.Overview, step: overview.Step) -> None:
    """The tiles beside each other, below each other where it is narrow."""
    tiles = {"predict": (_show_ask, 3), "datasets": (_show_look, 3), "train": (_show_train, 2)}
    ordered = [step.page, *(page for page in tiles if page != step.page)]
    st.html(STYLE)
    columns = st.columns([tiles[page][1] for page in ordered], gap="small", border=True)
    for column, page in zip(columns, ordered, strict=True):
        with column, st.container(gap="small", key=f"whole-{page}"):
            tiles[page][0](found, step)


def _show_look(found: overview.Overview, step: overview.Step) -> None:
    st.header("Look at images", help="Classes, patients, copies, colours, and what is wrong with a data set.")
    sample_strip.show_strip(found)
    if not _show_step(step, "datasets"):
        with st.container(horizontal=True):
            st.page_link("pages/explore/page.py", label="Explore", icon=":material/grid_view:")
            st.page_link("pages/datasets/page.py", label="Bring in a data set", icon=":material/folder_open:")


def _show_train(found: overview.Overview, step: overview.Step) -> None:
    st.header("Train", help="A network learns on the images while you watch its curves.")
    if not _show_step(step, "train"):
        st.page_link("pages/train/page.py", label="Train a network", icon=":material/model_training:")
    if found.packages:
        st.page_link("pages/compare/page.py", label="Compare models", icon=":material/balance:")
    if not found.runs:
        st.markdown("No training on this machine yet.")
        return
    st.markdown(f"{len(found.runs):,} training{'s' if len(found.runs) != 1 else ''} here, the newest first:")
    for row in found.runs[:SHOWN_RUNS]:
        label, address = text.plain(f"{row['run_id']}, {row['status']}"), {state.RUN: row["run_id"]}
        st.page_link("pages/train/page.py", label=label, icon=":material/history:", query_params=address)


def _show_ask(found: overview.Overview, step: overview.Step) -> None:
    """The field that takes an image at once, where there is a model that answers."""
    model = guards.find_model_in_hand()
    if model is None:
        st.header("Ask about an image", help=ASK)
        st.markdown("A model answers here once one is trained.")
        return
    said = f"{ASK} {text.plain(model.id)} answers, trained on {text.plain(choosing.say_origin(model))}."
    st.header("Ask about an image", help=said)
    with st.container(key="ask", gap="xsmall"), guards.faults_in_place():
        image = handed_image.input_image("Drop an image in", "home-image")
        if image is not None:
            handed_image.hand_over(image)
    if found.to_read:
        label = f"{found.to_read:,} image{'s wait' if found.to_read != 1 else ' waits'} for a reader"
        reading_link.show_link(review_sources.WAITING, label)
    _show_step(step, "predict")


def _show_step(step: overview.Step, page: str) -> bool:
    """The next step, if it is on this page, and why; whether it is."""
    if step.page != page:
        return False
    if st.button(step.label, type="primary", icon=":material/arrow_forward:", help=text.plain(step.why)):
        st.switch_page(f"pages/{step.page}/page.py")
    return True
