"""What a model is, as its `manifest.json` says it: typed, each value checked as it is read, also in optional sections.

A manifest of another shape is a broken one, named with the place that is wrong, and no reason to end a page.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec

from core.base import errors, files, records
from core.base.records import Count, Name, Number, Text
from core.datasets.splits import divisions
from core.models import augmentation, site_record
from core.models import normalisation as normalising
from core.statistics import estimate

LARGEST_BYTES = 64_000_000  # that of 1,000 classes has 22 MB, nearly all of it two confusion matrices
# What people decide about a finished model (see `amending`), each with who and when; absent until then.
OPERATING_POINT, CALIBRATION, REFERRAL, CARD = "operating_point", "calibration", "referral", "card"
SITE_CHECKS = "site_checks"
TIMES_CHOSEN = "times_chosen"  # section -> how often it was written; each look at the test makes it less honest
PARTS = frozenset(("value", "low", "high", "n"))  # of an Estimate, as files have it

Side = Annotated[int, msgspec.Meta(ge=1, le=4096)]
Threshold = Annotated[float, msgspec.Meta(ge=0, le=1)]
Setting = bool | int | float | Text | Mapping[str, Number | Text] | None


class Rates(TypedDict):
    """Of the positive class against all others, as `evaluation.thresholds.measure` says it."""

    sensitivity: estimate.Estimate
    specificity: estimate.Estimate


class _Frame(TypedDict):
    """What every result has, and those of its metrics that are as old as results."""

    n: Count
    groups: Count
    interval: Text
    positive_class: Text
    confusion: list[list[Count]]
    accuracy: estimate.Estimate
    sensitivity: estimate.Estimate
    specificity: estimate.Estimate
    auc: estimate.Estimate
    level: NotRequired[Number | None]
    method: NotRequired[Text | None]
    average: NotRequired[Text | None]
    against_rest: NotRequired[Rates | None]


class Result(records.Open):
    """How good a model is on some images, as `evaluation.summary.summarise` says it; `interval`: patients or images.

    Its metrics are those of the table that it was written by, each an Estimate; `estimate.find` knows any key of now.
    """

    @staticmethod
    def check(content: dict[str, Any]) -> dict[str, Any]:
        """The frame, and whatever else has the parts of an Estimate: a metric, also one that is not known here."""
        frame = records.convert(content, _Frame)
        others = [key for key, one in content.items() if key not in frame and _is_measured(one)]
        return {**{key: _convert(key, content[key]) for key in others}, **frame}

    @property
    def n(self) -> int:
        """Images."""
        return int(self["n"])

    @property
    def groups(self) -> int:
        """Known patients."""
        return int(self["groups"])

    @property
    def interval(self) -> str:
        """What the intervals count."""
        return str(self["interval"])

    @property
    def method(self) -> str | None:
        """Of the intervals; results of before name none."""
        return self.get("method")

    @property
    def confusion(self) -> list[list[int]]:
        """Counts, row = truth, column = answer."""
        found: list[list[int]] = self["confusion"]
        return found

    @property
    def accuracy(self) -> estimate.Estimate:
        """Of all images."""
        return estimate.find(self, "accuracy")

    @property
    def auc(self) -> estimate.Estimate:
        """Of two classes the positive one's."""
        return estimate.find(self, "auc")


class PointResult(Result):
    """A result at an operating point, as `evaluation.thresholds.apply` says it."""

    @property
    def rates(self) -> dict[str, estimate.Estimate]:
        """Those of the positive class, or of two classes what the result itself says."""
        against_rest: dict[str, estimate.Estimate] | None = self.get("against_rest")
        return against_rest or {key: estimate.find(self, key) for key in ("sensitivity", "specificity")}


def _is_measured(content: Any) -> bool:
    return isinstance(content, estimate.Estimate) or (isinstance(content, dict) and content.keys() >= PARTS)


def _convert(key: str, content: Any) -> estimate.Estimate:
    try:
        return records.convert(content, estimate.Estimate)
    except records.Fault as fault:
        raise records.Fault(f"{key}.{fault.place}", fault.expected, fault.found) from fault


