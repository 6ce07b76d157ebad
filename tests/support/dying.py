"""Trainings that die where they are told to, and what they leave."""

import signal
import subprocess
import sys

from core.base import paths
from core.models import package
from core.training import checkpoint
from tests.support import small_network

KILL = "import os, signal\ndef die(*a, **k): os.kill(os.getpid(), signal.SIGKILL)\n"


IN_A_CHECKPOINT = (
    "from core.training import checkpoint\n"
    "from core.training.fit import callbacks\n"
    "real = checkpoint.write_checkpoint\n"
    "def write(folder, network, reached, extra=None):\n"
    "    if reached.epochs_done == 2: checkpoint.files.write_json = die\n"  # the network is written, its state is not
    "    real(folder, network, reached, extra)\n"
    "checkpoint.write_checkpoint = write\n"
)


A_WORKER = (
    "import sys\n"
    "from core.base import background\n"
    "background.be_nice = lambda: None\n"  # beside other tests it would hardly ever have its turn
    "from core.__main__ import main\n"
    "sys.exit(main(['work', sys.argv[1]]))\n"
)


IN_PUBLISHING = "from core.models import package\npackage._publish = die\n"  # all files are there, nothing is listed


def start_worker(found):
    """The run's worker as the dashboard starts it, but as our own child, so that it can be killed and waited for."""
    command = [sys.executable, "-c", small_network.IN_A_CHILD + A_WORKER, found.id]
    return subprocess.Popen(
        command, cwd=paths.PROJECT_FOLDER, env=paths.child_environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )


def die_as_told(found, what):
    work = f"from core.jobs import training_worker as worker\nworker.work({found.id!r})"
    code = f"{small_network.IN_A_CHILD}{KILL}{what}{work}"
    child = subprocess.run(
        [sys.executable, "-c", code], env=paths.child_environment(), capture_output=True, check=False, timeout=240
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()


def best_of(found):
    return checkpoint.read_best(found.folder, checkpoint.read_progress(found.folder).best_epoch)


def own_packages():
    return [made for made in package.list_packages() if made.folder.parent == paths.user_models_folder()]
