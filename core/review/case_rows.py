"""From rows of the review database to cases and events."""

import sqlalchemy as sa

from core.review import case_record
from core.review.schema import CaseRow, EventRow, ImageRow


def select() -> "sa.Select[CaseRow, ImageRow, EventRow]":
    """Cases with image and the last time that they were sent, the last one first."""
    last = (
        sa.select(sa.func.max(EventRow.id))
        .where(EventRow.case_id == CaseRow.id, EventRow.kind == case_record.SENT)
        .correlate(CaseRow)
        .scalar_subquery()
    )
    chosen = sa.select(CaseRow, ImageRow, EventRow).join(ImageRow, ImageRow.sha256 == CaseRow.image)
    return chosen.join(EventRow, EventRow.id == last).order_by(EventRow.id.desc())


def to_case(case: CaseRow, image: ImageRow, sent: EventRow) -> case_record.Case:
    """A case as others read it; `sent` : the last time that it was."""
    return case_record.Case(
        id=case.id,
        sha256=case.image,
        name=case.name,
        patient=case.patient,
        source=case.source,
        dataset=case.dataset,
        image_id=case.image_id,
        arrived_at=case.arrived_at,
        state=case.state,
        height_px=image.height_px,
        width_px=image.width_px,
        sent=to_event(sent),
    )


def to_event(row: EventRow) -> case_record.Event:
    """An event as others read it."""
    answered = case_record.Answer(
        row.model_id, row.model_created, row.verdict, row.class_name, row.probabilities, row.gate
    )
    return case_record.Event(
        row.id,
        row.case_id,
        row.at,
        row.by,
        row.kind,
        row.why,
        answered,
        row.client_id or "",
    )
