"""Puts a bundle together and writes it: all of it, or nothing."""

import json
import math
import os
import platform
import tempfile
import warnings

import numpy as np
import safetensors
import safetensors.numpy
import scipy
import sklearn

from . import calibrations, columns, featurizers, folding, golden, vectorizers
from . import positive as positives
from .errors import ExportError
from .parts import Parts

SCHEMA = 1
REPR_MAX = 2_000
NOTE_MAX = 4_096
NAMES_SHOWN = 8
# The reader's bound on named fields.
FIELDS_MAX = 4_096


class Exported:
    """What was written, for whoever wants to tell."""

    def __init__(self, path, manifest, tensors, remarks, size):
        self.path = path
        self.manifest = manifest
        self.tensors = tensors
        self.remarks = remarks
        self.bytes = size

    def __repr__(self):
        count = (self.manifest["golden"] or {}).get("count", 0)
        return f"<{self.path}: {self.bytes} bytes, {count} golden inputs>"


def export(
    estimator, path, *, samples=None, golden_lines=None, analyzer=None, ngram_range=None,
    source=None, fields=None, labels=None, threshold=None, note="", without_probability=False,
    positive=None, training=None,
):
    """Writes a fitted estimator or pipeline to `path` as one safetensors bundle.

    estimator: fitted; a pipeline of vectorizer or scalers and a model, or a model alone.
    samples: rows as the estimator takes them; up to 256 become golden inputs. Without, they are
        made.
    golden_lines: the same as JSON lines that `swerve score` reads.
    analyzer, ngram_range: "byte" and its lengths, for a vectorizer whose analyzer is a callable that
        gives the n-grams of raw bytes.
    source: a featurizer spec (a dict with "steps") that says where the numbers of an estimator on
        arrays come from. Golden lines then hold both the record and its numbers as "x".
    fields: whether the numbers of an estimator that was fitted on a DataFrame are read by the names
        of its columns, as fields of the record, and not from "x". Without, they are where it has
        such names.
    labels: names of classes, {"attack": "1"}.
    threshold: of the decision, in place of the estimator's own.
    positive: of two classes the one that score, probability and threshold speak of, by its own name
        or its label; classes_[1] otherwise.
    note: what people should know of the training.
    without_probability: leaves out probabilities, where they cannot be expressed.
    training: lineage, metrics and tags that `swerve register` takes up (`sources.Training`).

    Raises ExportError, one line that names what cannot be expressed, and writes nothing then.
    """
    parts = Parts()
    machine, outer = calibrations.machine(estimator, parts)
    transformers = outer + list(machine.inner)
    steps = transformers or [machine.estimator]
    stages, inputs = featurizers.staged(
        transformers, machine.width, vectorizers.Analyzer(analyzer, ngram_range), parts
    )
    spec = stages[-1]
    names = _names(steps[0], inputs, fields, source, parts)
    if source is not None:
        source = _source(source, fields, spec)
    if names is not None:
        columns.checked(names)
    chosen = _golden(samples, golden_lines, inputs, names, source, transformers, machine)
    if chosen is not None and chosen.remark:
        parts.note(chosen.remark)
    rows, features, decisions = _rows(chosen, inputs, transformers, outer, machine)
    manifest = {
        "schema": SCHEMA,
        **machine.manifest(features, decisions, parts, threshold, without_probability),
    }
    manifest["labels"] = _labels(labels, manifest["classes"])
    if positive is not None:
        decisions = positives.speak_of(positive, manifest, parts, decisions, threshold)
    spec = _folded(stages, transformers, rows, features, manifest["function"], parts)
    spec = (
        featurizers.by_name(spec, names) if names is not None else featurizers.from_x(spec)
    )
    manifest["featurizer"] = {"steps": (source or []) + (spec[1:] if source else spec)}
    if source is not None and chosen is None:
        manifest["golden"] = None
        parts.note(
            "no golden inputs: with another source they need records beside their \"x\"; Swerve "
            "makes its own when it registers the bundle"
        )
    else:
        if names is not None and chosen is None:
            rows.views = {"fields": rows.views["dense"], "names": names}
        manifest["golden"] = rows.manifest(decisions, parts)
    parts.prune(manifest)
    manifest["versions"] = _versions()
    manifest["training"] = {
        "estimator": repr(estimator)[:REPR_MAX], "note": str(note)[:NOTE_MAX],
        "remarks": parts.remarks,
    }
    if training is not None:
        _say_training(manifest["training"], training, parts)
    text = json.dumps(manifest, allow_nan=False, ensure_ascii=False, sort_keys=True)
    data = safetensors.numpy.save(parts.tensors, metadata={"swerve": text})
    _write(data, path)
    return Exported(path, manifest, parts.tensors, parts.remarks, len(data))


