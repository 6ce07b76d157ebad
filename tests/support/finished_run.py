"""A training that is over, with its model, without any training."""

from core.base import background, files
from core.training import recipe, run
from tests.support import made_models


def write_finished_run() -> run.Run:
    """Of the data set `tiny`, which must be there: better in validation (98 %) than in the test (90 %), and leaky."""
    found = run.create_run(recipe.Recipe("tiny", epochs=4))
    rows = [
        {"kind": "epoch", "epoch": n, "loss": 1 / n, "accuracy": 0.9, "validation_loss": 1 / n}
        | {"validation_accuracy": 0.98, "learning_rate": 0.001, "seconds": 1.0, "images_per_second": 500.0}
        for n in (1, 2, 3, 4)
    ]
    files.append_lines(found.folder / run.METRICS, rows)
    labels = [0, 1] * 120
    table = made_models.make_answers(labels, groups=[f"P{n % 6}" for n in range(240)])
    table["p_Parasitized"] = [0.1 if (n % 10 == 0) == (label == 0) else 0.9 for n, label in enumerate(labels)]
    table["p_Uninfected"] = 1 - table["p_Parasitized"]
    made = made_models.write_model(table, leaky=True)
    files.write_json(found.folder / background.STATUS, {"phase": "finished", "model_id": made.id})
    return found
