"""Models out of MLflow and skops files, with what is known of their training."""

import json
import pickle
import zipfile

import joblib
import pytest
from conftest import assert_same, needs_swerve
from data import numbers
from safetensors import safe_open
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from swerve_export import ExportError, sources
from swerve_export.cli import main

ROWS, LABELS, _ = numbers()
MODEL = make_pipeline(StandardScaler(), LinearSVC()).fit(ROWS, LABELS)


def training(path):
    with safe_open(path, "numpy") as file:
        return json.loads(file.metadata()["swerve"])["training"]


def save(folder, **flavor):
    """A folder as mlflow.sklearn.save_model writes it."""
    folder.mkdir()
    (folder / "model.pkl").write_bytes(pickle.dumps(MODEL))
    fields = {"pickled_model": "model.pkl", "sklearn_version": "1.9.1", **flavor}
    lines = "".join(f"    {key}: {json.dumps(value)}\n" for key, value in fields.items())
    (folder / "MLmodel").write_text(
        f"flavors:\n  sklearn:\n{lines}run_id: 0a1b\nmlflow_version: 3.1.0\n"
    )
    return folder


def refused(source, *options, capsys, tmp_path):
    out = tmp_path / "refused.safetensors"
    assert main([str(source), str(out), *options]) == 1
    assert not out.exists()
    error = capsys.readouterr().err
    assert error.startswith("swerve-export: ") and error.count("\n") == 1, error
    return error


def test_a_folder_of_mlflow(tmp_path, capsys):
    pytest.importorskip("yaml")
    out = tmp_path / "m.safetensors"
    assert main([str(save(tmp_path / "model")), str(out)]) == 0
    told = training(out)
    assert told["lineage"] == {"tool": "scikit-learn", "tool_version": "1.9.1"}
    assert told["tags"] == {"mlflow.run_id": "0a1b", "mlflow.version": "3.1.0"}
    assert "warning: " in capsys.readouterr().err


@needs_swerve
def test_what_is_known_is_registered(tmp_path, swerve):
    loaded = sources.Training()
    loaded.say("author", "ada")
    loaded.metric("auc", 0.75)
    loaded.metric("loss", float("nan"))
    loaded.tag("team", "waf")
    loaded.tag("param.C", 0.5)
    loaded.describe("for the tests")
    from swerve_export import export

    out = tmp_path / "m.safetensors"
    export(MODEL, out, samples=ROWS, training=loaded)
    version = swerve.register(out, "--tag", "team=edge", "--code-revision", "abc")
    shown = json.loads(swerve.run("show", version, "--json").stdout)
    assert shown["note"] == "for the tests"
    assert shown["metrics"] == {"auc": 0.75}
    assert shown["tags"] == {"team": "edge", "param.C": "0.5"}
    assert shown["lineage"] == {"author": "ada", "code_revision": "abc"}
    assert_same(
        swerve.score(version, [{"x": list(map(float, row))} for row in ROWS]),
        MODEL.decision_function(ROWS), MODEL.predict(ROWS),
    )


def test_what_is_said_is_bounded():
    told = sources.Training()
    for place in range(300):
        told.tag(f"t{place:03}", "é" * 2_000)
        told.metric(f"m{place:03}", place)
    told.tag("x" * 200, "long name")
    told.tag("\ud800", "half a pair")
    told.describe("ä" * 5_000)
    assert len(told.tags) == sources.ENTRIES_MAX and len(told.metrics) == sources.ENTRIES_MAX
    assert all(len(value.encode()) <= sources.VALUE_BYTES_MAX for value in told.tags.values())
    assert len(told.note.encode()) <= sources.NOTE_BYTES_MAX and told.note.endswith("…")
    json.dumps(told.manifest(), ensure_ascii=False).encode()


