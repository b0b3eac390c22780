"""What cannot be expressed is named with its remedy, and nothing is written."""

import numpy as np
import pytest
from data import numbers, text_labels, texts
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC

from swerve_export import ExportError, export

ROWS, LABELS, VALUES = numbers()
THREE = numbers(classes=3)[1]
TEXTS = texts(60)
SIGNS = text_labels(TEXTS)


def coupled_svc():
    return SVC(probability=True, random_state=0)


class OwnScaler(StandardScaler):
    """Might compute anything."""


def gram(one, other):
    return one @ other.T


def strange_analyzer(text):
    data = text.encode() if isinstance(text, str) else text
    return [data[i : i + 1] for i in range(len(data))] + [b"extra"]


def upper(text):
    return text.upper()


MODELS = {
    "n_estimators": (RandomForestClassifier(n_estimators=3), "RandomForestClassifier is no model"),
    "ovr of kernels": (
        OneVsRestClassifier(SVC()), "OneVsRestClassifier around SVC cannot be expressed; use one",
    ),
    "opened": (RandomForestClassifier(n_estimators=3), "GridSearchCV and other searches"),
    "voting": (
        VotingClassifier([("a", LogisticRegression())], voting="soft"),
        "VotingClassifier cannot be expressed; export one of its estimators_",
    ),
    "bagging": (BaggingClassifier(LogisticRegression(), 2), "BaggingClassifier cannot be expressed"),
    "coupled": (
        FixedThresholdClassifier(coupled_svc(), threshold=0.3),
        "coupled probabilities, which cannot be expressed; use response_method='decision_function'",
    ),
    "own scaler": (
        CalibratedClassifierCV(make_pipeline(StandardScaler(), SVC()), cv=2),
        "every member has a StandardScaler of its own before its support vectors, which cannot be "
        "expressed; put the StandardScaler before CalibratedClassifierCV",
    ),
    "callable": (SVC(kernel=gram), "SVC(kernel=gram) cannot be expressed"),
    "pca": (make_pipeline(PCA(2), SVC()), "sklearn's PCA cannot be expressed"),
    "function": (
        make_pipeline(FunctionTransformer(np.abs), SVC()),
        "FunctionTransformer runs a function of its own",
    ),
    "own": (make_pipeline(OwnScaler(), SVC()), "OwnScaler cannot be expressed"),
    "max": (make_pipeline(MaxAbsScaler(clip=True), SVC()), "MaxAbsScaler(clip=True) cannot"),
    "forest": (
        CalibratedClassifierCV(RandomForestClassifier(3), ensemble=False, cv=2),
        "CalibratedClassifierCV around RandomForestClassifier",
    ),
    "weights": (
        make_pipeline(
            FeatureUnion([("a", StandardScaler())], transformer_weights={"a": 2}), SVC()
        ),
        "FeatureUnion(transformer_weights={'a': 2}) cannot be expressed",
    ),
    "columns": (
        make_pipeline(ColumnTransformer([("a", StandardScaler(), [0, 1])]), SVC()),
        "fitted on columns without names; fit it on a DataFrame",
    ),
    "late union": (
        make_pipeline(StandardScaler(), FeatureUnion([("a", StandardScaler())]), SVC()),
        "FeatureUnion is not the first step",
    ),
}
MANY = {
    "ties": (SVC(break_ties=True), "SVC(break_ties=True) cannot be expressed"),
    "calibrated votes": (
        CalibratedClassifierCV(SVC(decision_function_shape="ovo"), ensemble=False),
        "SVC(decision_function_shape='ovo') cannot be expressed; calibrate with",
    ),
}
VECTORIZERS = {
    "preprocessor": (
        HashingVectorizer(analyzer="char", preprocessor=upper),
        "HashingVectorizer(preprocessor=upper) cannot",
    ),
    "float32": (
        HashingVectorizer(analyzer="char", dtype=np.float32),
        "HashingVectorizer(dtype=float32) cannot",
    ),
    "tfidf32": (
        TfidfVectorizer(analyzer="char", dtype=np.float32),
        "TfidfVectorizer(dtype=float32) cannot",
    ),
    "long": (
        HashingVectorizer(analyzer="char", ngram_range=(1, 20)),
        "HashingVectorizer(ngram_range=(1, 20)) cannot",
    ),
    "analyzer": (HashingVectorizer(analyzer=strange_analyzer), "say so: analyzer='byte'"),
}


