"""Challenger against champion: on the champion's frozen test images and on new cases, both models' answers paired.

The rule (`statistics.promotion`) counts right answers, each model's most probable class: thresholds are chosen
afterwards. Of new cases it takes those that had been drawn at random: the others were chosen since they were hard for a
model, mostly the champion, and would flatter whoever comes after it. A look at the frozen test is written down before
anything of it is shown, with the margin. Loads no TensorFlow, except where answers are missing and are asked for.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import errors, progress
from core.datasets.intake import versions
from core.models import champions, choosing, package, tables
from core.results import comparison, cross_evaluation, disagreement
from core.statistics import aims, estimate, promotion, tasks, unit_shares

MARGIN = 0.02
MARGINS = (0.001, 0.2)
FROZEN, NEW = "frozen", "new"


@dataclass(frozen=True, eq=False)
class Challenge:
    """What both models answer, and what follows by the rule.

    cases : a row an image, as `disagreement.find_cases` has it (A the champion, B the challenger), with part (FROZEN or
    NEW), audit (bool) and weight. chosen : the gain on all new cases, drawn at random or not; no part of the rule.
    evidence : sha256 of all these answers. notes : what else to know, in sentences.
    """

    champion: package.Package
    challenger: package.Package
    margin: float
    verdict: promotion.Verdict
    chosen: estimate.Estimate
    cases: pd.DataFrame
    evidence: str
    notes: tuple[str, ...]

    @property
    def numbers(self) -> dict[str, float | int | bool | None]:
        """What is written down with a decision."""
        said: dict[str, float | int | bool | None] = {"allowed": self.verdict.allowed, "better": self.verdict.better}
        for part, found in ((FROZEN, self.verdict.frozen), (NEW, self.verdict.new)):
            gain = found.gain if found else estimate.NOT_MEASURED
            said |= {
                f"{part}_gain": gain.value,
                f"{part}_low": gain.low,
                f"{part}_high": gain.high,
                f"{part}_n": gain.n,
            }
        return said


def say_headline(found: Challenge) -> str:
    """What follows, in one line: `It may take the champion's place: right on 1.2 points more of 2,103 frozen ...`."""
    verdict, frozen = found.verdict, found.verdict.frozen
    if frozen is None or not frozen.is_enough:
        n, needed = (frozen.gain.n, frozen.needed) if frozen else (0, aims.count_needed(1 - found.margin))
        return f"It cannot be told: {n:,} frozen test images, and it takes {needed:,}"
    points = f"{estimate.PER_CENT.write(abs(frozen.gain.value or 0.0))} points"
    more = "more" if (frozen.gain.value or 0.0) >= 0 else "fewer"
    said = f"right on {points} {more} of {frozen.gain.n:,} frozen test images"
    if not verdict.allowed:
        return f"The champion stays: the challenger is {said}"
    return f"It may take the champion's place: {said}" + ("" if verdict.better else ", which can be chance")


def find_champion(dataset: str) -> package.Package | None:
    """The champion of a data set and its versions: the one that somebody promoted, else of the models of the first
    version the one that is asked first; None where there is none. One that is not on this machine any more gives its
    place to the latter.

    Raises IndexBroken for damaged decisions.
    """
    known = {(found.id, found.manifest.created): found for found in package.list_packages()}
    decided = champions.find_champion(champions.read_entries(dataset))
    if decided is not None and (decided.model, decided.created) in known:
        return known[decided.model, decided.created]
    numbers = {found.id: _find_number(found) for found in list_models(dataset)}
    first = [found for found in list_models(dataset) if numbers[found.id] == min(numbers.values())]
    return choosing.choose_first(first)


def _find_number(found: package.Package) -> int:
    """Of which version of its data set a model is, from 1."""
    said = _read_version(found.manifest.dataset.name)
    return said.number if said is not None else 1


def list_models(dataset: str) -> list[package.Package]:
    """The models that were trained on a data set or a version of it, the newest first."""
    line = versions.find_line(dataset)
    return [found for found in package.list_packages() if versions.find_line(found.manifest.dataset.name) == line]


def find_missing(
    champion: package.Package, challenger: package.Package
) -> list[tuple[package.Package, package.Package]]:
    """Which answers are missing: (model, the one whose test images it has not answered yet)."""
    tested = {found.id: _list_tested(found) for found in (champion, challenger)}
    return [
        (asked, on)
        for asked, on in ((champion, challenger), (challenger, champion))
        if tested[on.id] - tested[asked.id] and cross_evaluation.read_crossed(asked, on) is None
    ]


def answer_missing(
    champion: package.Package, challenger: package.Package, report: progress.Report = progress.say_nothing
) -> None:
    """Have both answer what is missing; loads a runtime. Raises as `cross_evaluation.cross` does."""
    for asked, on in find_missing(champion, challenger):
        cross_evaluation.cross(asked.id, on.id, report=report)


def find_look(champion: package.Package, challenger: package.Package, dataset: str) -> champions.Entry | None:
    """The look that was taken at these two, None = nobody has. Raises IndexBroken."""
    return find_among(champions.read_entries(dataset), champion, challenger)


def count_looks(dataset: str) -> int:
    """How many pairs have been compared on the frozen test images of a data set. Raises IndexBroken."""
    return sum(one.kind == champions.LOOKED for one in champions.read_entries(dataset))


def look(
    champion: package.Package, challenger: package.Package, dataset: str, *, margin: float, by: str
) -> champions.Entry:
    """State the margin and write down that these two are compared; a second look keeps the margin of the first.

    Raises SettingNotUsable for a margin outside MARGINS or without a name, PromotionRefused where answers are missing,
    and as `champions.add` does.
    """
    if not MARGINS[0] <= margin <= MARGINS[1]:
        raise errors.SettingNotUsable(
            expected=f"a margin from {MARGINS[0]:g} to {MARGINS[1]:g}",
            found=f"{margin:g}",
            where="the margin of a promotion",
            todo="Write 0.02 for two points.",
        )
    signed = champions.sign(by, "")
    missing = find_missing(champion, challenger)
    if missing:
        asked, on = missing[0]
        raise refuse(
            "the answers of both to the same images",
            f"none of {asked.id} to the test images of {on.id}",
            "Have them answered first.",
        )
    before = find_look(champion, challenger, dataset)
    if before is not None:
        return before
    both = name_pair(champion, challenger)
    entry = champions.Entry(kind=champions.LOOKED, margin=margin, by=signed["by"], **both)
    return champions.add(dataset, lambda entries: entry)


def find_among(
    entries: Sequence[champions.Entry], champion: package.Package, challenger: package.Package
) -> champions.Entry | None:
    """The look at these two among decisions; None = nobody has taken it."""
    wanted = name_pair(champion, challenger)
    looked = [one for one in entries if one.kind == champions.LOOKED]
    return next((one for one in looked if all(getattr(one, key) == value for key, value in wanted.items())), None)


def name_pair(champion: package.Package, challenger: package.Package) -> champions.Pair:
    """Both as an `Entry` names them."""
    return {
        "model": challenger.id,
        "created": challenger.manifest.created,
        "previous": champion.id,
        "previous_created": champion.manifest.created,
    }


def refuse(expected: str, found: str, todo: str) -> errors.PromotionRefused:
    """What is said where a challenger may not come in."""
    return errors.PromotionRefused(expected=expected, found=found, where="the place of the champion", todo=todo)


def require_margin(looked: champions.Entry, wanted: float | None) -> None:
    """Raise PromotionRefused where another margin is wanted than the one that was stated before the look."""
    if wanted is not None and wanted != looked.margin:
        expected = f"the margin of {looked.margin:g} that {looked.by} stated before these two were compared"
        raise refuse(expected, f"{wanted:g}", "Leave the margin out.")


def judge(champion: package.Package, challenger: package.Package, margin: float) -> Challenge:
    """What the rule says of two models of the same classes. Raises ClassesDiffer, ModelBroken, PredictionsNotUsable."""
    cross_evaluation.require_same_classes(challenger, champion)
    first, second = comparison.load_pair(champion, challenger)
    names = champion.class_names
    plain = [disagreement.Judge(list(names).index(found.positive_class)) for found in (champion, challenger)]
    cases = disagreement.find_cases(first, second, names, judges=(plain[0], plain[1]))
    drawn = _find_drawn(challenger)
    own = _list_tested(champion)
    short = tables.shorten(cases["image_id"])
    cases = cases.assign(
        part=np.where(cases["image_id"].isin(own), FROZEN, NEW),
        audit=[one in drawn for one in short],
        weight=[drawn.get(one, 1.0) for one in short],
        unit=_number_units(first, champion).reindex(cases["image_id"]).to_numpy(np.int64),
    )
    new = (cases["part"] == NEW).to_numpy()
    verdict = promotion.judge(_select(cases, ~new), _select(cases, new & cases["audit"].to_numpy()), margin)
    everything = _select(cases, new)
    chosen = unit_shares.measure_gain(everything.champion, everything.challenger, everything.units)
    common = comparison.find_comparable(champion, challenger)
    return Challenge(
        champion,
        challenger,
        margin,
        verdict,
        chosen,
        cases,
        _hash(cases),
        tuple(_list_notes(champion, challenger, common)),
    )


def _list_tested(found: package.Package) -> set[str]:
    scored = tables.read_predictions(found)
    return set(scored.loc[scored["split"] == "test", "image_id"])


def _find_drawn(challenger: package.Package) -> dict[str, float]:
    """Content of each new case that had been drawn at random -> for how many it stands, as the challenger's data set
    and the versions before it say."""
    found: dict[str, float] = {}
    said = _read_version(challenger.manifest.dataset.name)
    while said is not None:
        drawn = {one.sha256[: tables.ID_LENGTH]: one.weight for one in said.changes if one.kind == "new" and one.audit}
        found = drawn | found
        said = _read_version(said.made_from) if said.made_from != said.line else None
    return found


def _read_version(dataset: str) -> versions.Version | None:
    try:
        return versions.read_version(dataset)
    except (errors.NameNotUsable, errors.IndexBroken):  # then nobody can say how its cases were chosen
        return None


def _number_units(table: pd.DataFrame, champion: package.Package) -> "pd.Series[int]":
    """The patient of each image as a number; an image without one is alone."""
    units = tasks.build_task(table, champion.class_names, champion.positive_class).units
    return pd.Series(units, index=table["image_id"].to_numpy())


def _select(cases: pd.DataFrame, which: NDArray[np.bool_]) -> promotion.Answers:
    part = cases[which]
    labels = part["label"].to_numpy()
    weights = part["weight"].to_numpy(np.float64)
    return promotion.Answers(
        champion=part["answer_a"].to_numpy() == labels,
        challenger=part["answer_b"].to_numpy() == labels,
        units=part["unit"].to_numpy(np.int64),
        weights=None if (weights == 1).all() else weights,
    )


def _hash(cases: pd.DataFrame) -> str:
    """Of which images, their labels and both answers, whatever their order."""
    columns = ["image_id", "label", "answer_a", "answer_b", "part", "audit"]
    rows = sorted("\0".join(map(str, row)) for row in cases[columns].itertuples(index=False))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _list_notes(champion: package.Package, challenger: package.Package, common: comparison.Common) -> list[str]:
    notes = [common.why] if common.why and common.known_to_b else []
    leaky = [found.id for found in (champion, challenger) if found.is_leaky]
    if leaky:
        notes.append(f"The split of {' and of '.join(leaky)} leaks: it looks better than it is.")
    if champion.threshold is not None:
        notes.append(
            f"{champion.id} answers at a threshold that people chose; here both answer with the most probable class, "
            "and a new champion needs a threshold of its own."
        )
    return notes
