"""A gate fitted on the images of a training: it knows more of them, and not what is none of them."""

import numpy as np
import pandas as pd
import pytest

from core.base import errors, paths
from core.datasets.index import originals
from core.gate import fitting, gate, gate_file, plain_facts
from core.models import normalisation, package, tables
from core.runtimes import opening
from tests.support import block_runtimes, brightness, older_models, plain_cells

CELLS = normalisation.Form(normalisation.CELLS, (66.0, 18.0, 5.0))


@pytest.fixture
def drawn(home):
    data = plain_cells.write_dataset("drawn", patients=40)
    return data, older_models.divide(data)


@pytest.mark.parametrize("form", [normalisation.AS_IT_CAME, CELLS], ids=["as they came", "cells"])
def test_it_knows_unseen_images_and_refuses_others(drawn, form):
    data, table = drawn
    made = fitting.fit(block_runtimes.BlockRuntime((32, 32), where="a test"), form, data, table)
    scored = table[table["split"] != "train"]
    assert (made.wide is None) == (form == normalisation.AS_IT_CAME)
    assert len(made.states) == len(scored)
    assert (made.states[(scored["split"] == "test").to_numpy()] == gate.REFUSED).mean() < 0.2
    noise = np.random.default_rng(0).normal(size=(30, 6)) * 40 + 120
    seen = gate.Seen(noise, None if form == normalisation.AS_IT_CAME else noise, np.zeros((30, len(plain_facts.FACTS))))
    assert all(verdict.refused for verdict in made.judge(seen))
    assert set(made.near_ids) <= set(table.loc[table["split"] == "train", "image_id"])


def test_the_limits_come_from_validation_images_and_test_images_change_nothing(drawn):
    data, table = drawn
    asked = block_runtimes.BlockRuntime((32, 32), where="a test")
    whole = fitting.fit(asked, CELLS, data, table)
    without = fitting.fit(asked, CELLS, data, table[table["split"] != "test"])
    assert (whole.strict.limit, whole.wide.limit) == (without.strict.limit, without.wide.limit)
    np.testing.assert_array_equal(whole.facts.ranges, without.facts.ranges)
    np.testing.assert_array_equal(whole.facts.right, without.facts.right)


def test_none_without_maps_or_with_few_images(drawn):
    data, table = drawn
    assert fitting.fit(brightness.BrightnessRuntime((32, 32), where="a test"), CELLS, data, table) is None
    few = pd.concat([table[table["split"] != "validation"], table[table["split"] == "validation"][:19]])
    assert fitting.fit(block_runtimes.BlockRuntime((32, 32), where="a test"), CELLS, data, few) is None


def test_an_older_model_is_given_one_where_its_images_are(drawn, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(opening, "KINDS", (block_runtimes.BlockRuntime,))
    data, table = drawn
    older = older_models.write_older(data, table)
    assert not older.has(package.GATE_FILE)
    done = fitting.add(older)
    kept = gate_file.read(done)
    assert len(kept.states) == len(tables.read_predictions(done))
    assert done.file(package.PREDICTIONS_FILE).read_bytes() == older.file(package.PREDICTIONS_FILE).read_bytes()
    assert fitting.add(done) == done
    asked = opening.open_runtime(done)
    [home, noise] = kept.judge(
        gate.look_at_images(
            done,
            asked,
            [originals.read_image(data, 0), np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)],
        )
    )
    assert not home.refused and noise.refused


def test_without_its_images_it_is_a_message(drawn, small_model, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    with pytest.raises(errors.DatasetNotFound, match="all images of"):
        fitting.add(small_model)
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    older = older_models.write_older(*drawn)
    with pytest.raises(errors.GateNotPossible, match="network with maps"):
        fitting.add(older)
