"""A model card: what the program knows of a model, what people wrote, and what is still open, visibly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from core.base import errors
from core.datasets.index import index
from core.models import amending, package
from core.reports import card_answers, card_questions
from core.statistics import reliability, tasks

LONGEST = 4000  # characters of one answer
WHEN, WHO = "at", "by"


@dataclass(frozen=True)
class Entry:
    """One question with what the program knows (`known`) and what a person wrote (`written`); either may be empty."""

    question: card_questions.Question
    known: str
    written: str

    @property
    def is_answered(self) -> bool:
        """Whether anything stands there."""
        return bool(self.known or self.written)

    @property
    def answer(self) -> str:
        """Both, what the program knows first."""
        return "\n".join(said for said in (self.known, self.written) if said)


@dataclass(frozen=True)
class CardSection:
    """The entries under one heading of Mitchell et al. 2019."""

    heading: str
    entries: tuple[Entry, ...]


def build_card(
    found: package.Package, task: tasks.Task | None = None, facts: Mapping[str, Any] | None = None
) -> list[CardSection]:
    """The card of a model, section by section. It never guesses: what nobody knows has an empty answer.

    task : its test images with its answers of now (for how it fails), None where they are not at hand.
    facts : of the data set that it was trained on, see `find_facts`.
    """
    known = card_answers.answer(found, task, facts or {})
    written = read_written(found)
    entries = [Entry(asked, known.get(asked.key, ""), written.get(asked.key, "")) for asked in card_questions.QUESTIONS]
    return [
        CardSection(heading, tuple(entry for entry in entries if entry.question.heading == heading))
        for heading in card_questions.HEADINGS
    ]


def answer_test(found: package.Package, predictions: pd.DataFrame) -> tasks.Task:
    """Its test images with the answers that it gives now: at the kept operating point, where there is one.

    predictions : of `tables.read_predictions`. Raises PredictionsNotUsable.
    """
    return reliability.select_task(
        predictions, "test", found.class_names, found.positive_class, threshold=found.threshold
    )


def read_written(found: package.Package) -> dict[str, str]:
    """What people wrote into the card, question -> text; what belongs to no question of this version is left alone."""
    keys = {asked.key for asked in card_questions.QUESTIONS}
    return {key: text for key, text in (found.manifest.card or {}).items() if key in keys and text}


def count_answered(sections: Sequence[CardSection]) -> tuple[int, int]:
    """(answered, all) questions."""
    entries = [entry for section in sections for entry in section.entries]
    return sum(entry.is_answered for entry in entries), len(entries)


def say_count(sections: Sequence[CardSection]) -> str:
    """`27 of 48 items are answered.`"""
    answered, total = count_answered(sections)
    return f"{answered} of {total} items are answered."


def write_card(found: package.Package, written: Mapping[str, str], by: str) -> package.Package:
    """Keep what a person wrote; an empty text takes an answer back. What others wrote since to other questions stays.

    Raises SettingNotUsable where nobody says who writes, or a text is too long; KeyError for a question that the card
    has not.
    """
    if not by.strip():
        raise _not_usable("the name of whoever writes this", "none", "Fill in “Who writes this”.")
    keys = {asked.key for asked in card_questions.QUESTIONS}
    if not set(written) <= keys:
        raise KeyError(f"no such question: {sorted(set(written) - keys)}")
    longest = max((len(text) for text in written.values()), default=0)
    if longest > LONGEST:
        raise _not_usable(f"answers of at most {LONGEST:,} characters", f"{longest:,}", "Shorten it.")

    def merge(now: package.Package) -> dict[str, Any] | None:
        kept = {**read_written(now), **{key: text.strip() for key, text in written.items()}}
        content = {key: text for key, text in kept.items() if text}
        signed = {**content, WHEN: datetime.now(UTC).isoformat(timespec="seconds"), WHO: by.strip()}
        return signed if content else None

    return amending.amend(found, {package.CARD: merge})


def _not_usable(expected: str, found: str, todo: str) -> errors.SettingNotUsable:
    return errors.SettingNotUsable(expected=expected, found=found, where="the model card", todo=todo)


def find_facts(found: package.Package) -> dict[str, Any]:
    """What the data set says of its origin, where the images that the model was trained on are on this machine."""
    for row in index.list_datasets():
        if row.get("content") == found.dataset_content:
            return dict(row.get("facts") or {})
    return {}
