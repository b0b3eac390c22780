"""Selections and projections before a linear model, taken into its weights."""

import numpy as np

from .projections import whitening

# Decisions stay the same this well, or the steps stay: a hundredth of what the self-test allows.
TOLERANCE = 1e-11
SELECTIONS = "get_support"
PROJECTIONS = ("PCA", "IncrementalPCA", "TruncatedSVD")
SCALERS = ("StandardScaler", "RobustScaler", "MaxAbsScaler", "MinMaxScaler")
# A model of more weights than these keeps its projection as a step.
WEIGHTS_MAX = 1 << 24


def tail(transformers, class_name):
    """How many of `transformers` stay in front of those that fold into weights."""
    keep = len(transformers)
    for place in range(len(transformers) - 1, -1, -1):
        step = transformers[place]
        if not _is_affine(step, class_name):
            break
        # Scalers alone gain nothing: what they do is cheap.
        if class_name(step) in PROJECTIONS or hasattr(step, SELECTIONS):
            keep = place
    return keep


def _is_affine(step, class_name):
    name = class_name(step)
    if name in SCALERS:
        return not getattr(step, "clip", False)
    return name is not None and (name in PROJECTIONS or hasattr(step, SELECTIONS))


def folded(transformers, class_name, weights, intercepts):
    """Weights [features, rows] and intercepts [rows] for what comes to the first transformer."""
    for step in reversed(transformers):
        weights, intercepts = through(step, class_name(step), weights, intercepts)
    return weights, intercepts


def scaling(scaler, name):
    """What a scaler but MinMaxScaler subtracts, and then divides by; None where it does not."""
    if name == "StandardScaler":
        return (scaler.mean_ if scaler.with_mean else None,
                scaler.scale_ if scaler.with_std else None)
    if name == "RobustScaler":
        return (scaler.center_ if scaler.with_centering else None,
                scaler.scale_ if scaler.with_scaling else None)
    return None, scaler.scale_


def through(step, name, weights, intercepts):
    """Of a step that gives A x + b: the weights A'w [features, rows], the intercept + b'w."""
    if name in PROJECTIONS:
        scale = whitening(step)
        inner = weights if scale is None else weights / scale[:, None]
        mean = getattr(step, "mean_", None)
        wide = np.asarray(step.components_, dtype=np.float64).T @ inner
        return wide, intercepts if mean is None else intercepts - mean @ wide
    if name == "MinMaxScaler":
        return weights * step.scale_[:, None], intercepts + step.min_ @ weights
    if name in SCALERS:
        mean, scale = scaling(step, name)
        if scale is not None:
            weights = weights / scale[:, None]
        return weights, intercepts if mean is None else intercepts - mean @ weights
    support = step.get_support()
    wide = np.zeros((len(support), weights.shape[1]))
    wide[support] = weights
    return wide, intercepts
