"""Predict's layer: where in the network Grad-CAM or LayerCAM look, early ones being finer."""

import dataclasses

import streamlit as st

from core.explanation import methods
from core.models import package
from core.runtimes import base
from pages.kit import answer_view, cache, state

OWN = ""
HELP = (
    "The usual layer is the one that pointed best when it was measured. Early layers see edges and stain, in fine "
    "maps; late ones see what speaks for a class, in coarse maps. Strength is known of the usual layer alone."
)


def input_layer(found: package.Package, wanted: answer_view.Evidence) -> answer_view.Evidence:
    """The same evidence at the layer that the person chose, where the method looks at one. Asked once heatmaps can be
    made: which layers there are is known of the loaded network alone."""
    if not methods.METHODS[wanted.method].at_layer:
        return wanted
    layers = cache.load_layers(found)
    if isinstance(layers, base.Lacking):
        return wanted
    titles = {OWN: "The one that points best"} | {layer.name: _name_layer(layer) for layer in layers}
    chosen: str = st.selectbox(
        "Layer",
        list(titles),
        format_func=titles.__getitem__,
        help=HELP,
        **state.follow("layer", OWN, key=f"heatmap-layer-{found.id}", options=list(titles), about=state.MODEL),
    )
    return dataclasses.replace(wanted, layer_name=chosen or None)


def _name_layer(layer: base.Layer) -> str:
    """`conv_3, 16 x 16`."""
    size = f", {layer.map_size[0]} x {layer.map_size[1]}" if layer.map_size else ""
    return f"{layer.title}{size}"
