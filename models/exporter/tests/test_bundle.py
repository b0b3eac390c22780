"""The file itself, and the command that writes it."""

import json
import os
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
from conftest import assert_same, needs_swerve
from data import numbers, text_labels, texts
from safetensors import safe_open
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from swerve_export import export
from swerve_export.cli import main

ROWS, LABELS, _ = numbers()
MODEL = make_pipeline(StandardScaler(), SVC()).fit(ROWS, LABELS)


def read(path):
    with safe_open(path, "numpy") as file:
        return json.loads(file.metadata()["swerve"]), {k: file.get_tensor(k) for k in file.keys()}


def test_what_it_holds(tmp_path):
    path = tmp_path / "m.safetensors"
    export(MODEL, path, samples=ROWS, note="for the tests")
    manifest, tensors = read(path)
    assert manifest["schema"] == 1 and manifest["task"] == "classification"
    assert manifest["classes"] == ["0", "1"] and manifest["positive"] == 1
    assert manifest["training"]["note"] == "for the tests"
    assert set(manifest["versions"]) >= {"scikit-learn", "numpy", "python", "exporter"}
    assert manifest["golden"]["count"] == len(ROWS)
    assert np.array_equal(tensors["golden.dense"], ROWS)
    assert np.array_equal(tensors["golden.decision"][:, 0], MODEL.decision_function(ROWS))
    assert np.array_equal(tensors["kernel.vectors"], MODEL[-1].support_vectors_)
    assert tensors["kernel.vectors"].dtype == np.float64


def test_the_same_model_gives_the_same_bytes(tmp_path):
    export(MODEL, tmp_path / "a.safetensors")
    export(MODEL, tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_at_most_256_samples_are_taken(tmp_path):
    rows = np.tile(ROWS, (10, 1))
    manifest = export(MODEL, tmp_path / "m.safetensors", samples=rows).manifest
    assert manifest["golden"]["count"] == 256


def test_an_old_file_stays_when_the_export_fails(tmp_path, capsys):
    path = tmp_path / "m.safetensors"
    path.write_bytes(b"old")
    joblib.dump(SVC(), tmp_path / "unfitted.joblib")
    assert main([str(tmp_path / "unfitted.joblib"), str(path)]) == 1
    assert capsys.readouterr().err == "swerve-export: SVC is not fitted; call fit, then export\n"
    assert path.read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["m.safetensors", "unfitted.joblib"]


@pytest.mark.parametrize("dump", [joblib.dump, lambda m, p: pickle.dump(m, open(p, "wb"))])
def test_the_command(dump, tmp_path, capsys):
    source = tmp_path / "model.joblib"
    dump(MODEL, source)
    out = tmp_path / "m.safetensors"
    assert main([str(source), str(out), "--label", "attack=1", "--threshold", "0.5"]) == 0
    assert "classification, classes 0, 1, 64 golden inputs" in capsys.readouterr().out
    manifest, _ = read(out)
    assert manifest["labels"] == {"attack": "1"} and manifest["threshold"] == 0.5


def test_files_that_cannot_be_read(tmp_path, capsys):
    missing = str(tmp_path / "none.joblib")
    assert main([missing, str(tmp_path / "m.safetensors")]) == 1
    line = capsys.readouterr().err
    assert line.startswith(f"swerve-export: {missing} cannot be read") and line.count("\n") == 1
    broken = tmp_path / "broken.joblib"
    broken.write_bytes(b"\x80\x04 no pickle")
    assert main([str(broken), str(tmp_path / "m.safetensors")]) == 1
    joblib.dump(MODEL, broken)
    assert main([str(broken), str(tmp_path / "nowhere" / "m.safetensors")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_another_version_of_scikit_learn_is_said(tmp_path, capsys):
    data = pickle.dumps(LinearSVC().fit(ROWS, LABELS))
    import sklearn

    version = sklearn.__version__.encode()
    other = b"0.0.1".ljust(len(version), b"0")[: len(version)]
    assert version in data
    (tmp_path / "old.joblib").write_bytes(data.replace(version, other))
    assert main([str(tmp_path / "old.joblib"), str(tmp_path / "m.safetensors")]) == 0
    assert "swerve-export: warning: Trying to unpickle" in capsys.readouterr().err


def test_help_says_that_pickles_run_code():
    done = subprocess.run(
        [sys.executable, "-m", "swerve_export.cli", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0 and "Reading a pickle runs the code in it" in done.stdout


def test_strict_decoding_is_said(tmp_path):
    data = texts(40)
    model = make_pipeline(HashingVectorizer(analyzer="char"), LinearSVC())
    exported = export(model.fit(data, text_labels(data)), tmp_path / "m.safetensors")
    assert any("decode_error='strict'" in remark for remark in exported.remarks)


@needs_swerve
def test_another_source(tmp_path, swerve):
    """Numbers that come out of the record's own fields, with golden lines of both."""
    names = [f"f{place}" for place in range(6)]
    source = {"steps": [{"fields": {"names": names}}]}
    lines = [
        json.dumps(dict(zip(names, row)) | {"x": list(row)}) for row in ROWS[:40].tolist()
    ]
    path = tmp_path / "m.safetensors"
    manifest = export(MODEL, path, source=source, golden_lines=lines).manifest
    assert manifest["featurizer"]["steps"][0] == source["steps"][0]
    records = [dict(zip(names, row)) for row in ROWS.tolist()]
    scored = swerve.score(swerve.register(path), records)
    assert_same(scored, MODEL.decision_function(ROWS), MODEL.predict(ROWS))


@needs_swerve
def test_golden_inputs_are_checked_at_registration(tmp_path, swerve):
    from safetensors.numpy import save_file

    path = tmp_path / "m.safetensors"
    export(MODEL, path)
    manifest, tensors = read(path)
    tensors["golden.decision"][3] += 1e-6
    save_file(tensors, path, metadata={"swerve": json.dumps(manifest)})
    done = swerve.run("register", str(path), "--model", "wrong")
    assert done.returncode == 1 and "golden input 4" in done.stderr
