"""Calibrated ensembles, one-vs-rest, thresholds set around a model, and searches inside of all of
them: Swerve's decisions, labels and probabilities are scikit-learn's."""

import warnings

import numpy as np
import pytest
from conftest import assert_same, needs_swerve, plain, text_line
from data import held_out, numbers, text_labels, texts
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.metrics import fbeta_score, make_scorer
from sklearn.model_selection import (
    FixedThresholdClassifier, GridSearchCV, RandomizedSearchCV, TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, StandardScaler
from sklearn.svm import SVC, LinearSVC

from swerve_export import export

warnings.filterwarnings("ignore", category=FutureWarning)
pytestmark = needs_swerve

METHODS = ["sigmoid", "isotonic", "temperature"]
INSIDE = {
    "LinearSVC": LinearSVC(),
    "LogisticRegression": LogisticRegression(),
    "SGD": SGDClassifier(random_state=0),
    "SVC": SVC(C=2),
    "SVC linear": SVC(kernel="linear"),
    "search": GridSearchCV(LinearSVC(), {"C": [0.1, 1]}, cv=2),
    "one-vs-rest": OneVsRestClassifier(LinearSVC()),
    "threshold": FixedThresholdClassifier(LogisticRegression(), threshold=0.2),
}
TWO_ALONE = ("threshold",)


def check(swerve, path, model, rows, lines=None, decisions=None, **options):
    """Exports, registers, scores, and holds everything against scikit-learn."""
    exported = export(model, path, **options)
    lines = lines or [{"x": plain(row)} for row in rows]
    scored = swerve.score(swerve.register(path), lines)
    probabilities = None
    if hasattr(model, "predict_proba"):
        probabilities = model.predict_proba(rows)
        if probabilities.shape[1] == 2:
            probabilities = probabilities[:, exported.manifest["positive"]]
    if decisions is None:
        told = exported.manifest.get("calibration")
        decisions = probabilities if told else model.decision_function(rows)
    assert_same(scored, decisions, model.predict(rows), probabilities)
    return exported


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", INSIDE)
def test_ensembles_of_two_classes(name, method, swerve, tmp_path):
    rows, labels, _ = numbers()
    model = make_pipeline(
        StandardScaler(), CalibratedClassifierCV(INSIDE[name], method=method, cv=3))
    exported = check(swerve, tmp_path / "m.safetensors", model.fit(rows, labels), held_out())
    assert exported.manifest["calibration"]["members"] == 3
    assert exported.manifest["threshold"] == 0.5


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", [name for name in INSIDE if name not in TWO_ALONE])
@pytest.mark.parametrize("ensemble", [True, False])
def test_several_classes(name, method, ensemble, swerve, tmp_path):
    rows, labels, _ = numbers(classes=3, count=160)
    model = make_pipeline(
        StandardScaler(),
        CalibratedClassifierCV(INSIDE[name], method=method, ensemble=ensemble, cv=3))
    check(swerve, tmp_path / "m.safetensors", model.fit(rows, labels), held_out())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("ensemble", [True, False])
def test_classes_that_are_texts(method, classes, ensemble, swerve, tmp_path):
    rows, labels, _ = numbers(classes=classes, count=160)
    names = np.array(["attack", "normal", "odd"])[labels]
    model = make_pipeline(
        StandardScaler(),
        CalibratedClassifierCV(LinearSVC(), method=method, ensemble=ensemble, cv=3))
    model.fit(rows, names)
    inner = None
    if classes == 2 and not ensemble and method != "isotonic":
        # The decision of the one model is told.
        inner = model[-1].calibrated_classifiers_[0].estimator.decision_function(
            model[0].transform(held_out()))
    exported = check(
        swerve, tmp_path / "m.safetensors", model, held_out(), decisions=inner)
    assert exported.manifest["classes"] == ["attack", "normal", "odd"][:classes]


def test_one_isotonic_table_is_told_as_a_probability(swerve, tmp_path):
    rows, labels, _ = numbers()
    frozen = FrozenEstimator(make_pipeline(StandardScaler(), LinearSVC()).fit(rows, labels))
    for inner in (LinearSVC(), frozen):
        model = CalibratedClassifierCV(inner, method="isotonic", ensemble=False).fit(rows, labels)
        test = np.concatenate([held_out(), rows[:40], 1e6 * rows[:4]])
        check(swerve, tmp_path / "m.safetensors", model, test)


@pytest.mark.parametrize("method", ["sigmoid", "temperature"])
def test_one_curve_leaves_the_decision(method, swerve, tmp_path):
    rows, labels, _ = numbers()
    for machine in (LinearSVC(), SVC(), OneVsRestClassifier(LinearSVC())):
        model = CalibratedClassifierCV(machine, method=method, ensemble=False, cv=3)
        model.fit(rows / 100, labels)
        inner = model.calibrated_classifiers_[0].estimator
        check(
            swerve, tmp_path / "m.safetensors", model, held_out() / 100,
            decisions=inner.decision_function(held_out() / 100))


@pytest.mark.parametrize(
    "scalers",
    [[StandardScaler()], [MinMaxScaler(), StandardScaler()], [MaxAbsScaler()],
     [StandardScaler(), Normalizer()], [MinMaxScaler(clip=True)], [Normalizer()]],
    ids=repr,
)
@pytest.mark.parametrize("classes", [2, 3])
def test_members_with_scalers_of_their_own(scalers, classes, swerve, tmp_path):
    rows, labels, _ = numbers(classes=classes)
    model = CalibratedClassifierCV(make_pipeline(*scalers, LinearSVC()), cv=3).fit(rows, labels)
    exported = check(swerve, tmp_path / "m.safetensors", model, held_out())
    steps = exported.manifest["featurizer"]["steps"]
    is_shared = isinstance(scalers[-1], Normalizer) and len(scalers) == 1
    is_affine = not any(isinstance(step, Normalizer) or getattr(step, "clip", False)
                        for step in scalers)
    assert ("union" in steps[0]) == (not is_shared and not is_affine)
    assert len(steps) == (2 if is_shared else 1)


@pytest.mark.parametrize(
    "vectorizers",
    [[HashingVectorizer(analyzer="char", n_features=512)],
     [TfidfVectorizer(analyzer="char", ngram_range=(1, 2))],
     [TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3)), MaxAbsScaler()],
     [TfidfVectorizer(analyzer="char", ngram_range=(1, 2)), SelectKBest(chi2, k=20)]],
    ids=repr,
)
@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_members_with_vectorizers_of_their_own(vectorizers, method, swerve, tmp_path):
    train = texts(120)
    labels = text_labels(train)
    model = CalibratedClassifierCV(
        make_pipeline(*vectorizers, LinearSVC()), method=method, cv=3).fit(train, labels)
    test = texts(200)[120:]
    check(
        swerve, tmp_path / "m.safetensors", model, test, lines=[text_line(t) for t in test])


