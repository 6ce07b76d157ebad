"""Reviews, the cases in them, who has which in hand, and what readers said."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of reading."""
    _make_reviews()
    _make_review_changes()
    _make_entries()
    _make_leases()
    _make_readings()


def _make_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("made_at", sa.String(40), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("closed_at", sa.String(40), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint("name", name="uq_reviews_name"),
        sqlite_autoincrement=True,
    )


def _make_review_changes() -> None:
    op.create_table(
        "review_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_changes"),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_review_changes_review_id_reviews"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_review_changes_review_id", "review_changes", ["review_id"])


def _make_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("rank", sa.Double(), nullable=False),
        sa.Column("draw", sa.Double(), nullable=False),
        sa.Column("audit", sa.Boolean(), nullable=False),
        sa.Column("gold", sa.String(255), nullable=False),
        sa.Column("stratum", sa.String(80), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("model_id", sa.String(255), nullable=False),
        sa.Column("model_created", sa.String(40), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("class_name", sa.String(255), nullable=True),
        sa.Column("probabilities", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("n_read", sa.Integer(), nullable=False),
        sa.Column("settled", sa.String(255), nullable=False),
        sa.Column("settled_at", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_entries_review_id_reviews"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_entries_case_id_cases"),
        sa.UniqueConstraint("review_id", "case_id", name="uq_entries_review_id_case_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_entries_case_id", "entries", ["case_id"])
    for name, last in {"useful": ["rank", "draw"], "drawn": ["draw"], "oldest": ["case_id"]}.items():
        op.create_index(f"ix_entries_{name}", "entries", ["review_id", "state", "audit", *last])
    op.create_index("ix_entries_progress", "entries", ["review_id", "state", "n_read"])


def _make_leases() -> None:
    op.create_table(
        "leases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("reader", sa.String(80), nullable=False),
        sa.Column("until", sa.String(40), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_leases"),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_leases_entry_id_entries"),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_leases_review_id_reviews"),
        sa.UniqueConstraint("entry_id", "reader", name="uq_leases_entry_id_reader"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_leases_reader", "leases", ["reader"])


def _make_readings() -> None:
    op.create_table(
        "readings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("reader", sa.String(80), nullable=False),
        sa.Column("phase", sa.String(20), nullable=False),
        sa.Column("answer", sa.String(255), nullable=False),
        sa.Column("shown_at", sa.String(40), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("saw_model", sa.Boolean(), nullable=False),
        sa.Column("model_id", sa.String(255), nullable=False),
        sa.Column("model_created", sa.String(40), nullable=False),
        sa.Column("model_answer", sa.String(255), nullable=False),
        sa.Column("why", sa.String(500), nullable=False),
        sa.Column("client_id", sa.String(80), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_readings_entry_id_entries"),
        sa.UniqueConstraint("client_id", name="uq_readings_client_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_readings_of_reader", "readings", ["entry_id", "reader"])
    op.create_index("ix_readings_reader", "readings", ["reader"])
