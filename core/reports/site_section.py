"""The part of a model's report about where it is used: what people who read images there found."""

from core.models import package
from core.reports import rendering
from core.results import site_checks
from core.statistics import site_verdict


def compose_sites(found: package.Package) -> list[rendering.Section]:
    """All site checks that were kept with the model, a line each; that there is none is said too."""
    checks = site_checks.list_checks(found)
    title = "Where it was checked"
    if not checks:
        said = "Nowhere: how it does on images of another place, microscope or stain than its test images is not known."
        return [rendering.Section(title, (said,))]
    margins = sorted({(one.margin, one.floor) for one in checks})
    rules = " ".join(site_verdict.say_rule(*margin) for margin in margins)
    others = [one for one in checks if not site_checks.is_same(found, one)]
    older = f"{len(others):,} of them at another threshold, gate or network than it has now. " if others else ""
    return [
        rendering.Section(
            title,
            (f"{site_checks.say_check(checks[-1])}.",),
            table=site_checks.tabulate(checks),
            caption="Images drawn at random there, half from what the model calls positive, read by people before they "
            f"saw its answer; each counts for as many as it stands for. 95 % intervals. {older}{rules}",
        )
    ]
