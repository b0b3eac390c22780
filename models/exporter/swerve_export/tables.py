"""Steps for tables: scalers, imputers, categories, bins, products, functions and selections."""

import numpy as np

from .categories import one_hot, ordinal
from .dicts import dicts
from .errors import ExportError, refuse_option
from .folding import scaling
from .values import is_missing, is_number

# The reader's bound on numbers side by side.
DENSE_MAX = 1 << 20

FUNCTIONS = {
    "log1p": np.log1p, "abs": np.absolute, "sqrt": np.sqrt, "square": np.square,
    "expm1": np.expm1,
}


def _class_name(thing):
    from .wrappers import class_name

    return class_name(thing)


def _numbers(flow, context):
    from .featurizers import numbers

    return numbers(flow, context)


def remedy(name):
    """What to do about a transformer that cannot be expressed."""
    others = {
        "KNNImputer": "use SimpleImputer",
        "IterativeImputer": "use SimpleImputer",
        "MissingIndicator": "use SimpleImputer(add_indicator=True)",
        "TargetEncoder": "use OneHotEncoder or OrdinalEncoder",
        "LabelEncoder": "use OrdinalEncoder",
        "PowerTransformer": "use FunctionTransformer(numpy.log1p) and StandardScaler",
        "QuantileTransformer": "use KBinsDiscretizer, or StandardScaler",
        "SplineTransformer": "use KBinsDiscretizer or PolynomialFeatures(degree=2)",
        "KernelPCA": "use Nystroem or PCA",
        "FeatureHasher": "use DictVectorizer or HashingVectorizer",
        "AdditiveChi2Sampler": "use RBFSampler or Nystroem",
        "SkewedChi2Sampler": "use RBFSampler or Nystroem",
        "PolynomialCountSketch": "use Nystroem(kernel='poly')",
    }
    return others.get(
        name,
        "use a scaler, Normalizer, SimpleImputer, OneHotEncoder, OrdinalEncoder, "
        "KBinsDiscretizer, PolynomialFeatures, PCA, TruncatedSVD or a selection, or apply it "
        "beforehand and export what follows",
    )


def takes_texts(transformer):
    """Whether a transformer was fitted on columns of texts."""
    name = _class_name(transformer)
    if name in ("OneHotEncoder", "OrdinalEncoder"):
        lists = getattr(transformer, "categories_", [])
        return any(isinstance(value, str) for values in lists for value in np.asarray(values)[:1])
    if name == "SimpleImputer":
        return np.asarray(getattr(transformer, "statistics_", [])).dtype.kind in "OUS"
    return False


# ---- features one by one


def _standard(flow, scaler, context):
    _scaler(flow, *scaling(scaler, "StandardScaler"), context)


def _robust(flow, scaler, context):
    _scaler(flow, *scaling(scaler, "RobustScaler"), context)


def _max_abs(flow, scaler, context):
    if getattr(scaler, "clip", False):
        refuse_option(scaler, "clip", True, "train with clip=False")
    _scaler(flow, *scaling(scaler, "MaxAbsScaler"), context)


def _scaler(flow, mean, scale, context):
    _numbers(flow, context)
    if mean is None and scale is None:
        return
    parts = context.parts
    flow.add("standard_scaler", {
        "mean": None if mean is None else parts.add("scaler.mean", mean),
        "scale": None if scale is None else parts.add("scaler.scale", scale),
    }, passes_missing=True)


def _min_max(flow, scaler, context):
    _numbers(flow, context)
    clip = [float(bound) for bound in scaler.feature_range] if scaler.clip else None
    flow.add("min_max_scaler", {
        "scale": context.parts.add("min_max_scaler.scale", scaler.scale_),
        "min": context.parts.add("min_max_scaler.min", scaler.min_),
        "clip": clip,
    }, passes_missing=True)


def _normalizer(flow, transformer, context):
    _numbers(flow, context).add("normalizer", {"norm": transformer.norm})


def _function(flow, transformer, context):
    if transformer.kw_args:
        refuse_option(transformer, "kw_args", transformer.kw_args, "train without")
    name = next(
        (name for name, known in FUNCTIONS.items() if transformer.func is known), None
    )
    if name is None:
        shown = getattr(transformer.func, "__name__", repr(transformer.func))
        raise ExportError(
            f"FunctionTransformer(func={shown[:60]}) runs a function of its own, which cannot be "
            "expressed",
            "use one of numpy's " + ", ".join(FUNCTIONS) + ", or apply it to the data beforehand, "
            "in training and in the records",
        )
    _numbers(flow, context).add("function", {"func": name}, passes_missing=True)


# ---- missing values


