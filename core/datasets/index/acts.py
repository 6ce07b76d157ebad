"""What a person decided about one image: an act, with who, when, why and which model prompted it; which acts stand."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Kind = Literal["exclude", "relabel", "keep", "second_look"]
EXCLUDE: Kind = "exclude"
RELABEL: Kind = "relabel"
KEEP: Kind = "keep"
SECOND_LOOK: Kind = "second_look"
KINDS: tuple[Kind, ...] = get_args(Kind)
Key = tuple[str, ...]


@dataclass(frozen=True)
class Act:
    """One decision about one image, or that it was taken back.

    kind : EXCLUDE leaves it out of every count, split and training; RELABEL notes that it may belong to the class
        `about`; KEEP says that it is fine as it is, as far as the finding `about` goes ("" = whatever is found);
        SECOND_LOOK asks people to review it.
    by : who decided; "" only where a file of an earlier version does not say. at : UTC, ISO. model_id : the model whose
        answer prompted it, "" = none did. path, sha256 : the image's file when it was decided, "" = not known; what
        `ledger.record` fills in, with `at`.
    """

    kind: Kind
    dataset: str
    image_id: str
    by: str
    why: str = ""
    about: str = ""
    model_id: str = ""
    at: str = ""
    path: str = ""
    sha256: str = ""
    withdrawn: bool = False

    @property
    def key(self) -> Key:
        """What two acts have in common of which only the later one counts."""
        told_apart = {KEEP: self.about, SECOND_LOOK: self.model_id}
        return self.kind, self.image_id, told_apart.get(self.kind, "")

    @property
    def ends(self) -> tuple[Key, ...]:
        """What cannot stand beside it: an image that is fine altogether is neither excluded nor of another class."""
        if self.kind == KEEP and not self.about:
            return (EXCLUDE, self.image_id, ""), (RELABEL, self.image_id, "")
        return ((KEEP, self.image_id, ""),) if self.kind in (EXCLUDE, RELABEL) else ()


def find_standing(written: Iterable[Act]) -> list[Act]:
    """The acts of one data set that nobody took back or decided anew, in the order in which each was first decided.

    written : in the order in which they were decided, the withdrawn ones among them.
    """
    standing: dict[Key, Act] = {}
    for act in written:
        for key in act.ends:
            standing.pop(key, None)
        if act.withdrawn:
            standing.pop(act.key, None)
        else:
            standing[act.key] = act  # decided anew: it keeps its place
    return list(standing.values())


def as_row(act: Act) -> dict[str, Any]:
    """An act as a line of the file; what is empty is left out."""
    return {name: value for name, value in asdict(act).items() if value}


def read_row(row: Any) -> Act:
    """The act of a line. Raises ValueError where it is none."""
    if not isinstance(row, Mapping) or row.get("kind") not in KINDS:
        raise ValueError("no decision that is known here")
    told = {name: value for name, value in row.items() if name in Act.__dataclass_fields__ and name != "withdrawn"}
    named = all(told.get(name) for name in ("dataset", "image_id"))
    if not named or not all(isinstance(value, str) for value in told.values()):
        raise ValueError("a decision without an image")
    return Act(**{"by": "", **told}, withdrawn=bool(row.get("withdrawn")))
