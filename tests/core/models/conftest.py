"""What tests of models share."""

import pytest

from core.base import paths


@pytest.fixture
def no_shipped(home, monkeypatch):
    """Only the user's models, so that a test counts its own."""
    monkeypatch.setattr(paths, "PROJECT_FOLDER", home / "empty")
    return home
