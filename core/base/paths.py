"""Where things are on disk. The only module that reads the environment.

`SECOND_LOOK_HOME` moves `data/` and the models that users train; the shipped models stay listed, read-only.
`SECOND_LOOK_DATABASE` has cases for review kept in another database.
"""

import os
from pathlib import Path

PROJECT_FOLDER = Path(__file__).resolve().parent.parent.parent
_ONEDNN = "TF_ENABLE_ONEDNN_OPTS"


def home_folder() -> Path:
    """The folder that holds `data/` and the user's `trained_models/`: `SECOND_LOOK_HOME`, else the project."""
    configured = os.environ.get("SECOND_LOOK_HOME", "").strip()
    return Path(configured).expanduser().resolve() if configured else PROJECT_FOLDER


def data_folder() -> Path:
    """Everything the app makes, apart from finished models."""
    return home_folder() / "data"


def datasets_folder() -> Path:
    """`data/datasets/<name>/`: images as the user had them."""
    return data_folder() / "datasets"


def index_folder() -> Path:
    """`data/index/<name>.parquet` and `<name>.json`."""
    return data_folder() / "index"


def ledger_folder() -> Path:
    """`data/ledger/<name>.jsonl`: what people decided about single images, beside the data sets, never edited."""
    return data_folder() / "ledger"


def curation_folder() -> Path:
    """`data/curation/<name>.json`: exclusions and proposals as earlier versions wrote them."""
    return data_folder() / "curation"


def muted_folder(name: str) -> Path:
    """`data/muted/<data set>/<code>.json`: checks that a person has muted for a data set."""
    return data_folder() / "muted" / name


def cache_folder() -> Path:
    """Pixels and thumbnails; safe to delete."""
    return data_folder() / "cache"


def runs_folder() -> Path:
    """`data/runs/<run_id>/`."""
    return data_folder() / "runs"


def jobs_folder() -> Path:
    """`data/jobs/<job_id>/`: imports and drawings that run in the background."""
    return data_folder() / "jobs"


def owners_folder() -> Path:
    """`data/owners/<owner>.lock`: held by every process that is making something; see `asides`."""
    return data_folder() / "owners"


def uploads_folder() -> Path:
    """Archives that arrived through the browser, until they are imported."""
    return data_folder() / "uploads"


def series_folder() -> Path:
    """`data/series/<id>/series.json`: folds and repeats, several runs that are summed up together."""
    return data_folder() / "series"


def evaluations_folder() -> Path:
    """`data/evaluations/<model>--on--<other>.parquet`: one model's answers to another one's test images."""
    return data_folder() / "evaluations"


def champions_folder() -> Path:
    """`data/champions/<data set>.jsonl`: which model was made the champion for a data set, by whom and why."""
    return data_folder() / "champions"


def answers_folder() -> Path:
    """`data/answers/<id>/`: what a model answered to many images at once, until somebody deletes it."""
    return data_folder() / "answers"


def weights_folder() -> Path:
    """`data/weights/`: ImageNet weights of backbones, put there by a person or fetched."""
    return data_folder() / "weights"


def review_folder() -> Path:
    """`data/review/`: the cases and their images; and `requests.jsonl`, sent to review as earlier versions wrote it."""
    return data_folder() / "review"


def review_database() -> Path:
    """`data/review/review.db`: the cases, where `SECOND_LOOK_DATABASE` names no other place."""
    return review_folder() / "review.db"


def configured_database() -> str:
    """The URL of another review database: `SECOND_LOOK_DATABASE`, "" = none."""
    return os.environ.get("SECOND_LOOK_DATABASE", "").strip()


def user_models_folder() -> Path:
    """Where finished runs are published."""
    return home_folder() / "trained_models"


def model_folders() -> list[Path]:
    """All folders whose sub-folders are models, the user's first; no folder twice."""
    return list(dict.fromkeys([user_models_folder(), PROJECT_FOLDER / "trained_models"]))


def child_environment() -> dict[str, str]:
    """The environment for this program's own child processes: the project importable, output unbuffered."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT_FOLDER), os.environ.get("PYTHONPATH", "")])),
        "PYTHONUNBUFFERED": "1",
    }


def prepare_for_tensorflow(*, onednn: bool) -> None:
    """Set what TensorFlow and Keras read at import, where the user has not: quiet logs, memory that is kept, kernels.

    Without the allocator every large tensor is taken from the system and given back, 35,000 page faults a batch:
    training is a quarter faster with it on its own, in the same memory. `onednn`: see `backend.wants_onednn`.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_CPU_ALLOCATOR_USE_BFC", "true")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # a page and a worker may share one card
    if onednn:
        os.environ.setdefault(_ONEDNN, "1")
    os.environ["KERAS_BACKEND"] = "tensorflow"


def configured_onednn() -> str | None:
    """What the user's environment says about TensorFlow's oneDNN kernels, if anything: "0" or "1"."""
    return os.environ.get(_ONEDNN)
