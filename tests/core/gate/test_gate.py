"""Known, away, refused: what the two questions and the plain facts come to, and which image is most similar."""

import numpy as np
import pytest

from core.base import errors
from core.datasets.index import originals
from core.gate import fact_limits, gate, known_images, plain_facts, row_looks
from core.models import normalisation, package
from tests.support import block_runtimes, brightness, made_models, plain_cells

USUAL = np.array([[50.0, 4.0, 5.0, 0.1, 1.0, 0.0]])


def draw(count, seed=0, at=0.0):
    return np.random.default_rng(seed).normal(at, 1, (count, 4))


@pytest.fixture(scope="module")
def made():
    strict, wide = known_images.fit(draw(500), draw(300, 1)), known_images.fit(draw(500, 2), draw(300, 3))
    facts = fact_limits.Limits(fact_limits.find_ranges(USUAL + np.random.default_rng(0).normal(0, 1, (200, 6))))
    near = np.arange(20).astype(str)
    return gate.Gate(strict, wide, facts, near, gate.locate(wide, draw(20, 4)), np.zeros(3, np.uint8))


def judge(made, strict=0.0, wide=0.0, facts=USUAL):
    wide_numbers = None if made.wide is None else np.full((1, 4), wide)
    [said] = made.judge(gate.Seen(np.full((1, 4), strict), wide_numbers, facts))
    return said


def test_like_those_at_home_it_is_known_whatever_the_form_says(made):
    for wide in (0.0, 9.0):
        said = judge(made, wide=wide)
        assert (said.refused, said.away, said.reasons, said.state) == (False, False, (), gate.KNOWN)
        assert said.distance < said.limit == made.strict.limit


def test_unlike_home_but_such_an_image_is_answered_with_caution(made):
    said = judge(made, strict=9.0)
    assert (said.refused, said.away, said.reasons, said.state) == (False, True, (gate.ELSEWHERE,), gate.AWAY)
    assert said.distance < said.limit == made.wide.limit


def test_unlike_both_it_is_refused(made):
    said = judge(made, strict=9.0, wide=9.0)
    assert (said.refused, said.away, said.reasons, said.state) == (True, False, (gate.UNLIKE,), gate.REFUSED)
    assert said.distance > said.limit == made.wide.limit
    assert said.to_json() == {
        "refused": True,
        "away": False,
        "distance": said.distance,
        "limit": said.limit,
        "reasons": [gate.UNLIKE],
    }


def test_a_model_without_a_form_has_one_question(made):
    alone = gate.Gate(made.strict, None, made.facts, made.near_ids, made.near_places, made.states)
    assert not judge(alone).refused
    said = judge(alone, strict=9.0)
    assert said.refused and said.limit == alone.strict.limit


def test_plain_facts_refuse_and_warn_by_themselves(made):
    grey, dim = USUAL.copy(), USUAL.copy()
    grey[0, 1] -= 12
    dim[0, 2] -= 12
    said = judge(made, facts=grey)
    assert said.refused and said.reasons == (plain_facts.FACTS[1].below.words,)
    said = judge(made, facts=dim)
    assert said.away and not said.refused and said.reasons == (plain_facts.FACTS[2].below.words,)


def test_the_most_similar_training_image_is_the_nearest_along_the_axes(made):
    for row in range(5):
        found = made.judge(gate.Seen(draw(20, 7), draw(20, 4), np.repeat(USUAL, 20, axis=0)))
        assert found[row].nearest == str(row)


def test_images_and_rows_of_pixels_are_asked_alike(home):
    """The same image through a file's pixels and by itself gives the same numbers."""

    data = plain_cells.write_dataset("drawn", patients=2)
    form = normalisation.Form(normalisation.CELLS, (66.0, 18.0, 5.0))
    answers = made_models.make_answers([0, 1])
    content = made_models.make_manifest(answers)
    content["input"]["normalisation"] = {"kind": "cells", "colour": [66.0, 18.0, 5.0]}
    found = package.Package("tiny", home, made_models.as_manifest(content))
    asked = block_runtimes.BlockRuntime(found.input_size_px, where="a test")
    rows = data.usable.index.to_numpy()[:4]

    by_image = gate.look_at_images(found, asked, [originals.read_image(data, int(row)) for row in rows])
    by_row = row_looks.look_at_rows(form, gate.find_statistics("tiny", asked), found.input_size_px, data, rows)
    np.testing.assert_allclose(by_image.strict, by_row.strict, atol=1e-4)
    np.testing.assert_allclose(by_image.wide, by_row.wide, atol=1e-4)
    assert np.abs(by_image.wide - by_image.strict).max() > 5
    np.testing.assert_allclose(by_image.facts, by_row.facts, atol=1e-6)


def test_a_runtime_that_does_not_tell_is_a_message():
    with pytest.raises(errors.ModelBroken, match="does not tell"):
        gate.find_statistics("tiny", brightness.BrightnessRuntime((8, 8), where="a test"))
