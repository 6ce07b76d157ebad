"""LayerCAM: each cell of a map weighted by its own gradient (Jiang et al. 2021, doi:10.1109/TIP.2021.3089943).

Grad-CAM weights a channel by its mean gradient, which means little where one channel speaks for the class here and
against it there. So LayerCAM can read the map of an earlier layer too, which is finer. Pure numpy.
"""

from typing import Any

from core.runtimes import base

LEAST_CELLS = 16  # rows and columns of a map; on coarser ones the highest point is no place on a cell of 64 pixels


def find_gradients(asked: base.Runtime, layer_name: str | None = None) -> base.Gradients | base.Lacking:
    """What LayerCAM needs of a runtime, or why that cannot give it.

    layer_name : the layer to look at; None = the last convolution whose map has at least `LEAST_CELLS` rows and
    columns, with what follows it at the same size.
    """
    return asked.find_gradients(weigh, layer_name, least_cells=1 if layer_name else LEAST_CELLS)


def weigh(ops: Any, features: Any, gradients: Any) -> Any:
    """Each value times its own gradient where that is above 0, and of their sum what speaks for the class."""
    return ops.maximum(ops.sum(ops.maximum(gradients, 0) * features, axis=-1), 0)  # (N, h, w)
