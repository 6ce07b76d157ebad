"""What the reading room says of answers, in plain text."""

from core.prediction import verdicts
from core.review import case_record, disputes, reading_turns, review_record

SAID = {review_record.CANNOT_TELL: "Cannot tell", review_record.NOT_SUCH: "Not such an image"}


def say_answer(answer: str) -> str:
    """A reader's answer."""
    return SAID.get(answer, answer)


def say_model(answered: case_record.Answer) -> str:
    """What the model had answered: `Model: Uninfected, 71 %`."""
    chances = answered.probabilities or {}
    if answered.class_name is None:
        unknown = answered.verdict == verdicts.UNKNOWN
        return "Model: not an image that it knows" if unknown else "Model: no answer"
    share = chances.get(answered.class_name)
    said = answered.class_name if share is None else f"{answered.class_name}, {_say_share(share)}"
    if answered.verdict == verdicts.REFER:
        return f"Model: not sure, leans to {said}"
    if answered.verdict == verdicts.UNKNOWN:
        return f"Model: not an image that it knows; asked anyway: {said}"
    return f"Model: {said}"


def say_opinion(number: int, opinion: disputes.Opinion) -> str:
    """What one of two readers said."""
    said = f"Reader {number}: {say_answer(opinion.final)}"
    if opinion.blind and opinion.blind != opinion.final:
        said += f" (before seeing the model: {say_answer(opinion.blind)})"
    return said + (f". “{opinion.why}”" if opinion.why else "")


def say_turn(turn: reading_turns.Turn) -> tuple[str, str]:
    """The large line over a case, and the question under it. Nothing of the model is in it but `turn.answered`."""
    model = say_model(turn.answered) if turn.answered is not None else ""
    own = f"You: {say_answer(turn.own)}" if turn.own else ""
    line = "\n".join(filter(None, [own, model]))
    asked = {reading_turns.SECOND: "Keep or change?", reading_turns.AGAIN: "An earlier case. Keep or change?"}
    if turn.kind == reading_turns.SETTLE:
        return "Which is it?", model
    return (line, asked.get(turn.kind, "Which is it?")) if line else ("Which is it?", "")


def _say_share(share: float) -> str:
    rounded = round(100 * share)
    return "> 99 %" if rounded == 100 else "< 1 %" if rounded == 0 else f"{rounded} %"
