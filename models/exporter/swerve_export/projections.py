"""Projections and approximate kernels: PCA, TruncatedSVD, RBFSampler, Nystroem."""

import numpy as np
import scipy.sparse

from .errors import ExportError, refuse_option

# The reader's bound on the numbers of one matrix.
MATRIX_MAX = 1 << 25


def _matrix(values, name, what):
    values = values.toarray() if scipy.sparse.issparse(values) else np.asarray(values)
    if values.size > MATRIX_MAX:
        raise ExportError(
            f"{what} has {values.shape[0]} times {values.shape[1]} numbers, the limit is "
            f"{MATRIX_MAX}", f"train {what} with fewer components, or on fewer features",
        )
    return values


def whitening(pca):
    """What PCA divides each component by; None without whiten."""
    if not getattr(pca, "whiten", False):
        return None
    scale = np.sqrt(pca.explained_variance_)
    return np.maximum(scale, np.finfo(scale.dtype).eps)


def _pca(flow, pca, context):
    name = type(pca).__name__
    components = _matrix(pca.components_, "components", name)
    scale = whitening(pca)
    mean = getattr(pca, "mean_", None)
    flow.add("matrix", {
        "components": context.parts.add("matrix.components", components),
        "mean": None if mean is None else context.parts.add("matrix.mean", mean),
        "scale": None if scale is None else context.parts.add("matrix.scale", scale),
    }, components.shape[0])


def _rbf_sampler(flow, sampler, context):
    weights = _matrix(sampler.random_weights_, "random_weights", "RBFSampler")
    flow.add("rbf_sampler", {
        "random_weights": context.parts.add("rbf_sampler.random_weights", weights),
        "random_offset": context.parts.add("rbf_sampler.random_offset", sampler.random_offset_),
    }, weights.shape[1])


def _nystroem(flow, nystroem, context):
    if nystroem.kernel not in ("rbf", "poly", "polynomial", "sigmoid", "linear"):
        refuse_option(
            nystroem, "kernel", nystroem.kernel, "use 'rbf', 'poly', 'sigmoid' or 'linear'"
        )
    components = _matrix(nystroem.components_, "components", "Nystroem")
    normalization = _matrix(nystroem.normalization_, "normalization", "Nystroem")
    given = nystroem._get_kernel_params()
    kernel = "poly" if nystroem.kernel == "polynomial" else nystroem.kernel
    value = {"kernel": kernel}
    gamma = given.get("gamma")
    if kernel != "linear":
        value["gamma"] = float(1 / components.shape[1] if gamma is None else gamma)
    if kernel in ("poly", "sigmoid"):
        value["coef0"] = float(given.get("coef0", 1))
    if kernel == "poly":
        degree = given.get("degree", 3)
        if int(degree) != degree or not 0 <= degree <= 1_000:
            refuse_option(nystroem, "degree", degree, "use a whole degree up to 1,000")
        value["degree"] = int(degree)
    value["components"] = context.parts.add("nystroem.components", components)
    value["normalization"] = context.parts.add("nystroem.normalization", normalization)
    flow.add("nystroem", value, components.shape[0])


STEPS = {
    "PCA": _pca, "IncrementalPCA": _pca, "TruncatedSVD": _pca, "RBFSampler": _rbf_sampler,
    "Nystroem": _nystroem,
}