@pytest.mark.parametrize("name", ["../outside.pkl", "/etc/passwd", "none.pkl", 7, None, ""])
def test_a_file_outside_the_folder_is_refused(name, tmp_path, capsys):
    pytest.importorskip("yaml")
    (tmp_path / "outside.pkl").write_bytes(pickle.dumps(MODEL))
    folder = save(tmp_path / "model", pickled_model=name)
    assert "MLmodel names" in refused(folder, capsys=capsys, tmp_path=tmp_path)


@pytest.mark.parametrize(
    "text, words",
    [
        ("flavors:\n  python_function: {}\n  xgboost: {}\n", "python_function, xgboost"),
        ("flavors:\n  onnx: {}\n", "swerve register"), ("flavors: 7\n", "none"),
        ("[]", "no mapping"), ("a: [", "cannot be read"),
    ],
)
def test_other_flavors_are_named(text, words, tmp_path, capsys):
    pytest.importorskip("yaml")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "MLmodel").write_text(text)
    assert words in refused(tmp_path / "model", capsys=capsys, tmp_path=tmp_path)


@pytest.mark.parametrize(
    "source, words",
    [
        ("s3://bucket/model", "models:/NAME/VERSION"), ("models:", "cannot be read"),
        (".", "without the file MLmodel"), ("none.joblib", "check the path"),
    ],
)
def test_what_is_no_source(source, words, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in refused(source, capsys=capsys, tmp_path=tmp_path)


class Stranger(LinearSVC):
    """A type that nobody trusts."""


def test_skops(tmp_path, capsys):
    skops_io = pytest.importorskip("skops.io")
    path = tmp_path / "m.skops"
    skops_io.dump(MODEL, path)
    out, other = tmp_path / "m.safetensors", tmp_path / "j.safetensors"
    assert main([str(path), str(out)]) == 0
    joblib.dump(MODEL, tmp_path / "m.joblib")
    assert main([str(tmp_path / "m.joblib"), str(other)]) == 0
    assert out.read_bytes() == other.read_bytes()
    skops_io.dump(Stranger().fit(ROWS, LABELS), path)
    capsys.readouterr()
    error = refused(path, capsys=capsys, tmp_path=tmp_path)
    assert "test_sources.Stranger" in error and "--trust" in error
    # The type passes then, and is no estimator that can be expressed.
    error = refused(
        path, "--trust", "test_sources.Stranger", capsys=capsys, tmp_path=tmp_path
    )
    assert "Stranger" in error and "trust" not in error


@pytest.mark.parametrize(
    "model",
    [
        CalibratedClassifierCV(LinearSVC(), ensemble=False),
        GridSearchCV(
            make_pipeline(StandardScaler(), SVC()), {"svc__C": [1, 2]}, cv=StratifiedKFold(3)
        ),
    ],
)
def test_what_usual_models_hold_is_trusted(model, tmp_path):
    skops_io = pytest.importorskip("skops.io")
    path = tmp_path / "m.skops"
    skops_io.dump(model.fit(ROWS, LABELS), path)
    assert main([str(path), str(tmp_path / "m.safetensors")]) == 0


class Runs:
    """Says so when it is read out of a pickle."""

    def __reduce__(self):
        return print, ("code runs",)


def test_what_is_called_skops_is_never_a_pickle(tmp_path, capsys):
    path = tmp_path / "m.skops"
    path.write_bytes(pickle.dumps(Runs()))
    assert "should be a skops file" in refused(path, capsys=capsys, tmp_path=tmp_path)
    error = refused(tmp_path / "none.SKOPS", capsys=capsys, tmp_path=tmp_path)
    assert "there is no such file" in error
    pytest.importorskip("yaml")
    for name, fields in [("m.skops", {}), ("m.pkl", {"serialization_format": "skops"})]:
        folder = save(tmp_path / name.replace(".", "-"), pickled_model=name, **fields)
        (folder / name).write_bytes(pickle.dumps(Runs()))
        with pytest.raises(ExportError, match="should be a skops file"):
            sources.load(folder)
    assert "code runs" not in capsys.readouterr().out


def test_a_warning_comes_before_the_code(tmp_path, capsys):
    pytest.importorskip("yaml")
    folder = save(tmp_path / "model")
    (folder / "model.pkl").write_bytes(pickle.dumps(Runs()))
    sources.load(folder, warn=print)
    said = capsys.readouterr().out.splitlines()
    assert sources.PICKLE_WARNING in said[0] and said[1:] == ["code runs"]
    assert sources.PICKLE_WARNING in sources.load(folder).warnings[0]


def test_a_damaged_skops_file(tmp_path, capsys):
    pytest.importorskip("skops.io")
    path = tmp_path / "m.skops"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schema.json", '{"__class__": "x"}')
    assert "cannot be read" in refused(path, capsys=capsys, tmp_path=tmp_path)


@pytest.fixture
def store(tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    pytest.importorskip("mlflow.sklearn")
    pytest.importorskip("sqlalchemy")
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.set_registry_uri(f"sqlite:///{tmp_path}/mlflow.db")
    return mlflow


def test_a_registry_of_mlflow(store, tmp_path, capsys):
    with store.start_run() as run:
        store.log_param("C", 1.0)
        store.log_metrics({"auc": 0.5, "f1": float("nan")})
        store.set_tags({"team": "waf", "mlflow.source.git.commit": "abc123"})
        logged = store.sklearn.log_model(
            MODEL, name="model", registered_model_name="http-anomaly",
            serialization_format="cloudpickle",
        )
    client = store.MlflowClient()
    client.set_registered_model_alias("http-anomaly", "champion", "1")
    client.update_model_version("http-anomaly", "1", description="the first")
    client.set_model_version_tag("http-anomaly", "1", "reviewed", "yes")
    run_id = run.info.run_id
    written = {}
    for uri in [
        "models:/http-anomaly/1", "models:/http-anomaly@champion", "models:/http-anomaly/latest",
        f"runs:/{run_id}/model", logged.model_uri,
    ]:
        out = tmp_path / "m.safetensors"
        assert main([uri, str(out)]) == 0, capsys.readouterr().err
        written[uri] = out.read_bytes()
        told = training(out)
        assert told["tags"]["mlflow.run_id"] == run_id, uri
        assert told["tags"]["param.C"] == "1.0" and told["tags"]["team"] == "waf"
        assert told["metrics"]["auc"] == 0.5
        assert told["lineage"]["code_revision"] == "abc123"
    # An alias is the version that it names.
    assert len({written[uri] for uri in list(written)[:3]}) == 1
    assert main(["models:/http-anomaly@champion", str(out)]) == 0
    told = training(out)
    assert told["note"] == "the first" and told["tags"]["reviewed"] == "yes"
    assert told["tags"]["mlflow.model"] == "http-anomaly"
    assert told["tags"]["mlflow.model_version"] == "1"
    assert told["tags"]["mlflow.source"] == "models:/http-anomaly/1"
    capsys.readouterr()
    for uri in [
        "models:/http-anomaly/9", "models:/none/1", "models:/http-anomaly@none",
        "models:/http-anomaly", f"runs:/{run_id}", "runs:/none/model",
    ]:
        refused(uri, capsys=capsys, tmp_path=tmp_path)


def test_without_mlflow_the_extra_is_named(tmp_path, capsys, monkeypatch):
    import builtins

    real = builtins.__import__

    def missing(name, *arguments, **keywords):
        if name.split(".")[0] in ("mlflow", "skops", "yaml"):
            raise ImportError(name)
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", missing)
    folder = save(tmp_path / "model")
    path = tmp_path / "m.skops"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schema.json", "{}")
    for source, extra in [("models:/m/1", "mlflow"), (folder, "mlflow"), (path, "skops")]:
        with pytest.raises(ExportError, match=rf"swerve-export\[{extra}\]"):
            sources.load(str(source))
