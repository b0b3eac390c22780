"""Where models live: joblib and pickle files, skops files, and models of MLflow.

Each source gives the estimator and what is known of its training, which goes into the bundle and
from there into `swerve register`.
"""

import math
import os
import pathlib
import re
import tempfile
import warnings
import zipfile

from .errors import ExportError

# The registry's bounds: entries, bytes of a name, bytes of a value, bytes of a note.
ENTRIES_MAX = 200
NAME_BYTES_MAX = 128
VALUE_BYTES_MAX = 1_024
NOTE_BYTES_MAX = 4_096
# A skops file is a zip archive, which may announce anything.
SKOPS_BYTES_MAX = 4 << 30
TYPES_SHOWN = 8
# What fitted pipelines hold besides the estimators that skops trusts: data and names of functions,
# none of which is called while a file is read.
KNOWN_TYPES = frozenset(
    [
        "numpy.dtype", "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration", "sklearn.metrics._scorer._PassthroughScorer",
    ]
    + [
        f"sklearn.model_selection._split.{name}"
        for name in (
            "KFold", "StratifiedKFold", "GroupKFold", "TimeSeriesSplit", "ShuffleSplit",
            "StratifiedShuffleSplit", "RepeatedKFold", "RepeatedStratifiedKFold",
        )
    ]
    + [
        f"sklearn.feature_selection._univariate_selection.{name}"
        for name in ("f_classif", "f_regression", "f_oneway", "chi2", "r_regression")
    ]
)
MLMODEL = "MLmodel"
URI = re.compile(r"^(models|runs):/+(.+)$")
PICKLE_WARNING = (
    "reading a pickle runs the code in it: export only what you made or trust"
)


class Training:
    """What is known of a training: the lineage, metrics, tags and note of a version."""

    def __init__(self):
        self.lineage = {}
        self.metrics = {}
        self.tags = {}
        self.note = ""
        self.remarks = []

    def say(self, field, value):
        """One field of the lineage, as `swerve register` knows them; empty ones are left out."""
        if value:
            self.lineage[field] = self._bounded(str(value), VALUE_BYTES_MAX, field)

    def tag(self, name, value):
        name = _text(name)
        if value is None or value == "" or not self._has_room(self.tags, name, "tag"):
            return
        self.tags[name] = self._bounded(str(value), VALUE_BYTES_MAX, f"tag {name}")

    def metric(self, name, value):
        name = _text(name)
        if not self._has_room(self.metrics, name, "metric"):
            return
        if not math.isfinite(value):
            self.remarks.append(f"metric {name} is no finite number, and is left out")
            return
        self.metrics[name] = float(value)

    def describe(self, note):
        if note:
            self.note = self._bounded(str(note), NOTE_BYTES_MAX, "the description")

    def manifest(self):
        """The keys of a bundle's `training` that `swerve register` takes up."""
        return {"lineage": self.lineage, "metrics": self.metrics, "tags": self.tags}

    def _has_room(self, entries, name, kind):
        if not name or len(name.encode()) > NAME_BYTES_MAX:
            self.remarks.append(
                f"a {kind} whose name has more than {NAME_BYTES_MAX} bytes is left out"
            )
            return False
        if name not in entries and len(entries) >= ENTRIES_MAX:
            self.remarks.append(f"of the {kind}s the first {ENTRIES_MAX} are taken")
            return False
        return True

    def _bounded(self, text, most, what):
        text = _text(text)
        data = text.encode()
        if len(data) <= most:
            return text
        self.remarks.append(f"{what} has more than {most} bytes, and is cut")
        return data[: most - 3].decode("utf-8", "ignore") + "…"


def _text(value):
    """What can be written as UTF-8: half of a surrogate pair cannot."""
    return str(value).encode("utf-8", "replace").decode()


class Loaded:
    """An estimator, what is known of its training, and what is worth saying."""

    def __init__(self, estimator, training=None, warnings=()):
        self.estimator = estimator
        self.training = training
        self.warnings = list(warnings)


