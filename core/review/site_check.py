"""Does a model work here? Images of a place are drawn half from what the model calls positive, and read blind.

What the model's gate refuses is a part of its own, of which some are read as well. Within a part every image has the
same chance to be drawn, and patients are drawn from in turn, so that few patients do not fill the sample by luck: a
systematic sample of a list in random order of patients (Cochran 1977, Sampling Techniques, chapter 8). A drawn image
stands for as many as there are to each that is drawn of its part.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.base import errors, progress
from core.models import package
from core.results import kept_answers, site_checks
from core.review import (
    case_packing,
    case_record,
    cases,
    database,
    review_record,
    reviews,
    sending,
    site_facts,
    site_pool,
)
from core.statistics import drawn_rates, estimate, site_verdict

FEWEST, MOST, USUAL = 20, 400, 100
CHOICES = (50, 100, 150, 200)
REFUSED_SHARE = 0.1  # of the number to read, so many more of what the gate refuses
SENT_AT_ONCE = 64
SENDING = "Drawing images"


@dataclass(frozen=True)
class Plan:
    """A number to read, how many of each part that is, and what it would buy.

    expected : what the rates would be with their intervals, if the model did here as at home and every image were of
    another patient; verdict : what would follow, as often as not. None where that cannot be said.
    """

    n: int
    shares: Mapping[str, int]
    expected: drawn_rates.Rates | None
    verdict: site_verdict.Kind | None


def share_out(n: int, counts: Mapping[str, int]) -> dict[str, int]:
    """How many to draw of each part of a pool: half of n each, more of one half where the other has fewer; and some of
    what the gate refuses beside them. counts : part -> images there."""
    flagged, rest, refused = (counts[part] for part in site_pool.PARTS)
    of_flagged = min(flagged, max(n // 2, n - rest))
    of_rest = min(rest, n - of_flagged)
    of_refused = min(refused, math.ceil(REFUSED_SHARE * n))
    return {site_pool.FLAGGED: of_flagged, site_pool.REST: of_rest, site_pool.REFUSED: of_refused}


def plan(
    n: int,
    counts: Mapping[str, int],
    home: Mapping[str, estimate.Estimate],
    *,
    margin: float = site_verdict.MARGIN,
    floor: float = site_verdict.FLOOR,
) -> Plan:
    """What reading n images would show. home : by `site_verdict.RATES`, of the model's own test. margin, floor : of
    `site_verdict.judge`."""
    shares = share_out(n, counts)
    values = [home[name].value for name in site_verdict.RATES]
    flagged, rest = counts[site_pool.FLAGGED], counts[site_pool.REST]
    if None in values or not (flagged and rest):
        return Plan(n, shares, None, None)
    sensitivity, specificity = (float(value) for value in values if value is not None)
    share = flagged / (flagged + rest)
    gain = sensitivity + specificity - 1
    # Whatever the formula says (Rogan and Gladen 1978), some are positive and some are not.
    prevalence = min(0.98, max(0.02, (share + specificity - 1) / gain)) if gain > 0 else 0.5
    ppv = _divide(prevalence * sensitivity, (1 - prevalence) * (1 - specificity))
    npv = _divide((1 - prevalence) * specificity, prevalence * (1 - sensitivity))
    halves = [_expect(right, shares[part]) for right, part in ((ppv, site_pool.FLAGGED), (npv, site_pool.REST))]
    expected = drawn_rates.measure(halves[0], halves[1], share, images=flagged + rest)
    here = {name: getattr(expected, name) for name in site_verdict.RATES}
    return Plan(n, shares, expected, site_verdict.judge(here, home, margin=margin, floor=floor).kind)


def begin(
    found: package.Package,
    pool: site_pool.Pool,
    name: str,
    *,
    n: int = USUAL,
    by: str,
    home: Mapping[str, estimate.Estimate],
    readers: int = 1,
    seed: int = 0,
    margin: float = site_verdict.MARGIN,
    floor: float = site_verdict.FLOOR,
    report: progress.Report = progress.say_nothing,
) -> review_record.Review:
    """Draw images of a place and begin the review in which they are read, blind and in random order.

    name : of the place. n : of what the model answers, FEWEST to MOST; fewer where there are not so many. The same
    images are drawn again by the same seed. home : of `site_checks.measure_home`, kept with the review. margin, floor :
    of `site_verdict.judge`. Raises SettingNotUsable, SourceNotFound where an image is not there any more,
    UnreadableImage, and as `cases.send_packed` and `reviews.begin` do.
    """
    place, author = (case_packing.tidy(words, reviews.LONGEST_NAME - 6) for words in (name, by))
    _require(found, place, author, n, margin, floor)
    drawn = _draw(pool, n, seed)
    places = [number for numbers in drawn.values() for number in numbers]
    contents = _send(pool, places, f"site-{pool.about.id[:48]}", place, author, report)
    _, gate, threshold = found.state
    facts = site_facts.Facts(
        site=place,
        answers=pool.about.id,
        rule=pool.about.rule,
        network=site_checks.find_network(found),
        gate=gate,
        threshold=threshold,
        temperature=found.temperature,
        wanted=n,
        pool=pool.counts,
        drawn={part: len(numbers) for part, numbers in drawn.items()},
        patients=pool.patients,
        left_out=dict(pool.left_out),
        margin=margin,
        floor=floor,
        home=dict(home),
    )
    settings = review_record.Settings(
        class_names=found.class_names,
        positive=found.positive_class,
        model_id=found.id,
        model_created=found.manifest.created,
        purpose=review_record.SITE,
        readers=readers,
        mode=review_record.BLIND_FIRST,
        order=review_record.RANDOM,
        audit_share=1.0,
        seed=seed,
        facts=facts.to_json(),
    )
    review = reviews.begin(_choose_name(place), settings, by=author)
    counts = pool.counts
    reviews.enrol(
        review.id,
        [
            review_record.Enrolment(
                case_id=contents[number][0],
                reason=review_record.DRAWN,
                answered=contents[number][1],
                stratum=part,
                weight=counts[part] / len(numbers),
            )
            for part, numbers in drawn.items()
            for number in numbers
        ],
    )
    return review


def list_reviews(found: package.Package | None = None) -> list[review_record.Review]:
    """The reviews that are site checks, of a model or of all, the newest first. Raises what `reviews.list_reviews`
    raises."""
    return [
        one
        for one in reviews.list_reviews()
        if one.settings.purpose == review_record.SITE and (found is None or one.settings.model_id == found.id)
    ]


def draw_evenly(patients: Sequence[str], image_ids: Sequence[str], n: int, *, seed: int) -> NDArray[np.int64]:
    """The places of n of N images, (n,), ascending: each with the chance n / N, patients in turn.

    patients : whose each is, "" = not known, which is a patient alone. image_ids : of the content; the draw hangs on
    them and the seed, and not on the order. n : at most N.
    """
    keys = [
        (reviews.draw(seed, "patient", whose or image_id), whose, reviews.draw(seed, "image", image_id), image_id)
        for whose, image_id in zip(patients, image_ids, strict=True)
    ]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    start, step = reviews.draw(seed, "start", *keys[order[0]][1::2]) if order else 0.0, len(keys) / max(n, 1)
    chosen = [order[min(len(keys) - 1, math.floor((start + number) * step))] for number in range(n)]
    return np.array(sorted(chosen), np.int64)


def _draw(pool: site_pool.Pool, n: int, seed: int) -> dict[str, list[int]]:
    """Part -> the drawn rows of the pool, of each part as many as `share_out` says."""
    drawn = {}
    for part, count in share_out(n, pool.counts).items():
        rows = pool.rows[pool.rows["part"] == part]
        chosen = draw_evenly(rows["patient"].tolist(), rows["image_id"].tolist(), count, seed=seed)
        drawn[part] = rows.index.to_numpy()[chosen].tolist()
    return {part: numbers for part, numbers in drawn.items() if numbers}


def _send(
    pool: site_pool.Pool, numbers: Sequence[int], token: str, place: str, by: str, report: progress.Report
) -> dict[int, tuple[int, case_record.Answer]]:
    """Make cases of rows of the pool; returns row -> the case's number and what the model had answered.

    A case is called by its number: names of files and folders often say the class.
    """
    rows = dict(zip(numbers, pool.rows.loc[list(numbers)].to_dict("records"), strict=True))
    answered = {number: sending.describe_row(pool.about, row) for number, row in rows.items()}
    found: dict[int, tuple[int, case_record.Answer]] = {}
    with kept_answers.open_originals(pool.about.id) as read:
        for start in range(0, len(numbers), SENT_AT_ONCE):
            report(start, len(numbers), SENDING)
            packed = {}
            for number in numbers[start : start + SENT_AT_ONCE]:
                row = rows[number]
                name, content = read(int(row["place"]))
                client_id = f"{token}-{row['place']}"
                packed[number] = case_packing.pack(
                    content, name, patient=str(row["patient"]), answered=answered[number], client_id=client_id
                )
            cases.send_packed(
                list(packed.values()),
                by=by,
                why=f"Does it work at {place}?",
                source=case_record.BATCH,
                pseudonym=True,
            )
            for number, one in packed.items():
                found[number] = _require_case(one.sha256).id, answered[number]
    report(len(numbers), len(numbers), SENDING)
    return found


def _require_case(sha256: str) -> case_record.Case:
    """The case of an image that was sent a moment ago."""
    case = cases.find_case(sha256)
    if case is None:
        raise errors.CaseNotFound(
            expected="the case of a drawn image",
            found="none any more",
            where="the review database",
            todo="Somebody deleted it meanwhile: draw again.",
        )
    return case


def _choose_name(place: str) -> str:
    """A name that no review has yet: the place's, with a number where that is taken."""
    taken = {one.name for one in reviews.list_reviews()} if database.exists() else set[str]()
    names = [place, *(f"{place} ({number})" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _expect(share: float, n: int) -> drawn_rates.Half:
    return drawn_rates.Half(round(share * n), n, n, float(n))


def _divide(part: float, rest: float) -> float:
    return part / (part + rest) if part + rest else 0.0


def _require(found: package.Package, place: str, author: str, n: int, margin: float, floor: float) -> None:
    if not place or not author:
        raise _refuse("a name for the place, and who asks", "none", "Give both: they are kept with the result.")
    if not FEWEST <= n <= MOST:
        raise _refuse(f"{FEWEST} to {MOST} images to read", f"{n:,}", "Choose another number.")
    if not (0 < margin < 1 and 0 < floor < 1):
        raise _refuse("a margin and a floor between 0 and 1", f"{margin:g} and {floor:g}", "Write 0.1 for ten points.")
    if len(found.class_names) > reviews.MOST_CLASSES:
        few = f"a model of at most {reviews.MOST_CLASSES} classes"
        raise _refuse(few, f"{len(found.class_names)}", "Readers have a key for each class.")


def _refuse(expected: str, found: str, todo: str) -> errors.SettingNotUsable:
    return errors.SettingNotUsable(expected=expected, found=found, where="a site check", todo=todo)
