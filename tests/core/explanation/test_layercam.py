"""LayerCAM against a case worked out by hand."""

import numpy as np

from core.explanation import gradcam, layercam


def test_hand_worked_map_of_two_channels() -> None:
    """Channel 1 speaks for the class on the left and against it on the right; its mean gradient says nothing."""
    features = np.zeros((1, 2, 2, 2))
    features[0, ..., 0] = [[1, 2], [3, 4]]
    features[0, ..., 1] = [[5, 5], [0, 5]]
    gradients = np.zeros((1, 2, 2, 2))
    gradients[0, ..., 0] = [[2, -2], [2, -2]]
    gradients[0, ..., 1] = [[0, 0], [1, -1]]
    np.testing.assert_allclose(layercam.weigh(np, features, gradients), [[[2, 0], [6, 0]]])
    np.testing.assert_allclose(gradcam.weigh(np, features, gradients), np.zeros((1, 2, 2)))


def test_what_is_negative_in_the_map_speaks_against_the_class() -> None:
    features, gradients = np.full((1, 1, 1, 2), [-3.0, 1.0]), np.ones((1, 1, 1, 2))
    np.testing.assert_allclose(layercam.weigh(np, features, gradients), [[[0]]])
