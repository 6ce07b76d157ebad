"""The tables of the review database. A change here needs a new file in `migrations/versions`, named in `REVISION`."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from core.review import case_record, review_record

REVISION = "0002"  # the newest one in `migrations/versions`
# Constraints have names, so that a later revision can change them on every database.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(orm.DeclarativeBase):
    """What all tables share."""

    metadata = sa.MetaData(naming_convention=NAMES)


class ImageRow(Base):
    """A file, once, by its content; its bytes are kept by `case_images`. Sizes upright, as the file has them."""

    __tablename__ = "images"

    sha256: orm.Mapped[str] = orm.mapped_column(sa.String(64), primary_key=True)
    bytes: orm.Mapped[int] = orm.mapped_column(sa.BigInteger)
    width_px: orm.Mapped[int]
    height_px: orm.Mapped[int]


class CaseRow(Base):
    """An image under review; one a content. `state` is what its events come to. Numbers are never given anew."""

    __tablename__ = "cases"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    image: orm.Mapped[str] = orm.mapped_column(sa.ForeignKey("images.sha256"), unique=True)
    arrived_at: orm.Mapped[str] = orm.mapped_column(sa.String(40))
    name: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    patient: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    source: orm.Mapped[case_record.Source] = orm.mapped_column(sa.String(20))
    dataset: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    image_id: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    state: orm.Mapped[case_record.State] = orm.mapped_column(sa.String(20), index=True)


class EventRow(Base):
    """Something that happened to a case; rows are only added. client_id : given by whoever acts, None = not given."""

    __tablename__ = "events"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    case_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("cases.id"), index=True)
    at: orm.Mapped[str] = orm.mapped_column(sa.String(40))
    by: orm.Mapped[str] = orm.mapped_column(sa.String(80))
    kind: orm.Mapped[case_record.Kind] = orm.mapped_column(sa.String(20))
    why: orm.Mapped[str] = orm.mapped_column(sa.String(500))
    model_id: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    model_created: orm.Mapped[str] = orm.mapped_column(sa.String(40))
    verdict: orm.Mapped[str] = orm.mapped_column(sa.String(20))
    class_name: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))
    probabilities: orm.Mapped[dict[str, float] | None] = orm.mapped_column(sa.JSON(none_as_null=True))
    gate: orm.Mapped[dict[str, Any] | None] = orm.mapped_column(sa.JSON(none_as_null=True))
    client_id: orm.Mapped[str | None] = orm.mapped_column(sa.String(80), unique=True)


class ReviewRow(Base):
    """Cases that are read together, and how. Settings as `review_record.Settings` has them."""

    __tablename__ = "reviews"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(80), unique=True)
    made_at: orm.Mapped[str] = orm.mapped_column(sa.String(40))
    made_by: orm.Mapped[str] = orm.mapped_column(sa.String(80))
    closed_at: orm.Mapped[str] = orm.mapped_column(sa.String(40))
    settings: orm.Mapped[dict[str, Any]] = orm.mapped_column(sa.JSON)


class ReviewChangeRow(Base):
    """What somebody changed of a review; rows are only added. change : name -> [before, after]."""

    __tablename__ = "review_changes"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    review_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reviews.id"), index=True)
    at: orm.Mapped[str] = orm.mapped_column(sa.String(40))
    by: orm.Mapped[str] = orm.mapped_column(sa.String(80))
    change: orm.Mapped[dict[str, Any]] = orm.mapped_column(sa.JSON)


class EntryRow(Base):
    """A case in a review. draw : in [0, 1), its place where chance orders, as it does the audit. The queue has an index
    for each order, so that another order is no work."""

    __tablename__ = "entries"
    __table_args__ = (
        sa.UniqueConstraint("review_id", "case_id"),
        sa.Index("ix_entries_useful", "review_id", "state", "audit", "rank", "draw"),
        sa.Index("ix_entries_drawn", "review_id", "state", "audit", "draw"),
        sa.Index("ix_entries_oldest", "review_id", "state", "audit", "case_id"),
        sa.Index("ix_entries_progress", "review_id", "state", "n_read"),
        {"sqlite_autoincrement": True},
    )

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    review_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reviews.id"))
    case_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("cases.id"), index=True)
    added_at: orm.Mapped[str] = orm.mapped_column(sa.String(40))
    reason: orm.Mapped[review_record.Reason] = orm.mapped_column(sa.String(20))
    rank: orm.Mapped[float]
    draw: orm.Mapped[float]
    audit: orm.Mapped[bool]
    gold: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    stratum: orm.Mapped[str] = orm.mapped_column(sa.String(80))
    weight: orm.Mapped[float]
    model_id: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    model_created: orm.Mapped[str] = orm.mapped_column(sa.String(40))
    verdict: orm.Mapped[str] = orm.mapped_column(sa.String(20))
    class_name: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))
    probabilities: orm.Mapped[dict[str, float] | None] = orm.mapped_column(sa.JSON(none_as_null=True))
    state: orm.Mapped[review_record.State] = orm.mapped_column(sa.String(20))
    n_read: orm.Mapped[int]
    settled: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    settled_at: orm.Mapped[str] = orm.mapped_column(sa.String(40))


class LeaseRow(Base):
    """A case that a reader has in hand; what is over (`until`) keeps its draft and holds nobody up."""

    __tablename__ = "leases"
    __table_args__ = (sa.UniqueConstraint("entry_id", "reader"), {"sqlite_autoincrement": True})

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    entry_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("entries.id"))
    review_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reviews.id"))
    reader: orm.Mapped[str] = orm.mapped_column(sa.String(80), index=True)
    until: orm.Mapped[str] = orm.mapped_column(sa.String(40))
    draft: orm.Mapped[dict[str, Any]] = orm.mapped_column(sa.JSON)


class ReadingRow(Base):
    """What a reader said of a case; rows are only added. client_id : given by whoever acts, the same at a retry."""

    __tablename__ = "readings"
    __table_args__ = (sa.Index("ix_readings_of_reader", "entry_id", "reader"), {"sqlite_autoincrement": True})

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    entry_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("entries.id"))
    reader: orm.Mapped[str] = orm.mapped_column(sa.String(80), index=True)
    phase: orm.Mapped[review_record.Phase] = orm.mapped_column(sa.String(20))
    answer: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    shown_at: orm.Mapped[str] = orm.mapped_column(sa.String(40))
    at: orm.Mapped[str] = orm.mapped_column(sa.String(40))
    saw_model: orm.Mapped[bool]
    model_id: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    model_created: orm.Mapped[str] = orm.mapped_column(sa.String(40))
    model_answer: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    why: orm.Mapped[str] = orm.mapped_column(sa.String(500))
    client_id: orm.Mapped[str | None] = orm.mapped_column(sa.String(80), unique=True)
