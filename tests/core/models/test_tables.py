"""Tables that somebody could send: each is refused in words, with the file's name, and none is waited for."""

import io
import resource
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from core.base import errors
from core.models import package, tables
from core.prediction import examples
from core.reports import report
from core.results import comparison, ranking
from core.training import training_record
from tests.support import hostile_networks, made_models
from tests.support.scored_tables import scored

ROWS = 60


def as_parquet(table, **options):
    stored = io.BytesIO()
    parquet.write_table(
        pa.Table.from_pandas(table, preserve_index=False) if isinstance(table, pd.DataFrame) else table,
        stored,
        **options,
    )
    return stored.getvalue()


def with_first(table, **values):
    """The table with other values in its first row."""
    table = table.astype(dict.fromkeys(values, object))
    for name, value in values.items():
        table.at[0, name] = value
    return table.infer_objects()


PREDICTIONS = {
    "empty": (lambda table: b"", "cannot be read"),
    "text": (lambda table: b"p_Parasitized\n0.5\n", "cannot be read"),
    "half": (lambda table: as_parquet(table)[:900], "cannot be read"),
    "no row": (lambda table: as_parquet(table.iloc[:0]), "found 0"),
    "half of the rows": (lambda table: as_parquet(table.iloc[:30]), "30 test images, as the manifest says"),
    "no column": (lambda table: as_parquet(table.drop(columns="split")), "missing: split"),
    "no column at all": (lambda table: as_parquet(table[[]]), "missing: image_id"),
    "other classes": (lambda table: as_parquet(table.rename(columns={"p_Uninfected": "p_healthy"})), "p_Uninfected"),
    "text as probability": (
        lambda table: as_parquet(table.astype({"p_Uninfected": str})),
        "numbers as labels and probabilities",
    ),
    "numbers as names": (lambda table: as_parquet(table.assign(image_id=range(ROWS))), "text in the column image_id"),
    "fractions as labels": (lambda table: as_parquet(table.astype({"label": float})), "column label"),
    "lists": (lambda table: as_parquet(table.assign(group=[["a"]] * ROWS)), "text in the column group"),
    "a label too many": (lambda table: as_parquet(with_first(table, label=2)), "labels from 0 to 1"),
    "not a number": (lambda table: as_parquet(with_first(table, p_Uninfected=np.nan)), "each row|probabilities"),
    "infinity": (lambda table: as_parquet(with_first(table, p_Uninfected=np.inf)), "from 0 to 1"),
    "negative": (lambda table: as_parquet(with_first(table, p_Uninfected=-0.1)), "from 0 to 1"),
    "no sum": (lambda table: as_parquet(with_first(table, p_Uninfected=0.5)), "sum to 1"),
    "gap": (lambda table: as_parquet(with_first(table, group=None)), "a value of group in each row"),
    "another split": (lambda table: as_parquet(with_first(table, split="exam")), "'exam'"),
    "twice": (lambda table: as_parquet(with_first(table, image_id=table.at[1, "image_id"])), "1 images again"),
    "long word": (lambda table: as_parquet(table.assign(group="x" * 1_000_000)), "at most 255 characters"),
    "no UTF-8": (
        lambda table: as_parquet(table.assign(group="ssss"), compression="none").replace(b"ssss", b"ss\xff\xfe"),
        "cannot be read",
    ),
    "many rows": (
        lambda table: as_parquet(pa.table({name: pa.array([0] * 25_000_000, pa.int8()) for name in ["label"]})),
        "at most 20,000,000 values",
    ),
    "many columns": (
        lambda table: as_parquet(pa.table({f"c{number}": [0.0] for number in range(3000)})),
        "missing: image_id",
    ),
}
HISTORIES = {
    "empty": (b"", "cannot be read"),
    "no UTF-8": (b"epoch,loss\n1,\xff\xfe\n", "cannot be read"),
    "zeros": (bytes(1000), "missing|cannot be read"),
    "other columns": (b"a,b\n1,2\n", "missing: accuracy, epoch"),
    "many columns": (b"a," * 500_000, "at most 64 columns"),
    "ragged": (b"epoch,loss\n1,2,3\n1,2,3,4,5\n", "cannot be read"),
    "text": (b"epoch,loss,accuracy,validation_loss,validation_accuracy\n1,low,1,1,1\n", "numbers in the column loss"),
    "infinity": (b"epoch,loss,accuracy,validation_loss,validation_accuracy\n1,inf,1,1,1\n", "infinity"),
    "gap": (b"epoch,loss,accuracy,validation_loss,validation_accuracy\n1,,1,1,1\n", "no number"),
    "no epoch": (b"epoch,loss,accuracy,validation_loss,validation_accuracy\n", "epochs from 1|numbers"),
    "backwards": (b"epoch,loss,accuracy,validation_loss,validation_accuracy\n2,1,1,1,1\n1,1,1,1,1\n", "one after"),
    "huge epoch": (b"epoch,loss,accuracy,validation_loss,validation_accuracy\n1e300,1,1,1,1\n", "epochs from 1"),
}
TRAINING_IMAGES = {
    "text": (b"image_id,group\n", "cannot be read"),
    "no group": (as_parquet(pd.DataFrame({"image_id": ["a"]})), "missing: group"),
    "numbers": (as_parquet(pd.DataFrame({"image_id": [1], "group": [2]})), "text in the column image_id"),
    "long": (as_parquet(pd.DataFrame({"image_id": ["a" * 65], "group": [""]})), "at most 64 characters"),
}


