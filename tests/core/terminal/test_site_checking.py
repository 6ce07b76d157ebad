"""site-check: drawn and begun, said and kept from a terminal."""

import json

import pytest

from core import __main__ as terminal
from core.models import package
from core.results import site_checks
from core.review import database, reviews
from tests.support import checked_sites


@pytest.fixture(autouse=True)
def closed():
    yield
    database.close_all()


def test_a_check_from_a_terminal(home, tmp_path, monkeypatch, capsys):
    found = checked_sites.write_model(monkeypatch)
    truth = checked_sites.write_images(tmp_path / "north", images=60, patients=20, prevalence=0.5)
    assert terminal.main(["site-check", found.id]) == 0
    assert "Never checked" in capsys.readouterr().out
    begun = ["site-check", found.id, "--folder", str(tmp_path / "north"), "--name", "North", "--n", "20", "--by", "Ada"]
    assert terminal.main(begun) == 0
    assert "20 of 60 images drawn" in capsys.readouterr().out
    (review,) = reviews.list_reviews()
    assert terminal.main(["site-check", found.id, "--result", "North"]) == 0
    assert "The verdict comes when all are read" in capsys.readouterr().out
    checked_sites.read(review, truth)
    assert terminal.main(["site-check", found.id, "--result", "North", "--keep", "--by", "Ada", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["read"] == said["asked"] == 20 and said["verdict"] and said["rates"]["sensitivity"]["n"] == 20
    assert [one.by for one in site_checks.list_checks(package.find_package(found.id))] == ["Ada"]
    assert terminal.main(["site-check", found.id]) == 0
    assert "North" in capsys.readouterr().out
    assert terminal.main(["site-check", found.id, "--keep"]) == 2