def load(source, *, trusted=(), tracking_uri=None, warn=None):
    """Reads the estimator that `source` names: a file, a folder or URI of MLflow.

    trusted: names of types that a skops file may hold besides those that skops trusts itself.
    tracking_uri: MLflow's server or store, for this process in place of MLFLOW_TRACKING_URI.
    warn: is told in one line that code is about to run; without, that is one of the warnings.

    Raises ExportError, one line.
    """
    source = os.fspath(source)
    if re.match(r"^[a-z][a-z0-9+.-]*:/", source):
        return _of_uri(source, trusted, tracking_uri, warn)
    if os.path.isdir(source):
        if not os.path.isfile(os.path.join(source, MLMODEL)):
            raise ExportError(
                f"{source} is a folder without the file {MLMODEL}, so it is no model of MLflow",
                "name the model's own file",
            )
        return _of_folder(source, Training(), trusted, warn)
    if _must_be_skops(source) or _is_skops(source):
        return Loaded(_skops(source, trusted))
    estimator, caught = _joblib(source)
    return Loaded(estimator, warnings=caught)


# MLflow


def _of_uri(uri, trusted, tracking_uri, warn):
    if not URI.match(uri):
        raise ExportError(
            f"{uri} is no URI of a model of MLflow",
            "write models:/NAME/VERSION, models:/NAME@ALIAS or runs:/RUN_ID/PATH, or name a file",
        )
    mlflow = _mlflow(f"reading {uri}")
    if tracking_uri is not None:
        # Of the whole process: what MLflow calls on the way looks nowhere else.
        mlflow.set_tracking_uri(tracking_uri)
    training = Training()
    with warnings.catch_warnings():
        # Of its own next release: nothing that a user of this program could do about.
        warnings.simplefilter("ignore", FutureWarning)
        client = _called(uri, lambda: mlflow.MlflowClient())
        exact = _called(uri, lambda: _resolved(uri, client, training))
        with tempfile.TemporaryDirectory(prefix="swerve-export-") as folder:
            path = _called(
                uri,
                lambda: mlflow.artifacts.download_artifacts(artifact_uri=exact, dst_path=folder),
            )
            return _of_folder(path, training, trusted, warn, name=exact)


def _called(uri, call):
    """What MLflow gives; its errors in one line."""
    try:
        return call()
    except ExportError:
        raise
    except Exception as error:
        words = " ".join(str(error).split())[:300] or type(error).__name__
        raise ExportError(
            f"{uri} cannot be read: {words}",
            "check the name, and the server in MLFLOW_TRACKING_URI or --tracking-uri",
        ) from error


def _mlflow(act):
    try:
        import mlflow
        import mlflow.artifacts
    except ImportError as error:
        raise ExportError(
            f"{act}: the Python package mlflow is missing",
            "pip install 'swerve-export[mlflow]'",
        ) from error
    return mlflow


def _resolved(uri, client, training):
    """The URI with a number in the place of an alias; what MLflow knows goes to `training`."""
    kind, rest = URI.match(uri).groups()
    if kind == "runs":
        run_id, _, path = rest.strip("/").partition("/")
        if not path:
            raise ExportError(
                f"{uri} names a run and no model in it", "write runs:/RUN_ID/PATH"
            )
        training.tag("mlflow.source", uri)
        _say_run(client.get_run(run_id), training)
        return uri
    return _of_registry(uri, rest.strip("/"), client, training)


