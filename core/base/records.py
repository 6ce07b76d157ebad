"""What our JSON files hold, typed: read strictly, whole or as one fault that names the place and what belongs there.

A `Record` is one JSON object, an `Open` one that is read by keys. What a later version adds to a `Record` is not seen
here; whoever rewrites a file builds on the content that it has, and so loses nothing of that. See docs/decisions/0020.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar

import msgspec

Text = Annotated[str, msgspec.Meta(max_length=100_000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Number = Annotated[float, msgspec.Meta(gt=-(2**53), lt=2**53)]
Classes = Annotated[tuple[Name, ...], msgspec.Meta(min_length=2, max_length=10_000)]
"""Class names in index order; that none stands there twice is asked for by `require_classes`."""

Kind = TypeVar("Kind")
_PLACE = re.compile(r"(?P<said>.*?)(?: - at `\$\.?(?P<place>.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.+)`")
_UNLIKE = re.compile(r"Expected (?P<expected>.+?)(?:, got (?P<found>.+))?")
_WORDS = {
    "object": "a section",
    "array": "a list",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
}


class Fault(ValueError):
    """Content that nobody can rely on: the `place` in it (`test.accuracy`), what was `expected` there, and `found`."""

    def __init__(self, place: str, expected: str, found: str) -> None:
        self.place, self.expected, self.found = place, expected, found
        super().__init__(f"expected {self.describe()}; found {found}")

    def describe(self) -> str:
        """What was expected, and where: `a usable test.accuracy (a section)`."""
        return f"a usable {self.place or 'content'} ({self.expected})"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One JSON object with typed fields, which nobody changes."""

    def to_json(self) -> dict[str, Any]:
        """As plain data, as it is read back from JSON: lists, and None for what is not finite."""
        return _encode(self)


class Open(Mapping[str, Any]):
    """One JSON object with more keys than its type can name: read by keys, what `check` keeps of it, by nobody changed.

    Raises `Fault` where it is not what belongs there.
    """

    def __init__(self, content: Any) -> None:
        self._content = self.check(convert(content, dict[str, Any]))

    @staticmethod
    def check(content: dict[str, Any]) -> dict[str, Any]:
        """What is kept of it, typed. Raises `Fault`."""
        raise NotImplementedError

    def __getitem__(self, key: str) -> Any:
        return self._content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def to_json(self) -> dict[str, Any]:
        """As plain data, as `Record.to_json`."""
        return _encode(self._content)


class Signed(Record, frozen=True, kw_only=True):
    """What a person decided: by whom, when (ISO 8601) and why, where that was written down."""

    by: Text = ""
    at: Text = ""
    why: Text = ""


def parse(content: bytes | str, kind: type[Kind] | Any = Any) -> Kind:
    """JSON as its standard has it, as a value of `kind` (a Record; by default whatever it is). Raises `Fault`.

    Neither NaN nor infinity, half a surrogate pair (text that no file and no page can hold) or brackets in brackets
    beyond what Python follows is taken.
    """
    try:
        return msgspec.json.decode(content, type=kind, dec_hook=_open)
    except RecursionError as error:
        raise Fault("", "JSON", "brackets in brackets without end") from error
    except msgspec.ValidationError as error:
        raise _explain(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Fault("", "JSON", f"other text: {error}") from error


def convert(content: Any, kind: type[Kind]) -> Kind:
    """The same from plain data, as `parse` gives it without a kind. Raises `Fault`."""
    try:
        return msgspec.convert(content, type=kind, dec_hook=_open)
    except msgspec.ValidationError as error:
        raise _explain(error) from error


def require_classes(class_names: tuple[str, ...], positive_class: str) -> None:
    """Raise `Fault` where a class stands there twice, or the positive class is none of them; for `__post_init__`."""
    if len(set(class_names)) != len(class_names):
        raise Fault("class_names", "names unlike each other", "one that stands there twice")
    if positive_class not in class_names:
        raise Fault("positive_class", "one of class_names", repr(positive_class)[:80])


def _open(kind: type[Any], content: Any) -> Any:
    if issubclass(kind, Open):
        return kind(content)
    raise NotImplementedError(f"expected a type that can be read, found {kind}")


def _encode(content: Record | dict[str, Any]) -> dict[str, Any]:
    encoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(content, enc_hook=lambda inner: inner.to_json()))
    return encoded


def _explain(error: msgspec.ValidationError) -> Fault:
    """msgspec's message in our words: "Expected `int`, got `str` - at `$.test.n`"; or ours, of a `__post_init__`."""
    found = _PLACE.fullmatch(str(error))
    said, place = (found["said"], found["place"] or "") if found else (str(error), "")
    if isinstance(error.__cause__, Fault):
        inner = error.__cause__
        return Fault(".".join(filter(None, [place, inner.place])), inner.expected, inner.found)
    missing = _MISSING.fullmatch(said)
    if missing:
        return Fault(".".join(filter(None, [place, missing[1]])), "a value", "none")
    unlike = _UNLIKE.fullmatch(said)
    if unlike:
        return Fault(place, _say(unlike["expected"]), _say(unlike["found"] or "another value"))
    return Fault(place, "a value that is possible there", said[0].lower() + said[1:])


def _say(kinds: str) -> str:
    """`float | null` as "a number or nothing"."""
    return re.sub(r"\w+", lambda word: _WORDS.get(word[0], word[0]), kinds).replace("`", "").replace(" | ", " or ")
