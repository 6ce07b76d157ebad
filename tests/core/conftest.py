"""What tests of several parts of core share."""

import pandas as pd
import pytest

from core.base import paths
from core.models import loading, package
from tests.support import hostile_networks, packages


@pytest.fixture
def networked_model(home, monkeypatch):
    """A published model of a small network with batch normalisation; only the user's models are listed."""
    monkeypatch.setattr(paths, "PROJECT_FOLDER", home / "empty")
    network = hostile_networks.build_network()
    check = loading.compute_check(network, (8, 10)).round(7).tolist()

    def fill(folder):
        packages.fill(folder)
        network.save(folder / package.MODEL_FILE)
        pd.DataFrame({"epoch": [1], "loss": [0.5]}).to_csv(folder / package.HISTORY_FILE, index=False)

    size = {"height_px": 8, "width_px": 10}
    network_says = {"check": {"probabilities": check}, "parameters": network.count_params()}
    return package.write_package("m", packages.manifest(input=size, **network_says), fill)