class Referred(TypedDict):
    """What a limit for referral does, as `evaluation.referral.measure` says it."""

    n: Count
    groups: Count
    interval: Text
    positive_class: Text
    referred: estimate.Estimate
    error: estimate.Estimate
    error_all: estimate.Estimate
    caught: estimate.Estimate
    sensitivity: estimate.Estimate
    specificity: estimate.Estimate
    by_class: dict[str, estimate.Estimate]


class Scores(records.Record, frozen=True, kw_only=True):
    """What probabilities are worth; of `evaluation.calibration.measure` what is quoted from a manifest."""

    ece: estimate.Estimate | None = None
    log_loss: estimate.Estimate | None = None


class Compared(records.Record, frozen=True, kw_only=True):
    """The scores without and with a temperature."""

    before: Scores | None = None
    after: Scores | None = None


class Aim(records.Record, frozen=True, kw_only=True, omit_defaults=True):
    """What an operating point was chosen for, see `evaluation.aims.Aim`."""

    kind: Text = ""
    least: Number | None = None
    miss_cost: Number | None = None
    prevalence: Number | None = None
    threshold: Number | None = None


class OperatingPoint(records.Signed, frozen=True, kw_only=True):
    """From this probability on (the model's own) the positive class is answered. site : see `site_record.ChosenAt`."""

    threshold: Threshold
    aim: Aim = Aim()
    validation: PointResult | None = None
    test: PointResult | None = None
    warnings: tuple[Text, ...] = ()
    site: site_record.ChosenAt | None = None


class Fitted(records.Record, frozen=True, kw_only=True):
    """How well a temperature fits the validation images, as `evaluation.temperature.Fit` says it."""

    low: Number | None = None
    high: Number | None = None
    log_loss_before: Number | None = None
    log_loss_after: Number | None = None


class Calibration(records.Signed, frozen=True, kw_only=True):
    """By what the log odds are divided before a probability is shown; fitted on `n` validation images, or of a site."""

    temperature: Annotated[float, msgspec.Meta(gt=0, lt=2**53)]
    threshold: Threshold | None = None  # that was kept then
    n: Count = 0
    groups: Count = 0
    validation: Fitted = Fitted()
    test: Compared = Compared()
    site: site_record.ChosenAt | None = None


class Referral(records.Signed, frozen=True, kw_only=True):
    """The confidence (log odds, see `evaluation.deciding`) below which a case goes to a person."""

    limit: Number
    share: Number | None = None  # of the validation images that it was chosen for
    validation: Referred | None = None
    test: Referred | None = None


class Normalisation(records.Record, frozen=True, kw_only=True, omit_defaults=True):
    """The form that images are brought to, see `models.normalisation.Form`; `colour`: CIELAB, of training images."""

    kind: normalising.Kind
    colour: tuple[Number, Number, Number] | None = None
    version: int = 1

    @classmethod
    def describe(cls, form: normalising.Form) -> "Normalisation":
        """A form as a manifest says it."""
        return cls(kind=form.kind, colour=form.wanted, version=form.version)

    @property
    def form(self) -> normalising.Form:
        """The form that it says."""
        return normalising.Form(self.kind, self.colour, version=self.version)


class Input(records.Record, frozen=True, kw_only=True, omit_defaults=True):
    """What goes into the network, and what is made of an image before."""

    height_px: Side
    width_px: Side
    pixels: Text = ""
    normalisation: Normalisation | None = None

    @property
    def form(self) -> normalising.Form:
        """The form that images are brought to; of models of before, as they came."""
        return self.normalisation.form if self.normalisation else normalising.AS_IT_CAME


class Origin(records.Record, frozen=True, kw_only=True, omit_defaults=True):
    """The data set that a model was trained on. `content`: of its image files, whatever has been left out of them."""

    name: Text
    fingerprint: Text
    content: Text = ""
    excluded: Count | None = None
    group_rule: Text = ""
    kind: Text = ""
    licence: Text = ""
    citation: Text = ""

    @property
    def images(self) -> str:
        """Identity of the image files; the first version wrote down that of files and decisions alone."""
        return self.content or self.fingerprint


class Segment(records.Record, frozen=True, kw_only=True):
    """Settings that were changed on the way, after so many epochs: name -> (before, after)."""

    epoch: Count
    changes: Mapping[str, tuple[Any, Any]]
    at: Text = ""


