"""The network that will learn, drawn block by block; nothing of it needs TensorFlow."""

import streamlit as st

from core.figures import network_layers, template
from core.models import registry
from core.models.architectures import architecture
from core.training import recipe
from pages.kit import text, theme


def show_network(wanted: recipe.Recipe, class_count: int) -> None:
    """Its name and size, and a block for each of its parts at the input size that is asked for."""
    network = registry.find_architecture(wanted.architecture)
    parameters, trainable = network.count_parameters(class_count)
    learns = f", {trainable:,} of them learn at first" if trainable < parameters and network.backbone else ""
    st.markdown(
        f"**{text.plain(network.title)}**: {parameters:,} parameters{learns}",
        help=text.plain(_describe_origin(network)),
    )
    picture, words = _draw(network.key, wanted.size_px, class_count, theme.current())
    st.image(picture, width=network_layers.WIDTH_PX, alt=words)
    st.caption(network_layers.CAPTION, help=network_layers.READING)


def _describe_origin(network: architecture.Architecture) -> str:
    """Where it is from, at which size of images, and in what it is not the network of its study."""
    differs = f" Other than there: {network.differs}" if network.differs else ""
    return f"From: {network.source}; made for images of {network.input_px} x {network.input_px} pixels.{differs}"


@st.cache_data(max_entries=64, show_spinner=False)
def _draw(key: str, input_px: int, class_count: int, look: template.Theme) -> tuple[str, str]:
    blocks = registry.find_architecture(key).draw_blocks(class_count, input_px)
    return network_layers.draw_network(blocks, look), network_layers.describe_network(blocks)
