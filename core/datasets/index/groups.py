"""Who an image is of: a patient, a person. Splits keep groups whole: a network is judged on people it never saw."""

import re
from collections.abc import Callable, Sequence

from core.base import errors
from core.datasets.index import layouts

RULES = {
    "auto": "the first of malaria and chest that fits the file names, else none",
    "malaria": "NIH malaria cells: the patient is the text before `thin` in the file name",
    "chest": "Kermany chest X-rays: person123, or the number after IM-",
    "folder": "the first folder below the class",
    "none": "not known: every image on its own",
}
BY_NAME = ("malaria", "chest")  # rules that read the names of one collection, whatever folder they come in
REGEX = "regex:"
AUTO_FRACTION = 0.9
MAX_NAME_CHARACTERS = 255

_MALARIA = re.compile(r"_*[tT]hin(?=[A-Z_])")  # not the `thin` of clothing
_CHEST = re.compile(r"(person\d+)|(IM-\d+)", re.IGNORECASE)


def find_groups(paths: Sequence[str], rule: str) -> tuple[str, list[str]]:
    """The rule that was used ("auto" becomes one of the others) and the group of each path, "" where it is not known.

    paths : relative to the data set's folder, with `/`.
    rule : a key of RULES, or `regex:` and a pattern with one group, searched in the file name.
    Raises GroupRuleNotUsable.
    """
    if rule == "auto":
        return _choose(paths)
    if rule == "none":
        return rule, [""] * len(paths)
    if rule == "folder":
        folders = {place.path: place.folder for place in layouts.find_layout(paths).places}
        return rule, [folders.get(path, "") for path in paths]
    group_of = _reader(rule)
    return rule, [group_of(path.rsplit("/", 1)[-1]) for path in paths]


def require_rule(rule: str) -> str:
    """`rule` itself if it is one that `find_groups` can use; else GroupRuleNotUsable."""
    if rule not in RULES:
        _reader(rule)
    return rule


def _choose(paths: Sequence[str]) -> tuple[str, list[str]]:
    for rule in BY_NAME:
        _, found = find_groups(paths, rule)
        if found and len(found) - found.count("") >= AUTO_FRACTION * len(found):
            return rule, found
    return find_groups(paths, "none")


def _reader(rule: str) -> Callable[[str], str]:
    """The function from a file name to its group."""
    if rule == "malaria":
        return lambda name: name[: found.start()] if (found := _MALARIA.search(name)) else ""
    if rule == "chest":
        return lambda name: _text(_CHEST.search(name))
    pattern = _compile(rule)
    return lambda name: _text(pattern.search(name[:MAX_NAME_CHARACTERS]))


def _text(match: re.Match[str] | None) -> str:
    return next(filter(None, match.groups()), "") if match else ""


def _compile(rule: str) -> re.Pattern[str]:
    if not rule.startswith(REGEX):
        raise _not_usable(f"one of {', '.join(RULES)} or {REGEX}PATTERN", repr(rule), rule)
    text = rule.removeprefix(REGEX)
    try:
        pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise _not_usable("a regular expression", str(error), rule) from error
    if pattern.groups != 1:
        raise _not_usable("exactly one group in round brackets", f"{pattern.groups}", rule)
    if _may_run_for_ever(text):
        raise _not_usable("no repetition of something that itself repeats or branches", repr(text), rule)
    return pattern


def _may_run_for_ever(pattern: str) -> bool:
    """Whether a bracket that repeats or branches is repeated in turn, as in `(a+)+`: such a search can take years."""
    plain = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", pattern, flags=re.DOTALL)
    restless = [False]  # for each bracket that is open: whether it repeats or branches so far
    for place, character in enumerate(plain):
        if character == "(":
            restless.append(False)
        elif character == ")":
            repeated = plain[place + 1 : place + 2] in {"*", "+", "{"}
            inner = restless.pop()
            if inner and repeated:
                return True
            restless[-1] |= inner or repeated
        elif character in "*+{|":
            restless[-1] = True
    return False


def _not_usable(expected: str, found: str, rule: str) -> errors.GroupRuleNotUsable:
    todo = r"Example: regex:^(\d+)_ takes the number before the first underscore of each file name as the patient."
    return errors.GroupRuleNotUsable(expected=expected, found=found, where=f"the rule for groups, {rule}", todo=todo)
