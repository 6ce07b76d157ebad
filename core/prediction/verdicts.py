"""What a person is told of one image: an answer, perhaps with caution; to look themselves; that it is none of ours."""

from core.gate import gate
from core.prediction import decision

ANSWER, REFER, UNKNOWN = "answer", "refer", "unknown"
NO_GATE = "This model has no gate: it answers to any picture, also to one of another kind than it was trained on."


def find(decided: decision.Decision, judged: gate.Verdict | None) -> str:
    """ANSWER (with caution where the gate says `away`), REFER or UNKNOWN. judged : None of a model without a gate."""
    if judged is not None and judged.refused:
        return UNKNOWN
    return REFER if decided.refers else ANSWER
