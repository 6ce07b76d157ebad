"""Decisions about images for tests that want one to stand, by one person."""

from collections.abc import Iterable

from core.datasets.index import acts, ledger

BY = "A. Reader"


def exclude(name: str, image_ids: Iterable[str], why: str = "test") -> None:
    """Leave images out."""
    ledger.record([acts.Act(acts.EXCLUDE, name, image_id, BY, why=why) for image_id in image_ids])


def propose(name: str, image_id: str, class_name: str, why: str = "test") -> None:
    """Propose another class for an image."""
    ledger.record([acts.Act(acts.RELABEL, name, image_id, BY, why=why, about=class_name)])


def take_back(name: str, kind: acts.Kind) -> None:
    """Take all decisions of this kind about a data set back."""
    ledger.withdraw(ledger.list_acts(dataset=name, kind=kind), by=BY)