def refused(tmp_path, estimator, words, **options):
    path = tmp_path / "m.safetensors"
    with pytest.raises(ExportError) as caught:
        export(estimator, path, **options)
    line = str(caught.value)
    assert words in line and "\n" not in line, line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", MODELS)
def test_models(name, tmp_path):
    model, words = MODELS[name]
    refused(tmp_path, model.fit(ROWS, LABELS), words)


@pytest.mark.parametrize("name", MANY)
def test_several_classes(name, tmp_path):
    model, words = MANY[name]
    refused(tmp_path, model.fit(ROWS, THREE), words)


@pytest.mark.parametrize("name", VECTORIZERS)
def test_vectorizers(name, tmp_path):
    vectorizer, words = VECTORIZERS[name]
    refused(tmp_path, make_pipeline(vectorizer, LinearSVC()).fit(TEXTS, SIGNS), words)


def test_precomputed(tmp_path):
    refused(
        tmp_path, SVC(kernel="precomputed").fit(ROWS @ ROWS.T, LABELS),
        "SVC(kernel='precomputed') cannot be expressed",
    )


def test_an_analyzer_that_is_not_what_was_said(tmp_path):
    model = make_pipeline(HashingVectorizer(analyzer=strange_analyzer, encoding="latin-1"), SVC())
    refused(
        tmp_path, model.fit(TEXTS, SIGNS), "does not give the byte n-grams of 1 to 1",
        analyzer="byte", ngram_range=(1, 1),
    )
    plain = make_pipeline(HashingVectorizer(analyzer="char"), LinearSVC()).fit(TEXTS, SIGNS)
    refused(
        tmp_path, plain, "analyzer='byte' was said", analyzer="byte", ngram_range=(1, 3)
    )
    refused(tmp_path, plain, "ngram_range goes with analyzer='byte' alone", ngram_range=(1, 3))


def test_tfidf_of_hashes(tmp_path):
    model = make_pipeline(
        HashingVectorizer(analyzer="char", norm=None, alternate_sign=False),
        TfidfTransformer(sublinear_tf=True), LinearSVC(),
    )
    refused(
        tmp_path, model.fit(TEXTS, SIGNS),
        "TfidfTransformer(sublinear_tf=True) cannot be expressed; behind a HashingVectorizer",
    )
    model = make_pipeline(StandardScaler(), TfidfTransformer(), LinearSVC())
    refused(tmp_path, model.fit(ROWS ** 2, LABELS), "TfidfTransformer stands behind something else")


def test_an_unfitted_model(tmp_path):
    refused(tmp_path, SVC(), "SVC is not fitted; call fit")


def test_options_that_do_not_fit(tmp_path):
    model = make_pipeline(StandardScaler(), SVC()).fit(ROWS, LABELS)
    refused(tmp_path, model, "label 'a' names class '7'", labels={"a": "7"})
    refused(tmp_path, model, "two labels name the same class", labels={"a": "1", "b": "1"})
    refused(tmp_path, model, "the threshold is not a finite number", threshold=float("nan"))
    refused(tmp_path, model, "not fitted on numeric columns with names", fields=True)
    refused(tmp_path, model, "the samples have 2 columns", samples=ROWS[:, :2])
    refused(tmp_path, model, "samples do not say what records", samples=ROWS,
            source={"steps": [{"lexical": {}}]})
    refused(tmp_path, model, 'the source is no {"steps"', source={"lexical": {}})
    refused(tmp_path, model, "golden line 1 has no \"x\" of 6", golden_lines=['{"x":[1]}'])
    refused(tmp_path, model, "golden line 1 is no JSON", golden_lines=["{"])
    several = make_pipeline(StandardScaler(), SVC()).fit(ROWS, THREE)
    refused(tmp_path, several, "a threshold goes with two classes", threshold=1.0)
    text = make_pipeline(HashingVectorizer(analyzer="char"), LinearSVC()).fit(TEXTS, SIGNS)
    refused(
        tmp_path, text, "source (--source) goes with an estimator on arrays",
        source={"steps": [{"lexical": {}}]},
    )


def test_weights_that_are_not_finite(tmp_path):
    model = LinearSVC().fit(ROWS, LABELS)
    model.coef_[0, 0] = np.nan
    refused(tmp_path, model, "not finite")


def test_a_missing_file_is_no_matter_of_versions(tmp_path, capsys):
    from swerve_export.cli import main

    missing = tmp_path / "none.joblib"
    assert main([str(missing), str(tmp_path / "m.safetensors")]) == 1
    line = capsys.readouterr().err
    assert "No such file" in line and "check the path" in line and "scikit-learn" not in line
