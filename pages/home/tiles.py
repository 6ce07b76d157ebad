"""Home's three ways on: look, train, ask; the one that comes next has the primary button."""

import streamlit as st

from core.jobs import overview
from core.models import choosing
from pages.kit import guards, handed_image, text

ASK = "What a model answers to one image, what that is worth, and where it looks."
STYLE = """
<style>
.st-key-ask [data-testid="stFileUploaderDropzone"] * { white-space: normal; }
</style>
"""


def show_tiles(found: overview.Overview, step: overview.Step) -> None:
    """The tiles beside each other, below each other where it is narrow."""
    look, train, ask = st.columns([2, 2, 3], gap="small", border=True)
    with look:
        _show_look(found, step)
    with train:
        _show_train(found, step)
    with ask, st.container(key="ask"):
        st.html(STYLE)
        _show_ask(step)


def _show_look(found: overview.Overview, step: overview.Step) -> None:
    st.header("Look", help="Classes, patients, copies, colours, and what is wrong with a data set.")
    ready = [row for row in found.datasets if row["status"] == "ready"]
    images = sum(row["images"] for row in ready)
    if _show_step(step, "datasets"):
        return
    st.markdown(f"{images:,} images in {_count(len(ready), 'data set')}.")
    st.page_link("pages/explore/page.py", label="Explore the images", icon=":material/grid_view:")
    st.page_link("pages/datasets/page.py", label="Bring in a data set", icon=":material/folder_open:")


def _show_train(found: overview.Overview, step: overview.Step) -> None:
    st.header("Train", help="A network learns on the images while you watch its curves.")
    if _show_step(step, "train"):
        return
    ended = sum(row["status"] == "finished" for row in found.runs)
    st.markdown(f"{_count(ended, 'training')} finished here.")
    st.page_link("pages/train/page.py", label="Train a network", icon=":material/model_training:")
    if found.packages:
        st.page_link("pages/compare/page.py", label="Compare models", icon=":material/balance:")


def _show_ask(step: overview.Step) -> None:
    """The field that takes an image at once, where there is a model that answers."""
    model = guards.find_model_in_hand()
    if model is None:
        st.header("Ask", help=ASK)
        st.markdown("A model answers here once one is trained.")
        return
    said = f"{ASK} {text.plain(model.id)} answers, trained on {text.plain(choosing.say_origin(model))}."
    st.header("Ask about an image", help=said)
    with guards.faults_in_place():
        image = handed_image.input_image("Drop an image in", "home-image")
        if image is not None:
            handed_image.hand_over(image)
    _show_step(step, "predict")


def _show_step(step: overview.Step, page: str) -> bool:
    """The next step, if it is on this page, and why; whether it is."""
    if step.page != page:
        return False
    if st.button(step.label, type="primary", icon=":material/arrow_forward:", help=step.why):
        st.switch_page(f"pages/{step.page}/page.py")
    return True


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' if number != 1 else ''}"
