"""What to keep in mind of a model's test result before anything else, as marks that stand beside the number."""

from dataclasses import dataclass

from core.checks import check_table
from core.datasets.splits import split_words
from core.models import choosing, package
from core.statistics import intervals

FEW_IMAGES = 100  # with all of so many right, the 95 % interval (Wilson 1927) still begins below 97 %


@dataclass(frozen=True)
class Caution:
    """What a check says of a result: a mark of one or two words, and what it means in a sentence."""

    check: check_table.Check
    mark: str
    meaning: str

    @property
    def is_severe(self) -> bool:
        """Whether the number is not to be believed."""
        return self.check.severity == "error"


def find_cautions(found: package.Package) -> list[Caution]:
    """A leaky split or a few copies across it, too few patients (images, where none is known) in the test, a training
    that was cut short."""
    return [
        *_find_leak(found),
        *_find_few(found.manifest.test.n, found.manifest.test.groups),
        *_find_cut(found),
    ]


def _find_leak(found: package.Package) -> list[Caution]:
    said = split_words.say_leak(found.manifest.split)
    if not said:
        return []
    check = check_table.find("leaky_split" if found.is_leaky else "copies_across")
    return [Caution(check, check.title, said)]


def _find_few(images: int, patients: int) -> list[Caution]:
    if not images:
        return []
    if 0 < patients < intervals.FEW_UNITS:
        check = check_table.find("few_patients")
        return [Caution(check, f"Only {patients} patient{'s' * (patients != 1)}", check.help)]
    if images < FEW_IMAGES:
        check = check_table.find("few_images")
        return [Caution(check, f"Only {images} image{'s' * (images != 1)}", check.help)]
    return []


def _find_cut(found: package.Package) -> list[Caution]:
    check, said = check_table.find("half_trained"), choosing.say_unfinished(found)
    return [Caution(check, check.title, f"{said.capitalize()}; more may make it better.")] if said else []
