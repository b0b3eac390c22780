"""swerve-export IN.joblib OUT.safetensors"""

import argparse
import json
import sys
import warnings

from . import __version__
from .bundle import export
from .errors import ExportError

DESCRIPTION = """\
Writes a fitted scikit-learn estimator or pipeline (joblib or pickle) as one safetensors bundle:
featurizer, weights, labels, golden inputs with scikit-learn's own decisions, library versions.
What cannot be expressed is named, and nothing is written then.

Reading a pickle runs the code in it: export only files that you made or trust. Swerve itself never
reads pickles, and reading a bundle runs no code.
"""

EPILOG = """\
example:
  swerve-export model.joblib model.safetensors --label attack=1 --label normal=0
  swerve register model.safetensors --model http-anomaly
"""


def _parser():
    parser = argparse.ArgumentParser(
        prog="swerve-export", description=DESCRIPTION, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("input", metavar="IN.joblib", help="what joblib.dump or pickle.dump wrote")
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
    parser.add_argument("--note", default="", help="what people should know of the training")
    parser.add_argument(
        "--without-probability", action="store_true",
        help="leave out probabilities, where they cannot be expressed",
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


def _load(path):
    """The estimator, and what scikit-learn warns of while it is read."""
    import joblib

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            estimator = joblib.load(path)
        except OSError as error:
            raise ExportError(
                f"{path} cannot be read: {error.strerror or error}", "check the path"
            ) from error
        except ModuleNotFoundError as error:
            raise ExportError(
                f"{path} cannot be read: {error}", "name its folder in PYTHONPATH"
            ) from error
        except Exception as error:
            raise ExportError(
                f"{path} cannot be read: {type(error).__name__}: {error}",
                "read it with the scikit-learn that wrote it",
            ) from error
    for warning in caught:
        _say(f"warning: {' '.join(str(warning.message).split())}")
    return estimator


def _say(line):
    print(f"swerve-export: {line}", file=sys.stderr)


def main(arguments=None):
    """Exit code 0, 1 with one line on stderr, or 2 for usage."""
    options = _parser().parse_args(arguments)
    try:
        keywords = dict(
            golden_lines=_lines(options.golden), analyzer=options.analyzer,
            ngram_range=_ngram_range(options.ngram_range), source=_source(options.source),
            fields=options.fields, labels=_labels(options.label), threshold=options.threshold,
            note=options.note, without_probability=options.without_probability,
        )
        exported = export(_load(options.input), options.output, **keywords)
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
