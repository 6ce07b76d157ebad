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
    find : what it gives for a runtime, or why that runtime cannot have it. at_layer : whether it looks at a layer, so
    that `find` can be asked for another one than it would take itself, by its name.
    """

    key: str
    title: str
    source: str
    help: str
    needs: str
    find: Callable[..., heatmaps.Source | base.Lacking]
    at_layer: bool = False

    def find_source(self, asked: base.Runtime, layer_name: str | None = None) -> heatmaps.Source | base.Lacking:
        """What `find` gives. layer_name : of `asked.find_layers`; None = the method's own.

        Raises `SettingNotUsable` where a layer is named and it looks at none.
        """
        if layer_name is None:
            return self.find(asked)
        if not self.at_layer:
            raise errors.SettingNotUsable(
                expected="a layer with " + " or ".join(one.key for one in METHODS.values() if one.at_layer),
                found=f"{layer_name} with {self.key}",
                where="the layer of a heatmap",
                todo="Choose one of these methods, or name no layer.",
            )
        return self.find(asked, layer_name)


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
            at_layer=True,
        ),
        Method(
            GRAD_CAM,
            "Grad-CAM",
            "Selvaraju et al. 2017, arXiv:1610.02391",
            "The channels of the last convolution, each weighted by its mean gradient: coarse.",
            "gradients at a layer",
            gradcam.find_gradients,
            at_layer=True,
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
DEFAULT, WHERE_SLOW = INTEGRATED, LAYER_CAM
SLOW = frozenset({"squeeze_excite_cnn", "vgg16_scratch"})  # so many gradients take over 60 ms; and ImageNet backbones


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

    architecture : key in the registry. Integrated gradients; where they are slow, LayerCAM, which points as well there.
    An architecture that is not in the registry has integrated gradients too.
    """
    known = registry.ARCHITECTURES.get(architecture)
    slow = architecture in SLOW or (known is not None and bool(known.backbone))
    return METHODS[WHERE_SLOW if slow else DEFAULT]
