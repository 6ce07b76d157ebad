"""Whether the ImageNet weights of a backbone are on this machine, and where to put them if not."""

import streamlit as st

from core.models import weights
from core.models.architectures import pretrained
from pages.kit import text


def show_weights(backbone_key: str) -> None:
    """The file in use, or exactly which one to bring and where it goes. Loads no TensorFlow."""
    backbone = pretrained.BACKBONES[backbone_key]
    name = _find_file(backbone_key)
    if name:
        st.caption(f"Its ImageNet weights are on this machine: {text.plain(name)}.")
        return
    size = backbone.size_bytes / 1e6
    st.info(
        f"Its ImageNet weights are not on this machine yet ({size:,.0f} MB). Where there is a network, the training "
        f"fetches them. Where there is none, bring the file `{backbone.file_names[0]}` ([its address]({backbone.url})) "
        "and put it into `data/weights/`.",
        icon=":material/download:",
    )


@st.cache_data(ttl=30, max_entries=16, show_spinner=False)
def _find_file(backbone_key: str) -> str:
    """The file's name, or nothing; looked for twice a minute, since a file in Keras' cache is read to check it."""
    path = weights.find_local(backbone_key)
    return path.name if path else ""