class Backbone(records.Record, frozen=True, kw_only=True):
    """The ImageNet weights that a training began with."""

    key: Text
    sha256: Text


class Training(records.Record, frozen=True, kw_only=True):
    """How the training went."""

    epochs: Count
    best_epoch: Count
    seconds: Number
    precision: Text
    stopped_by_hand: bool = False
    threads: Count | None = None
    segments: tuple[Segment, ...] = ()
    backbone: Backbone | None = None


class Check(records.Record, frozen=True, kw_only=True):
    """What the network answers to images that are made anew for each check, a row each."""

    probabilities: tuple[tuple[Number, ...], ...]


class Heatmap(records.Record, frozen=True, kw_only=True, omit_defaults=True):
    """How strong its heatmaps usually are: the median peak over validation images.

    reference_peak, layer : of Grad-CAM, and the layer that it looks at. peaks : of other methods, by their keys in
    `explanation.methods`. Peaks of two methods cannot be compared.
    """

    reference_peak: Number
    layer: Text = ""
    images: Count = 0
    peaks: Mapping[str, Number] = {}


class Speed(records.Record, frozen=True, kw_only=True):
    """How long one image takes, in milliseconds."""

    value: Number | None
    batch: Count = 1
    runs: Count = 0
    processor: Text = ""


class File(records.Record, frozen=True, kw_only=True):
    """One of the package's files."""

    sha256: Text
    bytes: Count


class Manifest(records.Record, frozen=True, kw_only=True, omit_defaults=True):
    """A finished model. `recipe`: its settings by name, as they were written; `training.recipe` reads them."""

    schema: Literal[1]
    id: Text
    created: Text
    purpose: Text = ""
    architecture: Text
    parameters: Count
    trainable: Count | None = None
    class_names: records.Classes
    positive_class: Name
    input: Input
    dataset: Origin
    split: divisions.Division
    recipe: Mapping[str, Setting]
    command: Text
    run_id: Text = "not named"
    training: Training
    versions: Mapping[str, Text] = {}
    check: Check
    validation: Result | None = None
    test: Result
    heatmap: Heatmap | None = None
    milliseconds_per_image: Speed | None = None
    files: Mapping[str, File]
    operating_point: OperatingPoint | None = None
    calibration: Calibration | None = None
    referral: Referral | None = None
    card: Mapping[str, Text] | None = None
    site_checks: site_record.SiteChecks | None = None
    times_chosen: Mapping[str, Count] = {}

    def __post_init__(self) -> None:
        records.require_classes(self.class_names, self.positive_class)
        _require_recipe(self.recipe)
        point = self.operating_point
        results = {"test": self.test, "operating_point.test": point.test if point else None}
        for name, result in results.items():
            sides = {len(result.confusion), *map(len, result.confusion)} if result else {len(self.class_names)}
            if sides != {len(self.class_names)}:
                raise records.Fault(
                    f"{name}.confusion", f"{len(self.class_names)} x {len(self.class_names)} counts", "others"
                )

    @property
    def epochs_asked(self) -> int:
        """After how many epochs the training was to end at the latest."""
        return int(str(self.recipe["epochs"]))


def read(path: Path) -> Manifest:
    """The manifest in a file. Raises `records.Fault`, FileNotFoundError."""
    found: Manifest = files.read_json(path, Manifest, limit_bytes=LARGEST_BYTES)
    return found


def rewrite(path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Replace a manifest by what `change` makes of its content, which holds also what a later version has added.

    Raises `records.Fault` where that would be no manifest, and leaves the file as it is.
    """
    content = change(files.read_json(path, limit_bytes=LARGEST_BYTES))
    records.convert(content, Manifest)
    files.write_json(path, content)


def _require_recipe(settings: Mapping[str, Setting]) -> None:
    """What is read of a recipe without `training.recipe`."""
    epochs = settings.get("epochs")
    if not isinstance(epochs, int) or isinstance(epochs, bool) or epochs < 0:
        raise records.Fault("recipe.epochs", "a whole number", repr(epochs)[:80])
    try:
        augmentation.Augmentation.from_json(settings.get("augmentation", {}))
    except errors.RecipeNotUsable as error:
        raise records.Fault("recipe.augmentation", error.expected, error.found[:80]) from error
