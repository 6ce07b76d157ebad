"""How images were divided, as a run and a model write it down: the rule, the counts, and what the audit found."""

from core.base import records


class Sides(records.Record, frozen=True, kw_only=True):
    """How many images, or known patients, are on each side."""

    train: records.Count
    validation: records.Count
    test: records.Count

    @property
    def total(self) -> int:
        """Of all sides together."""
        return self.train + self.validation + self.test


class Audited(records.Record, frozen=True, kw_only=True):
    """Counts and sentences of a `leak_audit.Audit`; None for what was not looked for."""

    leaks: bool = False
    warnings: tuple[records.Text, ...] = ()
    unknowns: tuple[records.Text, ...] = ()
    patients_shared: records.Count | None = None
    identical_files_shared: records.Count | None = None
    images_without_patient: records.Count | None = None
    near_identical_pairs_shared: records.Count | None = None


class Division(records.Record, frozen=True, kw_only=True):
    """A division that was made. `leaky`: patients (`groups_shared` of them) or files are on more than one side.

    What it was made from is that of `saved_splits.Settings`; what an older version did not write down is None.
    """

    rule: records.Text
    leaky: bool
    groups_shared: records.Count
    images: Sides
    groups: Sides
    seed: records.Count | None = None
    validation_fraction: records.Number | None = None
    test_fraction: records.Number | None = None
    remake_validation: bool | None = None
    keep_copies_together: bool | None = None
    fold: tuple[records.Count, records.Count] | None = None
    audit: Audited | None = None

    @property
    def knows_patients(self) -> bool:
        """Whether any patient is known on any side."""
        return self.groups.total > 0
