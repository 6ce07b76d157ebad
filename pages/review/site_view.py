"""Does the model work here? One check after the other: begun, read in the Read view, and what came of it."""

from core.review import database, review_record, site_check
from pages.kit import answer_view, guards, jobs, state
from pages.review import site_begin_view, site_result_view

SITE, NEW = "site", "new"


def show() -> None:
    """The view."""
    jobs.show_jobs()
    found = guards.require_model()
    answer_view.show_model_line(found)
    checks = site_check.list_reviews(found) if database.exists() else []
    chosen = _input_check(checks)
    if chosen is None:
        site_begin_view.show(found)
    else:
        site_result_view.show(found, chosen)


def _input_check(checks: list[review_record.Review]) -> review_record.Review | None:
    """The check to show, the newest first; None for a new one."""
    if not checks:
        return None
    known = {str(one.id): one for one in checks}

    def name(key: str) -> str:
        return "A new check" if key == NEW else f"{known[key].name} · {known[key].made_at[:10]}"

    chosen = state.input_choice(
        SITE, "Check", [*known, NEW], show=name, absent="is no check of this model, or is not here any more"
    )
    return known.get(chosen)