def _of_registry(uri, rest, client, training):
    name, alias, version = rest, None, None
    if "@" in rest:
        name, _, alias = rest.rpartition("@")
    elif "/" in rest:
        name, _, version = rest.rpartition("/")
    elif rest.startswith("m-") and hasattr(client, "get_logged_model"):
        return _of_logged_model(uri, rest, client, training)
    if not name or not (alias or version):
        raise ExportError(
            f"{uri} names no version", "write models:/NAME/VERSION or models:/NAME@ALIAS"
        )
    if alias:
        found = client.get_model_version_by_alias(name, alias)
    elif version.isdigit():
        found = client.get_model_version(name, version)
    elif version.lower() == "latest":
        versions = client.search_model_versions(f"name='{name}'")
        if not versions:
            raise ExportError(f"{uri} has no version", "check its name")
        found = max(versions, key=lambda each: int(each.version))
    else:
        versions = client.get_latest_versions(name, [version])
        if not versions:
            raise ExportError(
                f"{uri}: no version is in stage {version}", "write models:/NAME/VERSION"
            )
        found = versions[0]
    exact = f"models:/{name}/{found.version}"
    training.tag("mlflow.model", name)
    training.tag("mlflow.model_version", found.version)
    training.tag("mlflow.source", exact)
    training.tag("mlflow.run_id", found.run_id)
    if found.run_id:
        # A run may have been deleted since, and the version is still the one that was meant.
        try:
            _say_run(client.get_run(found.run_id), training)
        except Exception as error:
            words = " ".join(str(error).split())[:200]
            training.remarks.append(f"run {found.run_id} tells nothing: {words}")
    training.describe(getattr(found, "description", None))
    for key, value in sorted((found.tags or {}).items()):
        if not key.startswith("mlflow."):
            training.tag(key, value)
    return exact


def _of_logged_model(uri, model_id, client, training):
    """A model of MLflow 3 that is in no registry: `models:/m-…`."""
    found = client.get_logged_model(model_id)
    training.tag("mlflow.model_id", model_id)
    training.tag("mlflow.source", uri)
    run_id = getattr(found, "source_run_id", None)
    if run_id:
        _say_run(client.get_run(run_id), training)
    for key, value in sorted((found.params or {}).items()):
        training.tag(f"param.{key}", value)
    for metric in found.metrics or []:
        training.metric(metric.key, metric.value)
    for key, value in sorted((found.tags or {}).items()):
        if not key.startswith("mlflow."):
            training.tag(key, value)
    return uri


def _say_run(run, training):
    tags = dict(run.data.tags)
    training.tag("mlflow.run_id", run.info.run_id)
    training.tag("mlflow.run_name", tags.get("mlflow.runName"))
    training.tag("mlflow.experiment_id", run.info.experiment_id)
    training.say("code_revision", tags.get("mlflow.source.git.commit"))
    training.say("author", tags.get("mlflow.user") or getattr(run.info, "user_id", None))
    training.say("training_data", _datasets(run))
    training.tag("mlflow.source_name", tags.get("mlflow.source.name"))
    training.describe(tags.get("mlflow.note.content"))
    for name, value in sorted(run.data.metrics.items()):
        training.metric(name, value)
    for name, value in sorted(tags.items()):
        if not name.startswith("mlflow."):
            training.tag(name, value)
    for name, value in sorted(run.data.params.items()):
        training.tag(f"param.{name}", value)


def _datasets(run):
    """The data that a run says it was trained on: names with their digests."""
    inputs = getattr(getattr(run, "inputs", None), "dataset_inputs", None) or []
    named = [each.dataset for each in inputs if getattr(each, "dataset", None)]
    return ", ".join(sorted(f"{each.name} {each.digest}" for each in named))


def _of_folder(folder, training, trusted, warn, name=None):
    """The scikit-learn model in a folder with the file MLmodel."""
    shown = name or os.fspath(folder)
    manifest = _mlmodel(folder, shown)
    flavors = manifest.get("flavors")
    flavors = flavors if isinstance(flavors, dict) else {}
    flavor = flavors.get("sklearn")
    if not isinstance(flavor, dict):
        names = ", ".join(sorted(str(key) for key in flavors)) or "none"
        raise ExportError(
            f"{shown} is no scikit-learn model: its flavors are {names}",
            "give the ONNX file itself to swerve register" if "onnx" in flavors
            else "log it with mlflow.sklearn.log_model",
        )
    pickled = flavor.get("pickled_model")
    file = _inside(folder, pickled, shown)
    training.say("tool", "scikit-learn")
    training.say("tool_version", flavor.get("sklearn_version"))
    for key, field in [
        ("mlflow.run_id", "run_id"), ("mlflow.model_id", "model_id"),
        ("mlflow.version", "mlflow_version"),
    ]:
        value = manifest.get(field)
        if key not in training.tags and isinstance(value, (str, int, float)):
            training.tag(key, value)
    is_skops = flavor.get("serialization_format") == "skops" or _must_be_skops(pickled)
    if is_skops or _must_be_skops(file) or _is_skops(file):
        return Loaded(_skops(file, trusted), training)
    warning = f"{shown}: {PICKLE_WARNING}"
    if warn is not None:
        # Whatever runs then cannot take it back.
        warn(warning)
    estimator, caught = _joblib(file)
    return Loaded(estimator, training, caught if warn is not None else [warning, *caught])


