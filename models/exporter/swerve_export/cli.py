"""swerve-export SOURCE OUT.safetensors"""

import argparse
import json
import sys

from . import __version__, sources
from .bundle import export
from .errors import ExportError

DESCRIPTION = """\
Writes a fitted scikit-learn estimator or pipeline as one safetensors bundle: featurizer, weights,
labels, golden inputs with scikit-learn's own decisions, library versions. What cannot be expressed
is named, and nothing is written then.

The source is a joblib, pickle or skops file, a folder that mlflow.sklearn.save_model wrote, or the
URI of a model of MLflow; of MLflow also the run, its metrics, tags and parameters are taken along,
which swerve register keeps.

Reading a pickle runs the code in it, and models of MLflow are pickles too unless they were logged
with skops: export only what you made or trust. Swerve itself never reads pickles, and reading a
bundle runs no code.
"""

EPILOG = """\
example:
  swerve-export model.joblib model.safetensors --label attack=1 --label normal=0
  swerve-export models:/http-anomaly@champion model.safetensors
  swerve register model.safetensors --model http-anomaly
"""


def _parser():
    parser = argparse.ArgumentParser(
        prog="swerve-export", description=DESCRIPTION, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "input", metavar="SOURCE",
        help="what joblib.dump, pickle.dump or skops.io.dump wrote, a model's folder of MLflow, or "
        "models:/NAME/VERSION, models:/NAME@ALIAS, runs:/RUN_ID/PATH",
    )
    parser.add_argument("output", metavar="OUT.safetensors", help="the bundle; replaced in one step")
    parser.add_argument(
        "--golden", metavar="FILE",
        help="JSON lines as swerve score reads them, for the self-test at every load; at most 256 "
        "are taken. Without, inputs are made",
    )
    parser.add_argument(
        "--source", metavar="SPEC.json",
        help='where the numbers of an estimator on arrays come from, as {"steps":[{"lexical":{}}]}; '
        'golden lines then hold the record and its numbers as "x"',
    )
    parser.add_argument(
        "--fields", action=argparse.BooleanOptionalAction, default=None,
        help="read the numbers of an estimator that was fitted on a DataFrame by the names of its "
        'columns, as fields of the record, or (--no-fields) from "x"; by name without',
    )
    parser.add_argument(
        "--analyzer", choices=["byte"],
        help="the vectorizer's callable analyzer gives the n-grams of raw bytes (it is tried out)",
    )
    parser.add_argument("--ngram-range", metavar="A,B", help="their lengths, such as 1,3")
    parser.add_argument(
        "--label", metavar="NAME=CLASS", action="append", default=[],
        help="what a class is called in predictions; may be repeated",
    )
    parser.add_argument(
        "--threshold", metavar="X", type=float,
        help="a decision above it means the positive class; the estimator's own otherwise",
    )
    parser.add_argument(
        "--positive", metavar="CLASS",
        help="of two classes the one that score, probability and threshold speak of, by its own "
        "name or its label; classes_[1] otherwise",
    )
    parser.add_argument("--note", default="", help="what people should know of the training")
    parser.add_argument(
        "--without-probability", action="store_true",
        help="leave out probabilities, where they cannot be expressed",
    )
    parser.add_argument(
        "--tracking-uri", metavar="URI",
        help="MLflow's server or store; MLFLOW_TRACKING_URI otherwise",
    )
    parser.add_argument(
        "--trust", metavar="TYPE", action="append", default=[],
        help="a type that a skops file may hold besides those that skops trusts itself; may be "
        "repeated",
    )
    parser.add_argument("--version", action="version", version=f"swerve-export {__version__}")
    return parser


def _labels(options):
    labels = {}
    for option in options:
        name, found, named = option.partition("=")
        if not found or not name or not named or name in labels:
            raise ExportError(f"--label {option!r} is no NAME=CLASS, or one twice")
        labels[name] = named
    return labels


def _ngram_range(option):
    if option is None:
        return None
    try:
        first, last = (int(part) for part in option.split(","))
    except ValueError as error:
        raise ExportError(f"--ngram-range {option!r} is no A,B", "write 1,3") from error
    return first, last


def _lines(path):
    if path is None:
        return None
    try:
        with open(path, encoding="utf-8") as file:
            return file.readlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ExportError(f"{path} cannot be read: {error}") from error


def _source(path):
    if path is None:
        return None
    try:
        return json.loads("".join(_lines(path)))
    except ValueError as error:
        raise ExportError(f"{path} is no JSON: {error}") from error


def _say(line):
    print(f"swerve-export: {line}", file=sys.stderr, flush=True)


def main(arguments=None):
    """Exit code 0, 1 with one line on stderr, or 2 for usage."""
    options = _parser().parse_args(arguments)
    try:
        keywords = dict(
            golden_lines=_lines(options.golden), analyzer=options.analyzer,
            ngram_range=_ngram_range(options.ngram_range), source=_source(options.source),
            fields=options.fields, labels=_labels(options.label), threshold=options.threshold,
            positive=options.positive, note=options.note, without_probability=options.without_probability,
        )
        loaded = sources.load(
            options.input, trusted=options.trust, tracking_uri=options.tracking_uri,
            warn=lambda warning: _say(f"warning: {warning}"),
        )
        for warning in loaded.warnings:
            _say(f"warning: {warning}")
        if loaded.training is not None:
            keywords["training"] = loaded.training
        exported = export(loaded.estimator, options.output, **keywords)
    except ExportError as error:
        _say(str(error))
        return 1
    for remark in exported.remarks:
        _say(f"note: {remark}")
    manifest = exported.manifest
    count = (manifest["golden"] or {}).get("count", 0)
    classes = ", ".join(manifest["classes"]) or "none"
    print(
        f"{options.output}: {exported.bytes} bytes, {manifest['task']}, classes {classes}, "
        f"{count} golden inputs"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
