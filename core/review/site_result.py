"""What people who read images of a place, drawn by `site_check`, found of a model there.

The rates are by what readers say before they see the model (`site_rows`); how much the model moved, and what follows if
all that nobody could tell were wrong, or right, stands beside them.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import errors
from core.models import package, site_record
from core.results import site_checks
from core.review import review_record, reviews, site_facts, site_pool, site_rates, site_rows
from core.statistics import aims, decision_rule, differences, drawn_rates, estimate, recalibration, site_verdict, tasks


@dataclass(frozen=True)
class Result:
    """What is known so far. rows : an image each, see `site_rows.read_rows`.

    rates : by the answers before the model was seen; with_model : by those after. least, most : `rates` with all that
    nobody could tell counted as wrong, and as right. verdict : None until all are read, or the review is closed: who
    stops looking when the numbers please has other numbers.
    """

    review: review_record.Review
    rows: pd.DataFrame
    rates: drawn_rates.Rates
    with_model: drawn_rates.Rates
    least: drawn_rates.Rates
    most: drawn_rates.Rates
    refused: site_rates.Refused
    home: Mapping[str, estimate.Estimate]
    verdict: site_verdict.Verdict | None

    @property
    def asked(self) -> int:
        """Images that were drawn."""
        return len(self.rows)

    @property
    def read(self) -> int:
        """Images that were read."""
        return int((self.rows["truth"] != site_rows.UNREAD).sum())

    @property
    def facts(self) -> site_facts.Facts:
        """What `site_check.begin` kept with the review."""
        return site_facts.read(self.review)

    def count(self, truth: str) -> int:
        """How many images came to this."""
        return int((self.rows["truth"] == truth).sum())

    @property
    def differences(self) -> Mapping[str, estimate.Estimate]:
        """Here less at home, by `site_verdict.RATES`."""
        here = list_rates(self.rates)
        return {name: differences.compute_apart(self.home[name], here[name]) for name in site_verdict.RATES}

    @property
    def judged(self) -> pd.DataFrame:
        """The rows that the rates rest on: of what the model answers, with a class."""
        names = self.review.settings.class_names
        return self.rows[(self.rows["stratum"] != site_pool.REFUSED) & self.rows["truth"].isin(names)]

    @property
    def changed(self) -> int:
        """Of the images that the rates rest on, how many have another answer once the model was seen."""
        return int((self.judged["truth"] != self.judged["final"]).sum())


def measure(review_id: int) -> Result:
    """What is known by now. Raises ReviewNotFound, and as `site_facts.read` and `database.reading` do."""
    review = reviews.read_review(review_id)
    facts, rows = site_facts.read(review), site_rows.read_rows(review)
    rates = site_rates.measure(rows, review, "truth")
    done = bool(review.closed_at) or not rows["truth"].isin([site_rows.UNREAD, site_rows.DISPUTED]).any()
    verdict = None
    if done and len(rows):
        verdict = site_verdict.judge(list_rates(rates), facts.home, margin=facts.margin, floor=facts.floor)
    return Result(
        review=review,
        rows=rows,
        rates=rates,
        with_model=site_rates.measure(rows, review, "final"),
        least=site_rates.measure(rows, review, "truth", site_rates.WRONG),
        most=site_rates.measure(rows, review, "truth", site_rates.RIGHT),
        refused=site_rates.measure_refused(rows, review),
        home=facts.home,
        verdict=verdict,
    )


def list_rates(rates: drawn_rates.Rates) -> dict[str, estimate.Estimate]:
    """Sensitivity and specificity, by `site_verdict.RATES`."""
    return {site_verdict.SENSITIVITY: rates.sensitivity, site_verdict.SPECIFICITY: rates.specificity}


def propose(result: Result, found: package.Package) -> recalibration.Recalibration:
    """Threshold and temperature that would be right there; see `recalibration.propose`.

    found : the model that was checked. Raises SettingNotUsable where it answers otherwise by now.
    """
    if not matches(result, found):
        raise _refuse("the model as it was checked", "another network or threshold", "Check the model as it is now.")
    judged = result.judged
    names = list(found.class_names)
    shown = judged[[f"p_{name}" for name in names]].to_numpy(np.float64)
    own = decision_rule.apply_temperature(shown, 1 / (found.temperature or 1.0))
    predictions = pd.DataFrame(own, columns=[f"p_{name}" for name in names]).assign(
        group=judged["patient"].to_numpy(object),
        label=[names.index(truth) for truth in judged["truth"]],
        image_id=judged["sha256"].to_numpy(object),
    )
    answers = np.array([names.index(answer) for answer in judged["model_answer"]], np.int64)
    task = tasks.build_task(predictions, names, found.positive_class, answers=answers)
    home = recalibration.Home(found.threshold, found.temperature, find_aim(found))
    return recalibration.propose(task, _weigh(judged, result), home)


def matches(result: Result, found: package.Package) -> bool:
    """Whether the model is the one that was checked, and answers as it did then."""
    _, gate, threshold = found.state
    asked, now = result.facts, (site_checks.find_network(found), gate, threshold, found.temperature)
    return now == (asked.network, asked.gate, asked.threshold, asked.temperature)


def describe(result: Result) -> site_record.SiteCheck:
    """What is kept with the model; `site_checks.keep` signs it. Raises SettingNotUsable before there is a verdict."""
    if result.verdict is None:
        raise _refuse(
            "a check of which all is read, or whose review is closed", "one that is being read", "Read the rest."
        )
    facts, judged, rates = result.facts, result.judged, result.rates
    pool = facts.pool
    refused = result.rows[result.rows["stratum"] == site_pool.REFUSED]
    answered = result.rows[result.rows["stratum"] != site_pool.REFUSED]
    return site_record.SiteCheck(
        name=facts.site,
        review=result.review.name,
        review_id=result.review.id,
        created=result.review.settings.model_created,
        network=facts.network,
        gate=facts.gate,
        threshold=facts.threshold,
        temperature=facts.temperature,
        verdict=result.verdict.kind,
        margin=facts.margin,
        floor=facts.floor,
        readers=list_readers(result),
        asked=result.asked,
        read=result.read,
        n=len(judged),
        patients=int(judged.loc[judged["patient"] != "", "patient"].nunique()),
        cannot_tell=int((answered["truth"] == review_record.CANNOT_TELL).sum()),
        not_such=int((answered["truth"] == review_record.NOT_SUCH).sum()),
        disputed=int((answered["truth"] == site_rows.DISPUTED).sum()),
        changed=result.changed,
        sensitivity=rates.sensitivity,
        specificity=rates.specificity,
        ppv=rates.ppv,
        npv=rates.npv,
        accuracy=rates.accuracy,
        prevalence=rates.prevalence,
        home=result.home,
        least=list_rates(result.least),
        most=list_rates(result.most),
        pool=pool,
        left_out=facts.left_out,
        refused={
            "pool": pool[site_pool.REFUSED],
            "read": int((refused["truth"] != site_rows.UNREAD).sum()),
            "such": int(refused["truth"].isin(result.review.settings.class_names).sum()),
        },
        seed=result.review.settings.seed,
    )


def list_readers(result: Result) -> tuple[str, ...]:
    """Who read, whoever read most first."""
    counted = Counter(name for names in result.rows["readers"] for name in names)
    return tuple(name for name, _ in counted.most_common())


def find_aim(found: package.Package) -> aims.Aim | None:
    """What the model's threshold was chosen for; None where none is kept."""
    point = found.manifest.operating_point
    if point is None or not point.aim.kind:
        return None
    names = ("kind", "least", "miss_cost", "prevalence", "threshold")
    return aims.Aim(**{name: getattr(point.aim, name) for name in names})


def _weigh(judged: pd.DataFrame, result: Result) -> NDArray[np.float64]:
    """For how many images each stands: of a half that is read in part, more than was planned."""
    pool = result.facts.pool
    counts = judged["stratum"].value_counts()
    return np.array([pool[part] / counts[part] for part in judged["stratum"]], np.float64)


def _refuse(expected: str, found: str, todo: str) -> errors.SettingNotUsable:
    return errors.SettingNotUsable(expected=expected, found=found, where="a site check", todo=todo)