@pytest.mark.parametrize(
    "chooser", [SelectKBest(chi2, k=20), TruncatedSVD(5, random_state=0)], ids=repr)
@pytest.mark.parametrize(
    "model",
    [CalibratedClassifierCV(LinearSVC(), cv=3), OneVsRestClassifier(LogisticRegression()),
     CalibratedClassifierCV(LinearSVC(), method="isotonic", ensemble=False, cv=3)],
    ids=repr,
)
def test_selections_before_several_models(model, chooser, swerve, tmp_path):
    train = texts(120)
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 2))
    whole = make_pipeline(vectorizer, chooser, model).fit(train, text_labels(train))
    test = texts(200)[120:]
    check(swerve, tmp_path / "m.safetensors", whole, test, lines=[text_line(t) for t in test])


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(
    "inner",
    [LinearSVC(), LogisticRegression(), SGDClassifier(loss="modified_huber", random_state=0),
     RidgeClassifier(), make_pipeline(StandardScaler(), LogisticRegression()),
     GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2)],
    ids=repr,
)
def test_one_vs_rest(inner, classes, swerve, tmp_path):
    rows, labels, _ = numbers(classes=classes)
    model = OneVsRestClassifier(inner).fit(rows / 50, labels)
    check(swerve, tmp_path / "m.safetensors", model, held_out() / 50)


def test_a_row_that_no_class_wants(swerve, tmp_path):
    """scikit-learn divides nothing by nothing: modified_huber is even, one-vs-rest stays 0."""
    rows, labels, _ = numbers(classes=3)
    plain_huber = SGDClassifier(loss="modified_huber", random_state=0).fit(rows, labels)
    around = OneVsRestClassifier(SGDClassifier(loss="modified_huber", random_state=0))
    around.fit(rows, labels)
    # Far from every class.
    plain_huber.intercept_ = plain_huber.intercept_ - 1e9
    for one in around.estimators_:
        one.intercept_ = one.intercept_ - 1e9
    assert (plain_huber.predict_proba(rows[:3]) == 1 / 3).all()
    assert (around.predict_proba(rows[:3]) == 0).all()
    check(swerve, tmp_path / "a.safetensors", plain_huber, rows[:3])
    check(swerve, tmp_path / "b.safetensors", around, rows[:3])


CUTS = {
    "logistic": LogisticRegression(),
    "huber": SGDClassifier(loss="modified_huber", random_state=0),
    "no probability": LinearSVC(),
    "kernel": SVC(),
    "sigmoid": CalibratedClassifierCV(LinearSVC(), ensemble=False, cv=3),
    "ensemble": CalibratedClassifierCV(LinearSVC(), cv=3),
    "isotonic": CalibratedClassifierCV(LinearSVC(), method="isotonic", cv=3),
    "one-vs-rest": OneVsRestClassifier(LogisticRegression()),
    "pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
}


