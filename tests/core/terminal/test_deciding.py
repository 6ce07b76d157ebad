"""`python -m core decide`: what it changes, what it says of it, and what it refuses."""

import pytest

from core.models import package
from tests.support import decided_studies, made_models


@pytest.fixture
def model(home):
    return made_models.write_model(decided_studies.make_table()).id


def test_each_decision_says_on_which_images_it_was_chosen_and_who_decided(call, model):
    assert call("decide", model)[1].startswith(f"Nothing is decided about {model}: ")
    said = call("decide", model, "--sensitivity", 0.8, "--by", "Ada", "--why", "a miss costs more")[1]
    assert "Parasitized is answered from a probability of 0." in said
    assert "sensitivity of at least 80 %. Chosen on the validation images." in said
    assert "Validation images (300 images of 20 patients): it finds" in said
    assert "Test images (300 images of 20 patients): it finds" in said
    assert "By Ada on " in said and ": a miss costs more; chosen once." in said
    assert (
        "fitted on the validation images (300 images of 20 patients)"
        in call("decide", model, "--temperature", "--by", "Ada")[1]
    )
    said = call("decide", model, "--refer", 0.2, "--by", "Ada")[1]
    assert "20 % of the validation images, by which the limit was chosen." in said
    assert "Test images (300 images of 20 patients): refers" in said
    listed = call("decide", model)[1]
    assert [listed.count(f"The {name} of {model}") for name in ("operating point", "temperature", "referral")] == [
        1
    ] * 3


def test_a_new_threshold_takes_the_limit_back_and_says_so(call, model):
    call("decide", model, "--refer", 0.2, "--by", "Ada")
    said = call("decide", model, "--threshold", 0.3, "--by", "Ben")[1]
    assert f"Taken back: the referral of {model}." in said
    assert "from a probability of 0.3 on: set by hand" in said
    assert "chosen 2 times" in call("decide", model, "--youden", "--by", "Ben")[1]
    assert call("decide", model, "--withdraw", "operating_point")[1] == f"Taken back: the operating point of {model}.\n"
    assert call("decide", model, "--withdraw", "temperature")[1] == f"{model} has no temperature to take back.\n"
    assert package.find_package(model).count_choices("operating_point") == 2


def test_as_json(call, model):
    status, said, _ = call("decide", model, "--miss-cost", 10, "--prevalence", 0.1, "--by", "Ada", "--json")
    assert status == 0
    assert said["model_id"] == model
    assert said["operating_point"]["aim"] == {"kind": "cost", "miss_cost": 10.0, "prevalence": 0.1}
    assert said["times_chosen"] == {"operating_point": 1, "temperature": 0, "referral": 0}
    assert said["temperature"] is None


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--youden"], "SettingNotUsable: expected the name of who decides"),
        (["--prevalence", "0.1", "--by", "A"], "--miss-cost beside it"),
        (["--sensitivity", "0.9999", "--by", "A"], "AimNotReachable"),
        (["--refer", "0.001", "--by", "A"], "ValidationNotEnough"),
    ],
)
def test_what_cannot_be_decided_is_said_and_changes_nothing(call, model, arguments, fault):
    status, out, said = call("decide", model, *arguments)
    assert (status, out) == (2, "")
    assert fault in said
    assert call("decide", model, "--json")[1]["times_chosen"] == {"operating_point": 0, "temperature": 0, "referral": 0}


@pytest.mark.parametrize(
    "arguments", [["--threshold", "1"], ["--refer", "x"], ["--miss-cost", "0"], ["--withdraw", "card"]]
)
def test_a_number_that_is_none_is_refused(call, model, arguments, capsys):
    with pytest.raises(SystemExit):
        call("decide", model, *arguments, "--by", "A")
    assert f"argument {arguments[0]}" in capsys.readouterr().err
