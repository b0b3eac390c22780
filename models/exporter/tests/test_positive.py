"""`positive`: score, probability and threshold of the other of two classes; labels as ever."""

import numpy as np
import pytest
from conftest import needs_swerve, plain
from data import held_out, numbers
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC, OneClassSVM

from swerve_export import export
from swerve_export.cli import main
from swerve_export.errors import ExportError

MODELS = {
    "LogisticRegression": LogisticRegression(),
    "LinearSVC": LinearSVC(),
    "SGD log_loss": SGDClassifier(loss="log_loss", random_state=0),
    "SVC rbf": SVC(C=10),
    "SVC linear": SVC(kernel="linear"),
    "Platt": CalibratedClassifierCV(SVC(C=10), ensemble=False, cv=3),
}


def _fitted(model):
    rows, labels, _ = numbers()
    names = np.where(np.asarray(labels) == 0, "attack", "normal")
    return make_pipeline(StandardScaler(), model).fit(rows, names), rows


@needs_swerve
@pytest.mark.parametrize("name", MODELS)
def test_scores_turn_and_labels_stay(name, swerve, tmp_path):
    model, rows = _fitted(MODELS[name])
    told = {}
    for positive in (None, "attack", "normal"):
        path = tmp_path / f"{positive}.safetensors"
        exported = export(model, path, samples=rows, positive=positive)
        told[positive] = (
            exported.manifest,
            swerve.score(swerve.register(path), [{"x": plain(row)} for row in held_out()]),
        )
    labels = [str(label) for label in model.predict(held_out())]
    for manifest, lines in told.values():
        assert [line["label"] for line in lines] == labels
        of = manifest["classes"][manifest["positive"]]
        assert all(line["of"] == of for line in lines)
        if hasattr(model, "predict_proba"):
            wanted = model.predict_proba(held_out())[:, manifest["positive"]]
            assert np.abs([line["probability"] for line in lines] - wanted).max() < 1e-9
    assert told["attack"][0]["positive"] == 0 and told["normal"][0]["positive"] == 1
    scores = {key: np.array([line["score"] for line in lines]) for key, (_, lines) in told.items()}
    assert (scores["attack"] == -scores["normal"]).all()


@needs_swerve
def test_registering_turned_is_registering_and_turning(swerve, tmp_path):
    model, rows = _fitted(LogisticRegression())
    export(model, tmp_path / "plain.safetensors", samples=rows)
    export(model, tmp_path / "turned.safetensors", samples=rows, positive="attack")
    lines = [{"x": plain(row)} for row in held_out()]
    one = swerve.score(
        swerve.register(tmp_path / "plain.safetensors", "--positive", "attack"), lines
    )
    assert one == swerve.score(swerve.register(tmp_path / "turned.safetensors"), lines)


def test_a_decision_of_zero_keeps_its_label(tmp_path):
    for model, threshold in ((LogisticRegression(), -5e-324), (SVC(), 0.0)):
        fitted, _ = _fitted(model)
        exported = export(fitted, tmp_path / "m.safetensors", positive="attack")
        assert exported.manifest["threshold"] == threshold
    exported = export(fitted, tmp_path / "m.safetensors", positive="attack", threshold=0.25)
    assert exported.manifest["threshold"] == 0.25


def test_a_threshold_stays_finite(tmp_path):
    fitted, _ = _fitted(LogisticRegression())
    largest = np.finfo(np.float64).max
    rows, labels, _ = numbers()
    names = np.where(np.asarray(labels) == 0, "attack", "normal")
    # No probability reaches them, or every one does: one label for all decisions.
    for pos_label, threshold in (("normal", 2.0), ("attack", -1.0)):
        model = FixedThresholdClassifier(
            fitted, threshold=threshold, response_method="predict_proba", pos_label=pos_label)
        model.fit(rows, names)
        exported = export(model, tmp_path / "m.safetensors", samples=rows, positive="attack")
        assert exported.manifest["threshold"] == -largest
        assert set(model.predict(rows)) == {"attack"}


def test_a_label_names_the_class_too(tmp_path):
    fitted, _ = _fitted(LogisticRegression())
    exported = export(
        fitted, tmp_path / "m.safetensors", labels={"bad": "attack"}, positive="bad"
    )
    assert exported.manifest["positive"] == 0


def test_outliers_of_one_class(tmp_path):
    rows, _, _ = numbers()
    model = OneClassSVM().fit(rows)
    plain_one = export(model, tmp_path / "m.safetensors", samples=rows)
    turned = export(model, tmp_path / "n.safetensors", samples=rows, positive="-1")
    assert turned.manifest["positive"] == 1
    one, other = (bundle.tensors["golden.decision"] for bundle in (plain_one, turned))
    assert (one == -other).all()


def test_refusals(tmp_path):
    fitted, rows = _fitted(LogisticRegression())
    with pytest.raises(ExportError, match="no class 'bot'"):
        export(fitted, tmp_path / "m.safetensors", positive="bot")
    with pytest.raises(ExportError, match="label of class"):
        export(
            fitted, tmp_path / "m.safetensors", labels={"attack": "normal"}, positive="attack"
        )
    several = LogisticRegression().fit(rows, np.arange(len(rows)) % 3)
    with pytest.raises(ExportError, match="3, each with its own decision"):
        export(several, tmp_path / "m.safetensors", positive="1", without_probability=True)
    with pytest.raises(ExportError, match="this model has none"):
        regression = LinearRegression().fit(rows, rows[:, 0])
        export(regression, tmp_path / "m.safetensors", positive="1")
    assert not (tmp_path / "m.safetensors").exists()


def test_the_option(tmp_path, capsys):
    import joblib

    fitted, _ = _fitted(LogisticRegression())
    joblib.dump(fitted, tmp_path / "m.joblib")
    arguments = [str(tmp_path / "m.joblib"), str(tmp_path / "m.safetensors")]
    assert main([*arguments, "--positive", "attack"]) == 0
    assert main([*arguments, "--positive", "bot"]) == 1
    assert "no class 'bot'" in capsys.readouterr().err
