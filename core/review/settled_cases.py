"""What people have settled in reviews, as the next version of a data set takes it: one row an image."""

from collections.abc import Collection
from dataclasses import dataclass

from core.datasets.index import groups, index
from core.review import database, reading_tables, review_record, reviews

# How a file begins -> what its name ends in; a case keeps no ending of its own.
SUFFIXES = {b"\x89PNG": ".png", b"\xff\xd8": ".jpg", b"BM": ".bmp", b"II": ".tif", b"MM": ".tif", b"RIFF": ".webp"}


@dataclass(frozen=True)
class Settled:
    """An image about which people came to an answer.

    answer : a class, or one of `review_record.OTHER_ANSWERS`. by : whose answers settled it. at : UTC, ISO. audit,
    weight : see `review_record.Enrolment`.
    """

    case: int
    sha256: str
    name: str
    patient: str
    answer: str
    review: str
    by: str
    at: str
    audit: bool
    weight: float


def list_reviews(class_names: Collection[str], dataset: str = "") -> list[review_record.Review]:
    """The reviews from which a data set of these classes may learn: of these very classes, and about this data set or
    none in particular. Site checks are not among them: they stay a test of what comes next."""
    return [
        one
        for one in reviews.list_reviews()
        if one.settings.purpose == review_record.QUEUE
        and set(one.settings.class_names) == set(class_names)
        and one.settings.dataset in ("", dataset)
    ]


def list_settled(chosen: Collection[review_record.Review]) -> list[Settled]:
    """All that is settled in these reviews, each image once, as it was settled last; by case. Gold cases, whose class
    was known before anybody read them, are not among them. Raises what `reading_tables.tabulate` raises."""
    found: dict[str, Settled] = {}
    for review in chosen if database.exists() else ():
        table = reading_tables.tabulate(review.id)
        table = table[(table["state"] == review_record.SETTLED) & (table["gold"] == "")]
        for _, rows in table.groupby("entry", sort=False):
            row = rows.iloc[0].to_dict()
            readers = rows.loc[rows["counts"].astype(bool), "reader"].tolist()
            one = Settled(
                case=int(row["case"]),
                sha256=str(row["sha256"]),
                name=str(row["name"]),
                patient=str(row["patient"]),
                answer=str(row["settled"]),
                review=review.name,
                by=str(row["settled_by"] or ", ".join(readers)),
                at=str(row["settled_at"]),
                audit=bool(row["audit"]),
                weight=float(row["weight"]),
            )
            if one.sha256 not in found or found[one.sha256].at < one.at:
                found[one.sha256] = one
    return sorted(found.values(), key=lambda one: one.case)


def find_patient(one: Settled, data: index.Index) -> str:
    """The patient of a case: as it was sent, else as its file name says by the rule of the data set; "" = not known."""
    if one.patient or not (data.group_rule in groups.BY_NAME or data.group_rule.startswith(groups.REGEX)):
        return one.patient
    return groups.find_groups([one.name], data.group_rule)[1][0]


def name_file(case: int, content: bytes) -> str:
    """The name of a case's file in a data set, which says nothing of who is on it: `case-000012.png`."""
    return f"case-{case:06d}{next((kind for head, kind in SUFFIXES.items() if content.startswith(head)), '.png')}"
