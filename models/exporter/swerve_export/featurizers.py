"""From the transformers before a model to the steps of a featurizer spec."""

import numpy as np

from . import vectorizers
from .errors import ExportError, refuse_option
from .wrappers import class_name, flattened


class Inputs:
    """What a model takes: texts, rows of numbers, or rows of a table with named columns.

    Of a table: `columns` are its numbers, `texts` its texts, and `text_column` the one that is the
    text of a record itself. `choices` are values that inputs made for the self-test take for a
    column, where not any do.
    """

    def __init__(
        self, kind, width=None, text_column=None, columns=(), texts=(), choices=None
    ):
        self.kind = kind
        self.width = width
        self.text_column = text_column
        self.columns = list(columns)
        self.texts = list(texts)
        self.choices = dict(choices or {})


def featurizer(transformers, width, analyzer, parts):
    """Steps for `transformers`, and what they take.

    `width` is how many features come in where nothing says so before.
    """
    if not transformers:
        return [{"dense": {"n_features": int(width)}}], Inputs("dense", width=int(width))
    first, rest = transformers[0], list(transformers[1:])
    name = class_name(first)
    if name == "HashingVectorizer":
        steps, inputs = [vectorizers.hashed(first, analyzer, parts)], Inputs("text")
        if rest and class_name(rest[0]) == "TfidfTransformer":
            steps += vectorizers.weighed(first, rest.pop(0), parts)
    elif name == "TfidfVectorizer":
        step = vectorizers.counted(first, first._tfidf, analyzer, parts)
        steps, inputs = [step], Inputs("text")
    elif name == "CountVectorizer":
        tfidf = rest.pop(0) if rest and class_name(rest[0]) == "TfidfTransformer" else None
        steps, inputs = [vectorizers.counted(first, tfidf, analyzer, parts)], Inputs("text")
    elif name == "FeatureUnion":
        width = getattr(first, "n_features_in_", width)
        steps, inputs = _union(first, width, analyzer, parts)
    elif name == "ColumnTransformer":
        steps, inputs = _columns(first, analyzer, parts)
    else:
        width = int(getattr(first, "n_features_in_", width))
        steps, inputs = [{"dense": {"n_features": width}}], Inputs("dense", width=width)
        rest.insert(0, first)
    for transformer in rest:
        steps += _transform(transformer, parts)
    if inputs.kind != "dense":
        _say_strict(first, parts)
    return steps, inputs


def _say_strict(vectorizer, parts):
    if getattr(vectorizer, "decode_error", None) == "strict" and not callable(vectorizer.analyzer):
        parts.note(
            "decode_error='strict': scikit-learn raises for a text that is not UTF-8, Swerve "
            "scores it as with 'replace'"
        )


def _is_identity(transformer):
    """Whether it passes its input through: what ColumnTransformer makes of 'passthrough'."""
    if isinstance(transformer, str):
        return transformer == "passthrough"
    return class_name(transformer) == "FunctionTransformer" and transformer.func is None


def _transform(transformer, parts):
    """The steps of a transformer that changes features one by one, or divides by a norm."""
    if _is_identity(transformer):
        return []
    name = class_name(transformer)
    if name == "StandardScaler":
        mean = transformer.mean_ if transformer.with_mean else None
        scale = transformer.scale_ if transformer.with_std else None
        return _scaler(mean, scale, parts)
    if name == "RobustScaler":
        mean = transformer.center_ if transformer.with_centering else None
        scale = transformer.scale_ if transformer.with_scaling else None
        return _scaler(mean, scale, parts)
    if name == "MaxAbsScaler":
        if getattr(transformer, "clip", False):
            refuse_option(transformer, "clip", True, "train with clip=False")
        return _scaler(None, transformer.scale_, parts)
    if name == "MinMaxScaler":
        clip = [float(bound) for bound in transformer.feature_range] if transformer.clip else None
        return [
            {
                "min_max_scaler": {
                    "scale": parts.add("min_max_scaler.scale", transformer.scale_),
                    "min": parts.add("min_max_scaler.min", transformer.min_),
                    "clip": clip,
                }
            }
        ]
    if name == "Normalizer":
        return [{"normalizer": {"norm": transformer.norm}}]
    if name == "FunctionTransformer":
        raise ExportError(
            "FunctionTransformer runs a function of its own, which cannot be expressed",
            "apply it to the data beforehand, in training and in the records",
        )
    if name in ("HashingVectorizer", "CountVectorizer", "TfidfVectorizer", "FeatureUnion"):
        raise ExportError(f"{name} is not the first step", "put it first")
    if name == "ColumnTransformer":
        raise ExportError("ColumnTransformer is not the first step", "put it first")
    if name == "TfidfTransformer":
        raise ExportError(
            "TfidfTransformer stands behind something else than a CountVectorizer or "
            "HashingVectorizer",
            "use TfidfVectorizer",
        )
    raise ExportError(
        f"{type(transformer).__module__.split('.')[0]}'s {type(transformer).__name__} cannot be "
        "expressed",
        "use StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler or Normalizer, or apply it "
        "beforehand and export what follows",
    )


def _scaler(mean, scale, parts):
    step = {
        "mean": None if mean is None else parts.add("scaler.mean", mean),
        "scale": None if scale is None else parts.add("scaler.scale", scale),
    }
    return [] if mean is None and scale is None else [{"standard_scaler": step}]


