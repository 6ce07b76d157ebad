"""Reviews to read: cases with what a model had answered to them, and presses as the browser tells them."""

import itertools
import json

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from core.review import case_record, cases, review_record, reviews
from tests.support import sent_images
from tests.support.tiles import TRIGGER

CLASSES = ("Parasitized", "Uninfected")
KIND = "second_look_answers"
NUMBERS = itertools.count()


def make_answer(class_name="Uninfected", share=0.7313, model_id="secret-model", verdict="answer"):
    """What a model had answered, with numbers that stand nowhere else."""
    other = next(name for name in CLASSES if name != class_name)
    return case_record.Answer(
        model_id, "2026-01-01", verdict, class_name, {class_name: share, other: round(1 - share, 4)}
    )


def make_review(count=3, *, answered=None, name="Cells", **settings):
    """A review of so many cases, in the order in which they came."""
    settings = {"audit_share": 0.0, "order": review_record.OLDEST, "positive": "Parasitized"} | settings
    ids = [
        cases.send(sent_images.encode(seed), f"{seed}.png", by="Ada", patient=f"P{seed}").id for seed in range(count)
    ]
    review = reviews.begin(name, review_record.Settings(CLASSES, **settings), by="Ada")
    said = make_answer() if answered is None else answered
    reviews.enrol(review.id, [review_record.Enrolment(one, answered=said) for one in ids])
    return review


def find_question(test):
    """What the reader is asked; None where nothing is."""
    found = _find(test)
    return None if found is None else json.loads(found.json)


def press(test: AppTest, act: str, choice: int | None = None, **other) -> AppTest:
    """Press as the browser tells it: at the step that is shown, unless `step` says otherwise."""
    proto = _find(test)
    said = {"id": f"press {next(NUMBERS)}", "step": json.loads(proto.json)["step"], "act": act, "choice": choice}
    return _tell(test, proto, "pressed", said | {"seconds": 2.5, "why": "", "have": []} | other)


def draft(test: AppTest, step: str, why: str) -> AppTest:
    """Begin a note, as the browser tells it."""
    return _tell(test, _find(test), "drafted", {"step": step, "why": why})


def _tell(test, proto, event, value):
    states = test._tree.get_widget_states()
    told = WidgetState(id=TRIGGER.format(proto.id))
    told.json_trigger_value = json.dumps([{"event": event, "value": value}])
    states.widgets.append(told)
    return test._run(states)


def _find(test):
    protos = [one.proto for one in test.get("bidi_component")]
    return next((proto for proto in protos if proto.component_name.endswith(KIND)), None)