def decision_inside(model, rows):
    """What is told of a model inside of a threshold."""
    head, last = (model[:-1].transform(rows), model[-1]) if hasattr(model, "steps") else (rows, model)
    if not isinstance(last, CalibratedClassifierCV):
        return last.decision_function(head)
    if last.ensemble is False:
        return last.calibrated_classifiers_[0].estimator.decision_function(head)
    return last.predict_proba(head)[:, 1]


@pytest.mark.parametrize("name", CUTS)
@pytest.mark.parametrize("positive", [None, "attack", "normal"])
@pytest.mark.parametrize("threshold", ["auto", 0.2, 0.5, 0.8, -0.3])
def test_fixed_thresholds(name, positive, threshold, swerve, tmp_path):
    rows, labels, _ = numbers()
    labels = np.where(labels == 1, "normal", "attack")
    model = make_pipeline(
        StandardScaler(), FixedThresholdClassifier(
            CUTS[name], threshold=threshold, pos_label=positive)).fit(rows, labels)
    if positive is None and threshold != "auto":
        model[-1].pos_label = "normal"
    inner = model[-1].estimator_
    check(
        swerve, tmp_path / "m.safetensors", model, held_out(),
        decisions=decision_inside(inner, model[:-1].transform(held_out())))


@pytest.mark.parametrize("method", ["auto", "decision_function", "predict_proba"])
@pytest.mark.parametrize("name", ["logistic", "sigmoid", "ensemble", "pipeline"])
def test_tuned_thresholds(name, method, swerve, tmp_path):
    if name in ("sigmoid", "ensemble") and method == "decision_function":
        pytest.skip("a calibrated classifier has no decision function")
    rows, labels, _ = numbers()
    for scoring in ("balanced_accuracy", make_scorer(fbeta_score, beta=2, pos_label=0)):
        model = TunedThresholdClassifierCV(
            CUTS[name], scoring=scoring, response_method=method, cv=3).fit(rows / 50, labels)
        test = held_out() / 50
        check(
            swerve, tmp_path / "m.safetensors", model, test,
            decisions=decision_inside(model.estimator_, test))


def test_a_threshold_on_a_plateau_is_scikit_learns(swerve, tmp_path):
    """A probability of exactly the threshold means the positive class."""
    rows = np.linspace(-3, 3, 13)[:, None]
    labels = np.array([0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1, 1])
    inner = FrozenEstimator(LogisticRegression().fit(rows, labels))
    calibrated = CalibratedClassifierCV(inner, method="isotonic").fit(rows, labels)
    values = sorted(set(calibrated.predict_proba(rows)[:, 1]))
    for positive in (0, 1):
        for value in values:
            model = FixedThresholdClassifier(
                calibrated, threshold=value if positive else 1 - value, pos_label=positive)
            model.fit(rows, labels)
            check(
                swerve, tmp_path / "m.safetensors", model, rows,
                decisions=model.estimator_.predict_proba(rows)[:, 1])


def test_searches_at_any_depth(swerve, tmp_path):
    rows, labels, _ = numbers()
    last = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2)
    first = FrozenEstimator(StandardScaler().fit(rows))
    nested = make_pipeline(first, make_pipeline(MinMaxScaler(), last)).fit(rows, labels)
    exported = check(swerve, tmp_path / "a.safetensors", nested, held_out())
    assert any("of GridSearchCV, its best_estimator_" in r for r in exported.remarks)
    around = RandomizedSearchCV(
        make_pipeline(StandardScaler(), CalibratedClassifierCV(LinearSVC(), cv=2)),
        {"calibratedclassifiercv__estimator__C": [0.1, 1]}, n_iter=2, cv=2, random_state=0)
    check(swerve, tmp_path / "b.safetensors", around.fit(rows, labels), held_out())


def test_the_explanation_of_an_ensemble_adds_up(swerve, tmp_path):
    for classes in (2, 3):
        rows, labels, _ = numbers(classes=classes)
        model = make_pipeline(
            StandardScaler(), CalibratedClassifierCV(LinearSVC(), cv=3)).fit(rows, labels)
        path = tmp_path / f"{classes}.safetensors"
        export(model, path)
        version = swerve.register(path)
        lines = "".join(f'{{"x":{plain(row)}}}\n' for row in held_out()[:20])
        done = swerve.run("score", version, "--explain", "3", stdin=lines)
        assert done.returncode == 0, done.stderr
        import json

        for line in map(json.loads, done.stdout.splitlines()):
            told = line["explanation"]
            total = told["bias"] + told["rest"] + sum(
                part["value"] for part in told["contributions"])
            assert abs(total - line["score"]) < 1e-12 and len(told["contributions"]) == 3
