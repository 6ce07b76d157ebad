"""Models of drawn cells that were made before there were gates."""

import numpy as np

from tests.support import made_models


def divide(data):
    """By patient: train, validation, test."""
    table = data.table[["image_id", "group", "label"]].reset_index(names="row")
    number = table["group"].str.extract(r"(\d+)$")[0].astype(int)
    return table.assign(split=np.select([number < 24, number < 32], ["train", "validation"], "test"))


def write_older(data, table, **changes):
    """A model of these images that was made before there were gates."""
    scored = table[table["split"] != "train"]
    positive = np.where(scored["label"] == 0, 0.9, 0.1)
    answers = scored[["image_id", "split", "group", "label"]].assign(p_Parasitized=positive, p_Uninfected=1 - positive)
    trained = table[table["split"] == "train"]
    known = {"dataset": {"name": data.name, "fingerprint": data.content, "content": data.content}}
    ids = {"trained": tuple(trained["image_id"]), "trained_groups": list(trained["group"])}
    return made_models.write_model(answers.reset_index(drop=True), "older", **ids, **known, **changes)
