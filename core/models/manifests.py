"""What every reader of a model's `manifest.json` relies on: which values there are, and of which kind.

A manifest of another shape is a broken one, named with the value that is wrong, and no reason to end a page.
"""

from collections.abc import Callable
from typing import Any

from core import files

SCHEMA = 1
LARGEST_BYTES = 16_000_000  # that of 1,000 classes has 10 MB, nearly all of it two confusion matrices
LONGEST_TEXT, LONGEST_NAME = 100_000, 255
LARGEST_SIDE_PX, LARGEST_COUNT, MOST_CLASSES = 4096, 2**53, 10_000
# What people decide about a finished model (see `amending`), each with who and when; absent until then.
OPERATING_POINT, CALIBRATION, REFERRAL, CARD = "operating_point", "calibration", "referral", "card"
TIMES_CHOSEN = "times_chosen"  # section -> how often it was written; each look at the test makes it less honest

Is = Callable[[Any], bool]
"""Whether a value is of the kind that a reader takes it for."""


def read(path: Any, file_names: tuple[str, ...], later_names: tuple[str, ...]) -> tuple[dict[str, Any], str]:
    """A manifest, and the name of its first value that cannot be used; empty where all can.

    file_names : files that it must describe; later_names : those that it may.
    """
    content = files.read_json_or_none(path, limit_bytes=LARGEST_BYTES)
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        return {}, f"content of schema {SCHEMA}"
    described = content.get("files")
    there = [*file_names, *(name for name in later_names if isinstance(described, dict) and name in described)]
    entries = {"files": {name: {"sha256": _is_text, "bytes": _is_count} for name in there}}
    fault = _find_unlike(content, _SHAPE | entries, "")
    return content, fault or _find_unlike_optional(content) or _find_contradiction(content)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < LARGEST_COUNT


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < LARGEST_COUNT


def _is_number_or_none(value: Any) -> bool:
    return value is None or _is_number(value)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_side(value: Any) -> bool:
    return type(value) is int and 1 <= value <= LARGEST_SIDE_PX


def _is_list_of(is_kind: Is) -> Is:
    return lambda value: isinstance(value, list) and all(map(is_kind, value))


def _is_dict_of(is_kind: Is) -> Is:
    return lambda value: isinstance(value, dict) and all(map(is_kind, value.values()))


def _are_classes(value: Any) -> bool:
    named = _is_list_of(lambda name: isinstance(name, str) and 0 < len(name) <= LONGEST_NAME)
    return named(value) and 2 <= len(value) <= MOST_CLASSES and len(set(value)) == len(value)


_is_table_of_counts = _is_list_of(_is_list_of(_is_count))
_METRIC = {"value": _is_number_or_none, "low": _is_number_or_none, "high": _is_number_or_none, "n": _is_count}
_RESULT: dict[str, Any] = {
    "n": _is_count,
    "groups": _is_count,
    "interval": _is_text,
    "positive_class": _is_text,
    "confusion": _is_table_of_counts,
    **dict.fromkeys(("accuracy", "sensitivity", "specificity", "auc"), _METRIC),
}
_SIDES = dict.fromkeys(("train", "validation", "test"), _is_count)
_SHAPE: dict[str, Any] = {
    "id": _is_text,
    "created": _is_text,
    "architecture": _is_text,
    "parameters": _is_count,
    "class_names": _are_classes,
    "positive_class": _is_text,
    "input": {"height_px": _is_side, "width_px": _is_side},
    "dataset": {"name": _is_text, "fingerprint": _is_text},
    "split": {"rule": _is_text, "leaky": _is_flag, "groups_shared": _is_count, "images": _SIDES, "groups": _SIDES},
    "recipe": {"epochs": _is_count},
    "command": _is_text,
    "training": {"epochs": _is_count, "best_epoch": _is_count, "seconds": _is_number, "precision": _is_text},
    "check": {"probabilities": _is_list_of(_is_list_of(_is_number))},
    "test": _RESULT,
}
_SEGMENT = {"epoch": _is_count, "changes": _is_dict_of(lambda pair: isinstance(pair, list) and len(pair) == 2)}
_OPTIONAL: dict[str, Any] = {  # a dot leads into a section
    "validation": _RESULT,
    "trainable": _is_count,
    "run_id": _is_text,
    "purpose": _is_text,
    "versions": _is_dict_of(_is_text),
    "heatmap": {"reference_peak": _is_number},
    "milliseconds_per_image": {"value": _is_number_or_none},
    "dataset.content": _is_text,
    "split.audit": _is_dict_of(lambda value: True),
    "training.segments": _is_list_of(lambda value: not _find_unlike(value, _SEGMENT, "segment")),
    "training.backbone": _is_dict_of(lambda value: True),
    OPERATING_POINT: {"threshold": _is_number},
    f"{OPERATING_POINT}.test": _RESULT,
    CALIBRATION: {"temperature": _is_number},
    REFERRAL: {"limit": _is_number},
    CARD: _is_dict_of(_is_text),
    TIMES_CHOSEN: _is_dict_of(_is_count),
}


def _find_unlike(content: Any, shape: Any, name: str) -> str:
    """The name of the first value that is not of the kind it should be; empty where all are."""
    if not isinstance(shape, dict):
        return "" if shape(content) else name
    if not isinstance(content, dict):
        return name
    for key, inner in shape.items():
        where = f"{name}.{key}".lstrip(".")
        unlike = _find_unlike(content[key], inner, where) if key in content else where
        if unlike:
            return unlike
    return ""


def _find_unlike_optional(content: dict[str, Any]) -> str:
    """The same for what may be absent, or null."""
    for name, shape in _OPTIONAL.items():
        *sections, key = name.split(".")
        inside = content.get(sections[0]) or {} if sections else content
        unlike = _find_unlike(inside[key], shape, name) if inside.get(key) is not None else ""
        if unlike:
            return unlike
    return ""


def _find_contradiction(content: dict[str, Any]) -> str:
    """The name of a value that does not fit the others; of a manifest whose values are of the right kinds."""
    classes, kept = content["class_names"], content.get(OPERATING_POINT) or {}
    if content["positive_class"] not in classes:
        return "positive_class"
    for name, result in (("test", content["test"]), (f"{OPERATING_POINT}.test", kept.get("test"))):
        if result and {len(classes)} != {len(result["confusion"]), *map(len, result["confusion"])}:
            return f"{name}.confusion"
    return ""
