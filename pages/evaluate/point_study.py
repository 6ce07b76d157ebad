"""What both halves of the operating point's view share: the study, the choice as it stands, the slider."""

from dataclasses import dataclass

import streamlit as st

from core.figures import scores
from core.models import package
from core.statistics import aims, curves, operating_point, tasks
from pages.kit import cache, state, text

HALF = 0.5
AIM, THRESHOLD = "aim", "threshold"  # in the address


@dataclass(frozen=True)
class Study:
    """What the view is drawn from: both tasks and their curves."""

    validation: tasks.Task
    test: tasks.Task
    tried_on: curves.Points
    tested: curves.Curves


@dataclass(frozen=True)
class Tried:
    """The aim as it stands, and the choice it comes to; the fault where there is none."""

    aim: aims.Aim
    choice: operating_point.Choice | None
    fault: str


@st.cache_resource(max_entries=4, show_spinner="Drawing the curves …")
def load_study(model_id: str, created: str) -> Study:
    """Both tasks and their curves, worked out once for each model."""
    found = package.find_package(model_id)
    table = cache.load_predictions(found)
    validation, test = (
        tasks.build_task(table[table["split"] == split], found.class_names, found.positive_class)
        for split in ("validation", "test")
    )
    return Study(validation, test, curves.find_points(validation), curves.compute_curves(test))


def find_picked() -> float | None:
    """The threshold that was picked by hand, on a curve, with the slider or in the address: the model's own."""
    picked: float | None = state.find(THRESHOLD, None, between=(0.0, 1.0), about=state.MODEL)
    return picked


def pick(threshold: float) -> None:
    """Try a threshold by hand; it stands in the address."""
    state.forget(AIM)
    state.remember(THRESHOLD, repr(float(threshold)))


def start_slider(found: package.Package, study: Study, picked: float | None) -> None:
    """Put the slider where a threshold was picked, or the kept one is, else at 50 %, unless it has been moved."""
    steps = list_steps(found, study)
    st.session_state[name_key(found, "steps")] = steps
    if picked is not None:
        st.session_state[name_key(found, "slider")] = find_nearest(
            steps, curves.to_axis(picked, find_temperature(found))
        )
        return
    if st.session_state.get(name_key(found, "slider")) in steps:
        return
    start = HALF if found.threshold is None else found.threshold
    if found.threshold is not None:
        st.session_state[name_key(found, "picked")] = found.threshold
    st.session_state[name_key(found, "slider")] = find_nearest(steps, curves.to_axis(start, find_temperature(found)))


def list_steps(found: package.Package, study: Study) -> list[float]:
    """The places on the log-odds axis where the slider can stand."""
    return curves.list_steps(study.validation, temperature=find_temperature(found))


def find_nearest(steps: list[float], place: float) -> float:
    """The step that is nearest to a place on the axis."""
    return min(steps, key=lambda step: abs(step - place))


def find_temperature(found: package.Package) -> float | None:
    """The temperature that shown probabilities have been through; of two classes only, as thresholds then convert."""
    return found.temperature if len(found.class_names) == 2 else None


def say_threshold(found: package.Package, threshold: float) -> str:
    """A threshold as it is shown: in per cent, after the temperature where one is kept."""
    return scores.say_probability(curves.to_axis(threshold, find_temperature(found)))


def say_others(found: package.Package) -> str:
    """The images that are not of the positive class, in words: `Uninfected ones`, `images of the other classes`."""
    if len(found.class_names) != 2:
        return "images of the other classes"
    return f"{text.plain(next(name for name in found.class_names if name != found.positive_class))} ones"


def name_key(found: package.Package, name: str) -> str:
    """The key of a widget or of what it remembers, for this model."""
    return f"point-{name}-{found.id}"
