"""Of which of two classes score, probability and threshold speak."""

import math

import numpy as np

from .errors import ExportError
from .wrappers import LARGEST


def speak_of(wanted, manifest, parts, decisions, threshold):
    """Makes the bundle speak of the class `wanted`, one of two: its own name, or its label.

    Every decision is the old one with its sign turned, to the last bit, and the threshold leaves
    every label as it was; one that the caller gave is meant for the class that was wanted. A
    calibrated ensemble's decision, a probability, becomes the other class's.

    Returns the decisions of the golden inputs as the bundle tells them.
    """
    classes = manifest["classes"]
    if manifest["rule"] != "single" or len(classes) != 2:
        raise ExportError(
            f"positive={wanted!r} (--positive) goes with two classes, and this model has "
            + (f"{len(classes)}, each with its own decision" if classes else "none")
        )
    index = _index(str(wanted), classes, manifest["labels"])
    if index == manifest["positive"]:
        return decisions
    manifest["positive"] = index
    is_probability = manifest.get("calibration") is not None
    if not is_probability:
        _turn(manifest, parts)
    if threshold is None:
        manifest["threshold"] = _threshold(manifest["threshold"], is_probability, index)
    return 1 - decisions if is_probability else -decisions


def _index(wanted, classes, labels):
    labelled = labels.get(wanted)
    if labelled is not None and wanted in classes and labelled != wanted:
        raise ExportError(
            f"'{wanted}' is a class of the model and the label of class '{labelled}'",
            "give the label another name",
        )
    own = labelled if labelled is not None else wanted
    if own not in classes:
        raise ExportError(
            f"the model has no class '{wanted}' to be the positive one",
            f"its classes are {', '.join(classes)}",
        )
    return classes.index(own)


def _threshold(threshold, is_probability, positive):
    """Above it is what was not above the old one."""
    if not is_probability:
        # A threshold is finite, and the largest number has none beyond.
        return max(math.nextafter(-threshold, -math.inf), -LARGEST)
    half = (math.nextafter(0.5, 0), 0.5)
    if threshold == half[1 - positive]:
        return half[positive]
    return math.nextafter(1 - threshold, -math.inf)


def _turn(manifest, parts):
    ((kind, function),) = manifest["function"].items()
    for key in ("weights", "intercepts") if kind == "linear" else ("coefficients", "intercepts"):
        if isinstance(function[key], dict):
            name = function[key]["tensor"]
            parts.tensors[name] = np.negative(parts.tensors[name])
        else:
            function[key] = [-number for number in function[key]]
    sigmoid = (manifest["probability"] or {}).get("sigmoid")
    if sigmoid is not None:
        sigmoid["b"] = -sigmoid["b"]
