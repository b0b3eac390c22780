"""Linear models behind transformers of their own, brought together over one space of features."""

import joblib
import numpy as np
import scipy.sparse

from . import folding
from .errors import ExportError
from .wrappers import class_name

# A fold subtracts means that are so many times the spread: the rounding of that stays below a
# hundredth of what the self-test allows.
FOLD_MAX = 1e4


class Leaf:
    """Hyperplanes [rows, features] and what stands before them; or a kernel model."""

    def __init__(self, chain, model, weights=None, intercepts=None):
        self.chain = list(chain)
        self.model = model
        self.weights = weights
        self.intercepts = intercepts

    @property
    def is_linear(self):
        return self.weights is not None


def together(leaves, what):
    """The transformers that all leaves share, and their hyperplanes over what those give.

    Transformers that differ are folded into the weights where they are affine; otherwise each leaf
    keeps its own, side by side with those of the others. `what` is the word for errors. Gives
    (transformers, weights [features, rows] or None for kernels, intercepts).
    """
    common = _common([leaf.chain for leaf in leaves])
    if not all(leaf.is_linear for leaf in leaves):
        own = [leaf.chain[len(common):] for leaf in leaves]
        if any(own):
            name = class_name(next(chain for chain in own if chain)[0])
            raise ExportError(
                f"{what}: every member has a {name} of its own before its support vectors, which "
                "cannot be expressed",
                f"put the {name} before {what}, as make_pipeline({name}(), {what}(…))",
            )
        return common, None, None
    if any(len(leaf.chain) > len(common) for leaf in leaves):
        leaves = [_folded(leaf, len(common)) for leaf in leaves]
        common = _common([leaf.chain for leaf in leaves])
    if all(len(leaf.chain) == len(common) for leaf in leaves):
        weights = np.concatenate([leaf.weights for leaf in leaves])
        return common, weights.T, np.concatenate([leaf.intercepts for leaf in leaves])
    return _side_by_side(leaves, common)


def _side_by_side(leaves, common):
    """A union of every leaf's own transformers; a feature weighs for its own leaf alone."""
    from sklearn.pipeline import FeatureUnion, Pipeline

    names, parts, spans, widths = {}, [], [], []
    for leaf in leaves:
        own = leaf.chain[len(common):]
        key = _key(own)
        if key not in names:
            names[key] = len(parts)
            steps = [(f"step{place}", step) for place, step in enumerate(own)]
            parts.append((f"member{len(parts)}", Pipeline(steps) if own else "passthrough"))
            widths.append(leaf.weights.shape[1])
        spans.append(names[key])
    starts = np.concatenate([[0], np.cumsum(widths)]).astype(int)
    rows = sum(leaf.weights.shape[0] for leaf in leaves)
    if starts[-1] * rows > 1 << 26:
        raise ExportError(
            f"the members' own vocabularies have {starts[-1]} terms together, too many for "
            f"{rows} decisions",
            "put the vectorizer before the calibration, so that all members share it",
        )
    weights, row = np.zeros((starts[-1], rows)), 0
    for leaf, span in zip(leaves, spans):
        count = leaf.weights.shape[0]
        weights[starts[span] : starts[span + 1], row : row + count] = leaf.weights.T
        row += count
    union = FeatureUnion(parts)
    return common + [union], weights, np.concatenate([leaf.intercepts for leaf in leaves])


def _common(chains):
    """The transformers that all chains begin with."""
    common = []
    for steps in zip(*chains):
        if not all(_same(steps[0], step) for step in steps[1:]):
            break
        common.append(steps[0])
    return common


def _same(one, other):
    return one is other or (type(one) is type(other) and _key(one) == _key(other))


def _key(thing):
    """What tells fitted transformers apart."""
    try:
        return joblib.hash(thing)
    except Exception:
        return id(thing)


def _folded(leaf, keep):
    """The leaf without the affine transformers at the end of its chain, as far as they fold."""
    chain, weights, intercepts = list(leaf.chain), leaf.weights, leaf.intercepts
    while len(chain) > keep:
        folded = folded_into(chain[-1], weights, intercepts)
        if folded is None:
            break
        weights, intercepts = folded
        chain.pop()
    return Leaf(chain, leaf.model, weights, intercepts)


def folded_into(transformer, weights, intercepts):
    """Weights [rows, features] and intercepts that take what `transformer` takes; None where it
    does more than shift, scale and choose, or where rounding would show."""
    name = class_name(transformer)
    if name in folding.SCALERS:
        if getattr(transformer, "clip", False):
            return None
    elif name is None or not hasattr(transformer, folding.SELECTIONS):
        return None
    wide, shifted = folding.through(transformer, name, weights.T, intercepts)
    return (wide.T, shifted) if _is_small(transformer, name, weights, wide.T) else None


def _is_small(transformer, name, weights, wide):
    """Whether what a scaler shifts stays within what rounding allows."""
    if name not in folding.SCALERS:
        return True
    if name == "MinMaxScaler":
        shift = weights * transformer.min_
    else:
        mean, _ = folding.scaling(transformer, name)
        shift = np.zeros(1) if mean is None else wide * mean
    return np.isfinite(wide).all() and np.abs(shift).sum(axis=-1).max(initial=0) <= FOLD_MAX


def dense_weights(model):
    weights = model.coef_
    if scipy.sparse.issparse(weights):
        weights = weights.toarray()
    return np.atleast_2d(np.asarray(weights, dtype=np.float64))
