"""What a person is told of one image: an answer, perhaps with caution; to look themselves; that it is none of ours."""

from core.gate import gate
from core.prediction import decision

ANSWER, REFER, UNKNOWN = "answer", "refer", "unknown"
NOT_KNOWN = "Not an image that this model knows"
NO_GATE = "This model has no gate: it answers to any picture, also to one of another kind than it was trained on."


def find(decided: decision.Decision, judged: gate.Verdict | None) -> str:
    """ANSWER (with caution where the gate says `away`), REFER or UNKNOWN. judged : None of a model without a gate."""
    if judged is not None and judged.refused:
        return UNKNOWN
    return REFER if decided.refers else ANSWER


def find_mark(judged: gate.Verdict | None) -> str:
    """What stands with the answer in its headline; "" where there is nothing to say."""
    if judged is None:
        return ""
    return "answered anyway" if judged.refused else "with caution" if judged.away else ""


def say_headline(decided: decision.Decision, mark: str = "") -> str:
    """The verdict on an image that is answered, in a few words; `mark` stands with a class."""
    return "A person should look" if decided.refers else ", ".join(filter(None, [decided.class_name, mark]))