def _names(first, inputs, fields, source, parts):
    """The columns that are read by name; None where numbers are read otherwise."""
    names = _columns(first, inputs)
    if inputs.kind == "frame":
        return None
    if fields and names is None:
        raise ExportError(
            "the estimator was not fitted on numeric columns with names",
            "fit it on a DataFrame, or give the fields with source (--source)",
        )
    if names is None or fields is False or (source is not None and not fields):
        return None
    if fields is None and len(names) > FIELDS_MAX:
        parts.note(
            f'the {len(names)} columns are read from "x", in their order: at most {FIELDS_MAX} are '
            "read by name"
        )
        return None
    if fields is None:
        shown = ", ".join(names[:NAMES_SHOWN]) + (", …" if len(names) > NAMES_SHOWN else "")
        parts.note(
            f"the numbers are read from fields of the record by the names of columns ({shown}), as "
            'with --fields; fields=False (--no-fields) reads them from "x", in that order'
        )
    return names


def _columns(first, inputs):
    """The names of the numeric columns that an estimator was fitted on; None without names."""
    names = getattr(first, "feature_names_in_", None)
    if inputs.kind != "dense" or names is None:
        return None
    return [str(name) for name in names]


def _require_dense(spec, option):
    if "dense" not in spec[0]:
        raise ExportError(
            f"{option} goes with an estimator on arrays of numbers",
            "this one says itself where its features come from",
        )


def _source(source, fields, spec):
    if fields:
        raise ExportError("source and fields both say where numbers come from", "give one")
    _require_dense(spec, "source (--source)")
    steps = source.get("steps") if isinstance(source, dict) and len(source) == 1 else None
    if not isinstance(steps, list) or not steps or not all(isinstance(s, dict) for s in steps):
        raise ExportError('the source is no {"steps":[…]}')
    return steps


def _golden(samples, lines, inputs, names, source, transformers, machine):
    if samples is not None and lines is not None:
        raise ExportError("samples and golden lines both give golden inputs", "give one")
    if lines is not None:
        return golden.of_lines(lines, inputs, names, source)
    if samples is None:
        return None
    if source is not None:
        raise ExportError(
            "samples do not say what records they come from",
            'give golden lines with the record and its numbers as "x"',
        )
    is_text = inputs.kind == "text"
    if is_text and golden.decodes_otherwise(transformers) and _has_bytes(samples):
        raise ExportError(
            "the samples are bytes, and a vectorizer decodes those in another encoding than UTF-8, "
            "in which Swerve takes the texts of records",
            "train with encoding='utf-8', or on strings, and give strings as samples",
        )
    return golden.of_samples(samples, inputs, names)


def _has_bytes(samples):
    return any(isinstance(sample, (bytes, np.bytes_)) for sample in samples)


def _rows(chosen, inputs, transformers, outer, machine):
    """Golden inputs, the features that the model gets of them, and its decisions."""
    if chosen is not None:
        chosen.rows = golden.readable(chosen.rows, transformers)
        return _decided(chosen, outer, machine, keep_all=True)
    try:
        rows = golden.made(inputs, transformers, machine.estimator, None)
        rows.rows = golden.readable(rows.rows, transformers)
        return _decided(rows, outer, machine, keep_all=False)
    except ExportError:
        # Some functions take no number below 0, some steps nothing missing.
        rows = golden.made(inputs, transformers, machine.estimator, None, plainly=True)
        rows.rows = golden.readable(rows.rows, transformers)
        return _decided(rows, outer, machine, keep_all=False)


