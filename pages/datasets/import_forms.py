"""The forms that bring a data set in, and the one that removes it."""

from pathlib import Path

import streamlit as st

from core.datasets.index import index
from core.datasets.intake import importing, staging_area
from core.jobs import handed_in, jobs, overview
from pages.datasets import catalogue_view
from pages.kit import arrivals, cache, guards, state, uploads

FROM_DISK, UPLOAD, PUBLIC, DRAW = "This machine", "Upload", "Public", "Draw"
GROUP_RULES = {
    "auto": "Recognise from file names",
    "malaria": "NIH malaria names (before “thin”)",
    "chest": "Chest X-ray names (person…, IM-…)",
    "folder": "A folder for each patient, inside the class",
    "none": "Not known",
    "regex": "A pattern of my own",
}


def input_import() -> None:
    """Everything that is needed to bring a data set in."""
    st.header(
        "Bring images in",
        help="A folder with one sub-folder for each class, or a .zip of such a folder. It is copied as it is.",
    )
    ways = {
        FROM_DISK: _input_from_disk,
        UPLOAD: _input_upload,
        PUBLIC: catalogue_view.input_catalogue,
        DRAW: _input_draw,
    }
    way = st.segmented_control("From", list(ways), default=FROM_DISK, required=True, wrap=True, key="import-from")
    with guards.faults_as_messages():
        ways[way]()


def _input_from_disk() -> None:
    path = st.text_input(
        "Folder or .zip", placeholder="/home/me/cell_images.zip", key=arrivals.key("import-path")
    ).strip()
    name, rule, positive = _input_details(path)
    if _ask("Import", name, icon=":material/download:", ready=bool(path)):
        source = importing.find_source(path)
        staging_area.require_free_name(name)
        arrivals.start("import", name, source=str(source), group_rule=rule, positive_class=positive)
        st.rerun()


def _input_upload() -> None:
    most_mb = uploads.most_of_all_mb()
    field = arrivals.key("import-upload")
    file = uploads.input_file("A .zip with one folder a class", ["zip"], most_mb=most_mb, key=field)
    name, rule, positive = _input_details(file.name if file else "")
    if _ask("Import", name, icon=":material/download:", ready=file is not None) and file:
        staging_area.require_free_name(name)
        source = handed_in.keep_upload(file.name, file)
        arrivals.start("import", name, source=str(source), group_rule=rule, positive_class=positive)
        st.rerun()


def _input_draw() -> None:
    st.caption(
        "Invented red blood cells of 40 invented patients, half of them with a drawn parasite whose place is known: "
        "for trying everything without any download."
    )
    name = st.text_input("Name", value=overview.SAMPLE_NAME, key=arrivals.key("draw-name"))
    images = st.number_input("Images", 100, 20_000, overview.SAMPLE_IMAGES, 100, key=arrivals.key("draw-images"))
    seed = st.number_input(
        "Seed", 0, 2**31 - 1, overview.SAMPLE_SEED, key=arrivals.key("draw-seed"), help=cache.explain("seed")
    )
    if _ask("Draw", name, icon=":material/brush:", ready=True):
        staging_area.require_free_name(name)
        arrivals.start("draw", name, images=int(images), seed=int(seed))
        st.rerun()


def _ask(label: str, name: str, *, icon: str, ready: bool) -> bool:
    """The button that starts it; while a data set of this name is on its way, it says so."""
    busy = any(job.dataset == name and job.state.is_active for job in jobs.list_jobs())
    said = "On its way …" if busy else label
    return st.button(said, type="primary", icon=icon, disabled=busy or not (ready and name))


def _input_details(source: str) -> tuple[str, str, str | None]:
    """Name, group rule and positive class of what is to be imported."""
    suggested = importing.suggest_name(Path(source).name) if source else ""
    name = st.text_input(
        "Name",
        value=suggested,
        key=arrivals.key(f"import-name-{suggested}"),
        help="Lower-case letters, digits, - and _.",
    )
    with st.expander("Patients and classes"):
        rule = st.selectbox(
            "Which images belong to one patient",
            list(GROUP_RULES),
            format_func=GROUP_RULES.__getitem__,
            key=arrivals.key("import-rule"),
            help=cache.explain("group"),
        )
        if rule == "regex":
            pattern = st.text_input(
                "Pattern",
                value=r"^(patient\d+)_",
                key=arrivals.key("import-pattern"),
                help="Its one (…) is the patient.",
            )
            rule = f"regex:{pattern}"
        positive = st.text_input(
            "Positive class",
            placeholder="found by itself",
            key=arrivals.key("import-positive"),
            help=cache.explain("positive class"),
        )
    return name, rule, positive.strip() or None


def show_remove(data: index.Index) -> None:
    """Remove the copy that the app made, after asking."""
    if st.button("Remove this data set", type="tertiary", icon=":material/delete:"):
        _confirm_remove(data.name)


@st.dialog("Remove this data set?")
def _confirm_remove(name: str) -> None:
    st.write(
        f"The copy of **{name}** in this app's folder, its index and its pixels are removed. Models trained on it stay."
    )
    st.button("Remove", type="primary", on_click=_remove, args=(name,))


def _remove(name: str) -> None:
    guards.attempt(importing.remove_dataset, name)
    state.forget(state.DATASET)