@pytest.mark.parametrize("name", PREDICTIONS)
def test_predictions_that_are_none_are_a_message_wherever_they_are_read(small_model, name):
    make, words = PREDICTIONS[name]
    other = made_models.write_model(scored(small_model), "other")
    bad = hostile_networks.replace_file(small_model, package.PREDICTIONS_FILE, make(scored(small_model)))
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    readers = (tables.read_predictions, report.write, lambda found: comparison.find_comparable(other, found))
    for read in readers:
        with pytest.raises(errors.ModelBroken, match=words) as caught:
            read(bad)
        assert "predictions.parquet with" in str(caught.value)
        assert "remove it" in str(caught.value)
        assert len(str(caught.value)) < 1000
    assert time.perf_counter() - began < 10
    assert 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 400_000_000
    rows = {row["id"]: row["problem"] for row in ranking.rank([other, bad])}
    assert rows["other"] == "" and "predictions.parquet" in rows[bad.id]


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_that_is_none_is_a_message(small_model, name):
    content, words = HISTORIES[name]
    bad = hostile_networks.replace_file(small_model, package.HISTORY_FILE, content)
    for read in (training_record.read_history, report.write):
        with pytest.raises(errors.ModelBroken, match=words) as caught:
            read(bad)
        assert "history.csv with" in str(caught.value)


@pytest.mark.parametrize("name", TRAINING_IMAGES)
def test_training_images_that_are_none_are_a_message(small_model, tiny_dataset, name):
    content, words = TRAINING_IMAGES[name]
    other = made_models.write_model(scored(small_model), "other")
    bad = hostile_networks.replace_file(small_model, package.TRAINING_IMAGES_FILE, content)
    readers = (
        tables.read_training_images,
        lambda found: comparison.find_comparable(other, found),
        lambda found: examples.list_rows(found, tiny_dataset, made_models.NAMES[0]),
    )
    for read in readers:
        with pytest.raises(errors.ModelBroken, match=words) as caught:
            read(bad)
        assert "training_images.parquet with" in str(caught.value)


def test_whole_tables_are_read_as_they_are(small_model):
    kept = scored(small_model)
    found = tables.read_predictions(small_model)
    pd.testing.assert_frame_equal(found, kept[found.columns], check_dtype=False)
    assert list(found.columns) == ["image_id", "split", "group", "label", "p_Parasitized", "p_Uninfected"]
    assert training_record.read_history(small_model)["best_epoch"] == 1
    assert tables.read_training_images(small_model).empty
    nothing = as_parquet(pa.table({"image_id": pa.nulls(0), "group": pa.nulls(0)}))
    assert tables.read_training_images(
        hostile_networks.replace_file(small_model, package.TRAINING_IMAGES_FILE, nothing)
    ).empty


def test_what_only_a_later_version_wrote_is_left_alone(small_model):
    more = as_parquet(scored(small_model).assign(seconds=1.0))
    found = tables.read_predictions(hostile_networks.replace_file(small_model, package.PREDICTIONS_FILE, more))
    assert "seconds" not in found.columns and len(found) == ROWS