def _folded(stages, transformers, rows, features, function, parts):
    """The steps of a spec, without those at the end that the weights of a linear model take in."""
    keep = folding.tail(transformers, featurizers.class_name)
    if "linear" not in function or keep == len(transformers) or stages[keep] is None:
        return stages[-1]
    linear = function["linear"]
    names = [linear[key]["tensor"] for key in ("weights", "intercepts")]
    weights, intercepts = (parts.tensors[name] for name in names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = rows.rows
        for transformer in transformers[:keep]:
            if not isinstance(transformer, str):
                before = transformer.transform(before)
    before = _matrix(before, rows.count)
    if before.shape[1] * weights.shape[1] > folding.WEIGHTS_MAX:
        return stages[-1]
    wide, moved = folding.folded(
        transformers[keep:], featurizers.class_name, weights, intercepts
    )
    one, other = features @ weights + intercepts, before @ wide + moved
    limit = folding.TOLERANCE * np.maximum(1, np.abs(one))
    if not np.isfinite(wide).all() or (np.abs(one - other) > limit).any():
        return stages[-1]
    parts.tensors[names[0]] = np.ascontiguousarray(wide)
    parts.tensors[names[1]] = np.ascontiguousarray(moved)
    return stages[keep]


def _decided(rows, outer, machine, keep_all):
    """scikit-learn's own decisions, and the inputs that have finite ones."""
    if rows.count == 0:
        raise ExportError("there are no samples")
    try:
        with warnings.catch_warnings():
            # The inputs are arrays in the order of the columns, which is what the bundle reads.
            warnings.filterwarnings("ignore", "X does not have valid feature names")
            features = golden.readable(rows.rows, outer + list(machine.inner))
            for transformer in outer:
                if not isinstance(transformer, str):
                    features = transformer.transform(features)
            decisions = machine.decisions(features)
            features = machine.inside(features)
    except ExportError:
        raise
    except Exception as error:
        what = "the golden inputs" if keep_all else "the inputs made for the self-test"
        raise ExportError(
            f"scikit-learn fails for {what}: {error}",
            "give samples that it takes" if not keep_all else "",
        ) from error
    finite = np.isfinite(decisions).all(axis=1)
    if finite.all():
        return rows, _matrix(features, len(decisions)), decisions
    if keep_all or not finite.any():
        raise ExportError("scikit-learn's decision is not finite for a golden input")
    kept = np.flatnonzero(finite).tolist()
    return rows.kept(kept), _matrix(features, len(decisions))[kept], decisions[kept]


def _matrix(features, count):
    """Rows that can be multiplied and chosen from: an array, or CSR."""
    if scipy.sparse.issparse(features):
        return features.tocsr()
    if features is None:
        return np.empty((count, 0))
    return np.asarray(features, dtype=np.float64)


def _labels(labels, classes):
    result = {}
    for name, named in (labels or {}).items():
        if str(named) not in classes:
            raise ExportError(
                f"label '{name}' names class '{named}', which the model does not have",
                f"its classes are {', '.join(classes) or 'none'}",
            )
        result[str(name)] = str(named)
    if len(set(result.values())) != len(result):
        raise ExportError("two labels name the same class")
    return result


def _say_training(told, training, parts):
    """What a source knows of the training, beside what the exporter says of it."""
    for remark in training.remarks:
        parts.note(remark)
    told.update(training.manifest())
    told["note"] = told["note"] or training.note


def _versions():
    from . import __version__

    return {
        "exporter": __version__, "python": platform.python_version(), "numpy": np.__version__,
        "scikit-learn": sklearn.__version__, "scipy": scipy.__version__,
        "safetensors": safetensors.__version__,
    }


def _write(data, path):
    """In one step: a reader sees the old file or the whole new one."""
    path = os.fspath(path)
    folder = os.path.dirname(os.path.abspath(path))
    try:
        handle, temporary = tempfile.mkstemp(prefix=".swerve-export-", dir=folder)
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except OSError as error:
        os.unlink(temporary)
        raise ExportError(f"{path} cannot be written: {error.strerror}") from error
    except BaseException:
        os.unlink(temporary)
        raise
