"""Who takes the champion's place, and who comes back: a person decides, the rule must allow it, nothing is lost."""

from collections.abc import Sequence

from core.models import champions, package
from core.results import challenges

_STAY = "The champion stays. Train a better challenger, or read more cases."


def promote(
    challenger: package.Package, dataset: str, *, by: str, why: str = "", evidence: str | None = None
) -> champions.Entry:
    """Make a model the champion of a data set and its versions.

    It must have been compared with the champion of now (`look`), and the rule must allow it; where no other model is in
    that place it is only named. evidence : of the challenge that the person saw, None = whatever it is now.
    Raises PromotionRefused with the reasons, SettingNotUsable without a name, and as `judge` and `champions.add` do.
    """
    signed = champions.sign(by, why)

    def decide(entries: Sequence[champions.Entry]) -> champions.Entry:
        champion = challenges.find_champion(dataset)
        if champion is None or champion.id == challenger.id:
            return _name_only(entries, challenger, dataset, signed)
        found = challenges.judge(champion, challenger, _require_look(entries, champion, challenger).margin)
        if not found.verdict.allowed:
            why_not = " ".join(found.verdict.reasons)
            raise challenges.refuse("a challenger that is not worse than was agreed on", why_not, _STAY)
        if evidence not in (None, found.evidence):
            raise challenges.refuse("the answers that were shown", "others by now", "Look at the comparison again.")
        return champions.Entry(
            kind=champions.PROMOTED,
            margin=found.margin,
            evidence=found.evidence,
            numbers=found.numbers,
            **challenges.name_pair(champion, challenger),
            **signed,
        )

    return champions.add(dataset, decide)


def roll_back(dataset: str, *, by: str, why: str = "") -> champions.Entry:
    """Put the champion of before in its place again; that there was another one stays written down.

    Raises PromotionRefused where there is none, or it is not on this machine any more; as `champions.add` does.
    """
    signed = champions.sign(by, why)
    here = {(found.id, found.manifest.created) for found in package.list_packages()}

    def decide(entries: Sequence[champions.Entry]) -> champions.Entry:
        standing = champions.list_standing(entries)
        if len(standing) < 2:
            raise challenges.refuse("a champion of before", f"none for {dataset}", "Promote another model instead.")
        before, now = standing[-2:]
        if (before.model, before.created) not in here:
            raise challenges.refuse(
                f"{before.model} on this machine", "another model of that name, or none", "Bring it back first."
            )
        return champions.Entry(
            kind=champions.ROLLED_BACK,
            model=before.model,
            created=before.created,
            previous=now.model,
            previous_created=now.created,
            **signed,
        )

    return champions.add(dataset, decide)


def _name_only(
    entries: Sequence[champions.Entry], challenger: package.Package, dataset: str, signed: champions.Signature
) -> champions.Entry:
    """The first champion by name: the model that answers first there already."""
    decided = champions.find_champion(entries)
    if decided is not None and decided.model == challenger.id:
        raise challenges.refuse("a model that is not the champion yet", f"{challenger.id}, which is", "Choose another.")
    if challenger.id not in {found.id for found in challenges.list_models(dataset)}:
        expected = f"a model that was trained on {dataset} or a version of it"
        raise challenges.refuse(expected, challenger.id, "Choose such a one.")
    return champions.Entry(kind=champions.PROMOTED, model=challenger.id, created=challenger.manifest.created, **signed)


def _require_look(
    entries: Sequence[champions.Entry], champion: package.Package, challenger: package.Package
) -> champions.Entry:
    found = challenges.find_among(entries, champion, challenger)
    if found is None:
        expected = f"{challenger.id} to have been compared with {champion.id}, under a margin that was stated before"
        raise challenges.refuse(expected, "no such comparison", "State the margin and compare them first.")
    return found