def _mlmodel(folder, shown):
    try:
        import yaml
    except ImportError as error:
        raise ExportError(
            f"reading {shown}: the Python package PyYAML is missing",
            "pip install 'swerve-export[mlflow]'",
        ) from error
    path = os.path.join(folder, MLMODEL)
    try:
        with open(path, encoding="utf-8") as file:
            manifest = yaml.safe_load(file.read(1 << 20))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        words = " ".join(str(error).split())[:200]
        raise ExportError(f"{shown}: {MLMODEL} cannot be read: {words}") from error
    if not isinstance(manifest, dict):
        raise ExportError(f"{shown}: {MLMODEL} is no mapping of keys to values")
    return manifest


def _inside(folder, name, shown):
    """A file of the folder; MLmodel is somebody else's and may name any."""
    if not isinstance(name, str) or not name:
        raise ExportError(f"{shown}: {MLMODEL} names no pickled_model of its sklearn flavor")
    root = pathlib.Path(folder).resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise ExportError(f"{shown}: {MLMODEL} names {name!r}, which is no file of the model")
    return os.fspath(path)


# Files


def _must_be_skops(path):
    """Whether a file says by its name that reading it runs no code."""
    return os.fspath(path).lower().endswith(".skops")


def _is_skops(path):
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "schema.json" in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def _skops(path, trusted):
    if not os.path.isfile(path):
        raise ExportError(f"{path} cannot be read: there is no such file", "check the path")
    if not _is_skops(path):
        raise ExportError(
            f"{path} should be a skops file and is none; it may be a pickle, which runs code",
            "write it with skops.io.dump",
        )
    try:
        import skops.io
    except ImportError as error:
        raise ExportError(
            f"reading {path}: the Python package skops is missing",
            "pip install 'swerve-export[skops]'",
        ) from error
    with zipfile.ZipFile(path) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > SKOPS_BYTES_MAX:
        raise ExportError(
            f"{path} unpacks to {size} bytes, more than {SKOPS_BYTES_MAX >> 30} GiB",
            "train with fewer features or support vectors",
        )
    trusted = set(trusted) | KNOWN_TYPES
    try:
        unknown = sorted(set(skops.io.get_untrusted_types(file=path)) - trusted)
        if unknown:
            shown = ", ".join(unknown[:TYPES_SHOWN]) + (
                f" and {len(unknown) - TYPES_SHOWN} more" if len(unknown) > TYPES_SHOWN else ""
            )
            raise ExportError(
                f"{path} holds types that skops does not trust: {shown}",
                "look at what they do, and name each with --trust TYPE",
            )
        return skops.io.load(path, trusted=sorted(trusted))
    except ExportError:
        raise
    except Exception as error:
        words = " ".join(str(error).split())[:300]
        raise ExportError(
            f"{path} cannot be read: {type(error).__name__}: {words}",
            "read it with the skops and scikit-learn that wrote it",
        ) from error


def _joblib(path):
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
            remedy = "name its folder in PYTHONPATH"
            if error.name == "cloudpickle":
                remedy = "pip install 'swerve-export[mlflow]'"
            raise ExportError(f"{path} cannot be read: {error}", remedy) from error
        except Exception as error:
            raise ExportError(
                f"{path} cannot be read: {type(error).__name__}: {error}",
                "read it with the scikit-learn that wrote it",
            ) from error
    return estimator, [" ".join(str(warning.message).split()) for warning in caught]
