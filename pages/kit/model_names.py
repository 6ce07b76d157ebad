"""How a model is called wherever one is chosen: by its name, and on what it was trained."""

from collections.abc import Mapping

from core.models import choosing, package


def name_model(found: Mapping[str, package.Package], model_id: str) -> str:
    """`malaria-smear-cnn · real cells of 160 patients`, with what keeps it from being honest or whole; and
    whether people made it the champion."""
    champion = " · champion" if choosing.is_champion(found[model_id]) else ""
    return f"{model_id} · {choosing.say_origin(found[model_id])}{champion}"
