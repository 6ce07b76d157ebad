"""The methods of explanation on offer, and which of them stands where nobody has asked for one. Pure numpy.

A new method is a module beside this one that gives a `heatmaps.Source`, and its line here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from core.base import errors
from core.explanation import gradcam, heatmaps, integrated_gradients, layercam, occlusion
from core.models import registry
from core.runtimes import base


@dataclass(frozen=True)
class Method:
    """One way to say where the evidence for a class lies.

    source : the paper. help : what it does, in a line. needs : what it needs of whatever runs the network.
    find : what it gives for a runtime, or why that runtime cannot have it.
    """

    key: str
    title: str
    source: str
    help: str
    needs: str
    find: Callable[[base.Runtime], heatmaps.Source | base.Lacking]


GRAD_CAM, LAYER_CAM, INTEGRATED, OCCLUSION = "grad-cam", "layercam", "integrated-gradients", "occlusion"
METHODS = {
    one.key: one
    for one in (
        Method(
            INTEGRATED,
            "Integrated gradients",
            "Sundararajan et al. 2017, arXiv:1703.01365",
            "What each pixel adds to the logit, on the way from images without evidence to this one; smoothed.",
            "gradients by the image",
            integrated_gradients.find_integrals,
        ),
        Method(
            LAYER_CAM,
            "LayerCAM",
            "Jiang et al. 2021, doi:10.1109/TIP.2021.3089943",
            "Each cell of a fine map weighted by its own gradient: the last layer with at least 16 x 16 cells.",
            "gradients at a layer",
            layercam.find_gradients,
        ),
        Method(
            GRAD_CAM,
            "Grad-CAM",
            "Selvaraju et al. 2017, arXiv:1610.02391",
            "The channels of the last convolution, each weighted by its mean gradient: coarse.",
            "gradients at a layer",
            gradcam.find_gradients,
        ),
        Method(
            OCCLUSION,
            "Occlusion",
            "Zeiler & Fergus 2014, arXiv:1311.2901",
            "How far the log-odds of the class fall when a patch of the image is covered: slow, without gradients.",
            "answers alone",
            occlusion.find_occlusions,
        ),
    )
}
DEFAULT, ON_BACKBONES = INTEGRATED, LAYER_CAM


def find_method(key: str) -> Method:
    """The method of this key; raises `UnknownMethod` that names those there are."""
    if key not in METHODS:
        raise errors.UnknownMethod(
            expected=f"one of {', '.join(METHODS)}",
            found=repr(key),
            where="the methods of explanation",
            todo="Choose one of these; docs/explanations.md compares them.",
        )
    return METHODS[key]


def find_default(architecture: str) -> Method:
    """The method that points best at the evidence within 60 ms, by a rule that was measured: docs/explanations.md.

    architecture : key in the registry. Networks on an ImageNet backbone are so large that integrated gradients take
    half a second and more, and there LayerCAM points as well; of all others, also unknown ones, integrated gradients.
    """
    known = registry.ARCHITECTURES.get(architecture)
    return METHODS[ON_BACKBONES if known and known.backbone else DEFAULT]