def _imputer(flow, imputer, context):
    statistics = np.asarray(imputer.statistics_)
    if statistics.dtype.kind in "OUS" and flow.is_raw and not flow.is_text:
        return _fill_columns(flow, imputer, statistics.astype(object))
    _numbers(flow, context)
    missing = imputer.missing_values
    is_nan = is_missing(missing)
    if not is_nan and not is_number(missing):
        refuse_option(imputer, "missing_values", missing, "use numpy.nan or a number")
    values = np.array([_statistic(imputer, value) for value in statistics], dtype=np.float64)
    dropped = np.isnan(values)
    indicator = imputer.indicator_ if imputer.add_indicator else None
    if is_nan:
        context.missing.update(
            name for step in flow.open for name in step.get("names", ())
        )
        flow.fill()
    flow.add("imputer", {
        "statistics": context.parts.add("imputer.statistics", np.where(dropped, 0, values)),
        "missing_values": None if is_nan else float(missing),
        "indicators": [] if indicator is None else [int(f) for f in indicator.features_],
    }, len(values) + (0 if indicator is None else len(indicator.features_)))
    if dropped.any():
        kept = [place for place in range(flow.width) if place >= len(values) or not dropped[place]]
        flow.select(kept)


def _statistic(imputer, value):
    """A statistic as a number; NaN for a column that is dropped."""
    if is_missing(value):
        return 0.0 if imputer.keep_empty_features else np.nan
    if not is_number(value):
        raise ExportError(
            f"SimpleImputer puts {value!r} into numbers", "impute texts and numbers apart"
        )
    return float(value)


def _fill_columns(flow, imputer, statistics):
    """An imputer of texts: the encoder behind it knows what a missing value counts as."""
    if imputer.add_indicator:
        refuse_option(
            imputer, "add_indicator", True, "train with add_indicator=False for columns of texts"
        )
    if not is_missing(imputer.missing_values):
        refuse_option(
            imputer, "missing_values", imputer.missing_values,
            "use numpy.nan or None for columns of texts",
        )
    kept = []
    for column, value in zip(flow.columns, statistics):
        if is_missing(value) and not imputer.keep_empty_features:
            continue
        if not is_missing(value):
            column.fill = str(value) if isinstance(value, str) else float(value)
            column.is_none = imputer.missing_values is None
        kept.append(column)
    flow.columns = kept
    flow.is_single = False


# ---- bins and products


def _bins(flow, transformer, context):
    _numbers(flow, context)
    if transformer.dtype is not None and np.dtype(transformer.dtype) != np.float64:
        refuse_option(transformer, "dtype", transformer.dtype, "train with dtype=numpy.float64")
    edges = [np.asarray(own, dtype=np.float64)[1:-1] for own in transformer.bin_edges_]
    bins = [len(own) + 1 for own in edges]
    flat = np.concatenate(edges) if edges else np.zeros(0)
    flow.add("kbins", {
        "encode": transformer.encode,
        "edges": context.parts.add("kbins.edges", flat),
        "n_bins": [int(count) for count in bins],
    }, len(bins) if transformer.encode == "ordinal" else sum(bins))


def _polynomial(flow, transformer, context):
    _numbers(flow, context)
    low, high = transformer._min_degree, transformer._max_degree
    if high > 2:
        refuse_option(
            transformer, "degree", transformer.degree,
            "use degree=2, or an SVC with kernel='poly' and that degree",
        )
    width = int(transformer.n_output_features_)
    if width > DENSE_MAX:
        raise ExportError(
            f"PolynomialFeatures gives {width} products, the limit is {DENSE_MAX}",
            "select features before it",
        )
    flow.add("polynomial", {
        "n_features": int(flow.width), "degree": [int(low), int(high)],
        "interaction_only": bool(transformer.interaction_only),
        "include_bias": bool(transformer.include_bias),
    }, width)


def selected(flow, selector):
    """Any selection: what it keeps is fixed once it is fitted."""
    support = np.asarray(selector.get_support())
    if len(support) != flow.width:
        raise ExportError(
            f"{type(selector).__name__} was fitted on {len(support)} features, and {flow.width} "
            "come to it", "fit the pipeline as a whole",
        )
    kept = np.flatnonzero(support)
    if not len(kept):
        raise ExportError(f"{type(selector).__name__} keeps no feature", "train it to keep some")
    still_open = flow.open if _class_name(selector) == "VarianceThreshold" else []
    flow.select(kept)
    flow.open = still_open


STEPS = {
    "StandardScaler": _standard, "RobustScaler": _robust, "MaxAbsScaler": _max_abs,
    "MinMaxScaler": _min_max, "Normalizer": _normalizer, "FunctionTransformer": _function,
    "SimpleImputer": _imputer, "OneHotEncoder": one_hot, "OrdinalEncoder": ordinal,
    "KBinsDiscretizer": _bins, "PolynomialFeatures": _polynomial, "DictVectorizer": dicts,
}