def _union(union, width, analyzer, parts):
    if union.transformer_weights:
        refuse_option(
            union, "transformer_weights", union.transformer_weights, "train without weights"
        )
    specs, inputs = [], None
    for name, part in union.transformer_list:
        if isinstance(part, str) and part == "drop":
            continue
        chain = [] if _is_identity(part) else flattened(part)
        steps, taken = featurizer(chain, width, analyzer, parts)
        if inputs is not None and taken.kind != inputs.kind:
            raise ExportError(f"FeatureUnion: '{name}' takes something else than the part before")
        inputs = taken
        specs.append({"steps": steps})
    if inputs is None:
        raise ExportError("FeatureUnion has no parts")
    return [{"union": specs}], inputs


def _columns(transformer, analyzer, parts):
    if transformer.transformer_weights:
        refuse_option(
            transformer, "transformer_weights", transformer.transformer_weights,
            "train without weights",
        )
    names = getattr(transformer, "feature_names_in_", None)
    if names is None:
        raise ExportError(
            "ColumnTransformer was fitted on columns without names",
            "fit it on a DataFrame, whose columns are fields of the records",
        )
    specs, text_column, used, texts = [], None, [], []
    for name, part, columns in transformer.transformers_:
        if isinstance(part, str) and part == "drop":
            continue
        chain = [] if _is_identity(part) else flattened(part)
        is_text = _reads_text(chain)
        chosen = _chosen(columns, [str(column) for column in names], name)
        if not chosen:
            continue
        if is_text:
            if not np.isscalar(columns):
                raise ExportError(
                    f"ColumnTransformer: '{name}' gives a vectorizer {len(chosen)} columns as rows",
                    "name its one column as a string, not in a list",
                )
            steps, _ = featurizer(chain, None, analyzer, parts)
            if chosen[0] == TEXT:
                text_column = TEXT
            else:
                _read_from(text_field(chosen[0]), steps)
                texts += [column for column in chosen if column not in texts]
        else:
            if np.isscalar(columns):
                raise ExportError(f"ColumnTransformer: '{name}' takes one column that is no text")
            steps, taken = featurizer(chain, len(chosen), analyzer, parts)
            if taken.kind != "dense" or "dense" not in steps[0]:
                raise ExportError(
                    f"ColumnTransformer: '{name}' is more than scalers of numeric columns"
                )
            steps[0] = fields(chosen)
            used += [column for column in chosen if column not in used]
        specs.append({"steps": steps})
    if not specs:
        raise ExportError("ColumnTransformer has no parts")
    if text_column is not None:
        parts.note(f"the column '{text_column}' is the text of a record")
    if texts:
        shown = ", ".join(f"'{column}'" for column in texts)
        parts.note(f"texts are read from fields of the record by the names of columns: {shown}")
    inputs = Inputs("frame", text_column=text_column, columns=used, texts=texts)
    return (specs[0]["steps"] if len(specs) == 1 else [{"union": specs}]), inputs


def _reads_text(chain):
    """Whether transformers make features of texts, which a column given by its name is."""
    if not chain:
        return False
    name = class_name(chain[0]) or ""
    if name != "FeatureUnion":
        return name.endswith("Vectorizer") and name != "DictVectorizer"
    parts = [part for _, part in chain[0].transformer_list if not isinstance(part, str)]
    return bool(parts) and all(_reads_text(flattened(part)) for part in parts)


def _read_from(field, steps):
    """Has every source of n-grams read a named text in place of the record's own."""
    for name, value in steps[0].items():
        if name == "union":
            for part in value:
                _read_from(field, part["steps"])
        else:
            value["field"] = field


# The column whose texts are the text of a record: given as "text" or "text_b64", or made of a
# request's method, path, query and body.
TEXT = "text"

# What else a record says beside its fields.
RESERVED = {"id", "label", "decision", "text", "text_b64"}

# The reader's bounds on a name.
NAME_BYTES_MAX = 256
NAME_PARTS_MAX = 8


def fields(names):
    """The step that reads named numbers of a record."""
    for name in names:
        _check_field(name, RESERVED)
    return {"fields": {"names": list(names)}}


def read_by_name(names, steps):
    """Has every source of numbers read the columns from fields of a record."""
    if "union" in steps[0]:
        for part in steps[0]["union"]:
            read_by_name(names, part["steps"])
    elif "dense" in steps[0]:
        steps[0] = fields(names)


def text_field(name):
    """A column of texts, by its name in a record."""
    _check_field(name, RESERVED - {TEXT})
    return name


def _check_field(name, reserved):
    if name in reserved or name == "":
        raise ExportError(
            f"the column '{name}' cannot be a field of a record, where the name means "
            "something else",
            "rename it and train again, or give the numbers as \"x\": fields=False (--no-fields)",
        )
    if len(name.encode("utf-8", "replace")) > NAME_BYTES_MAX or name.count(".") >= NAME_PARTS_MAX:
        raise ExportError(
            f"the column '{name[:40]}' has a name above {NAME_BYTES_MAX} bytes or "
            f"{NAME_PARTS_MAX} parts between dots",
            "rename it and train again, or give the numbers as \"x\": fields=False (--no-fields)",
        )


def _chosen(columns, names, part):
    """The names of the columns that a part of a ColumnTransformer takes."""
    if isinstance(columns, str):
        return [columns]
    if isinstance(columns, slice) and not isinstance(columns.start, str):
        return names[columns]
    columns = np.atleast_1d(np.asarray(columns, dtype=object)).tolist()
    if columns and all(isinstance(column, (bool, np.bool_)) for column in columns):
        return [name for name, chosen in zip(names, columns) if chosen]
    if all(isinstance(column, str) for column in columns):
        return columns
    if all(isinstance(column, (int, np.integer)) for column in columns):
        return [names[column] for column in columns]
    raise ExportError(f"ColumnTransformer: the columns of '{part}' are not understood")
