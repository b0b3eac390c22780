"""Every kind of model on arrays of numbers: Swerve's decisions, labels and probabilities are
scikit-learn's."""

import warnings

import numpy as np
import pytest
from conftest import assert_same, needs_swerve, plain
from data import held_out, numbers
from scipy.sparse import csr_matrix
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import (
    BayesianRidge, ElasticNetCV, LassoCV, LogisticRegression, LogisticRegressionCV, Perceptron,
    Ridge, RidgeClassifier, RidgeClassifierCV, RidgeCV, SGDClassifier, SGDOneClassSVM, SGDRegressor,
)
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler, MinMaxScaler, Normalizer, RobustScaler, StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC, NuSVR, OneClassSVM

from swerve_export import export

warnings.filterwarnings("ignore", category=FutureWarning)
pytestmark = needs_swerve

CLASSIFIERS = {
    "LinearSVC": LinearSVC(),
    "LinearSVC without intercept": LinearSVC(fit_intercept=False),
    "LogisticRegression": LogisticRegression(),
    "SVC rbf": SVC(C=10),
    "SVC linear": SVC(kernel="linear"),
    "SVC poly": SVC(kernel="poly", degree=2, coef0=1.5, gamma=0.2),
    "SVC sigmoid": SVC(kernel="sigmoid", gamma="auto", coef0=-0.5),
    "NuSVC": NuSVC(nu=0.3),
    "SGD hinge": SGDClassifier(random_state=0),
    "SGD log_loss": SGDClassifier(loss="log_loss", random_state=0),
    "SGD squared_hinge": SGDClassifier(loss="squared_hinge", random_state=0),
    "Perceptron": Perceptron(random_state=0),
    "RidgeClassifier": RidgeClassifier(),
    "Platt": CalibratedClassifierCV(SVC(C=10), ensemble=False, cv=3),
    "Platt of LinearSVC": CalibratedClassifierCV(LinearSVC(), ensemble=False, cv=3),
    "SGD modified_huber": SGDClassifier(loss="modified_huber", random_state=0),
    "LogisticRegressionCV": LogisticRegressionCV(cv=3),
    "RidgeClassifierCV": RidgeClassifierCV(),
    "SVC probability": SVC(C=10, probability=True, random_state=0),
}
# (with several classes too; SVC in both shapes below)
SEVERAL = (
    "LinearSVC", "SGD hinge", "SGD log_loss", "SGD modified_huber", "Perceptron",
    "RidgeClassifier", "RidgeClassifierCV", "LogisticRegression", "LogisticRegressionCV",
)


def decision_of(model, rows):
    """The decision of what is inside of a calibration, as `swerve score` tells it."""
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    if isinstance(last, CalibratedClassifierCV):
        head = model[:-1].transform(rows) if hasattr(model, "steps") else rows
        return last.calibrated_classifiers_[0].estimator.decision_function(head)
    return model.decision_function(rows)


def check(swerve, path, model, rows, probability=True, **options):
    """Exports, registers, scores, and holds everything against scikit-learn."""
    exported = export(model, path, **options)
    scored = swerve.score(swerve.register(path), [{"x": plain(row)} for row in rows])
    probabilities = None
    if probability and hasattr(model, "predict_proba"):
        probabilities = model.predict_proba(rows)
        if probabilities.shape[1] == 2:
            probabilities = probabilities[:, exported.manifest["positive"]]
    elif not probability:
        assert all("probability" not in line for line in scored)
    assert_same(scored, decision_of(model, rows), model.predict(rows), probabilities)
    return exported


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_two_classes(name, swerve, tmp_path):
    rows, labels, _ = numbers()
    model = make_pipeline(StandardScaler(), CLASSIFIERS[name]).fit(rows, labels)
    check(swerve, tmp_path / "m.safetensors", model, held_out(), samples=rows)


@pytest.mark.parametrize("name", SEVERAL)
def test_several_classes(name, swerve, tmp_path):
    rows, labels, _ = numbers(classes=4)
    model = make_pipeline(StandardScaler(), CLASSIFIERS[name]).fit(rows, labels)
    check(swerve, tmp_path / "m.safetensors", model, held_out())


@pytest.mark.parametrize("shape", ["ovo", "ovr"])
@pytest.mark.parametrize("probability", [False, True])
@pytest.mark.parametrize("kind", [SVC, NuSVC])
def test_votes(kind, shape, probability, swerve, tmp_path):
    rows, labels, _ = numbers(classes=4, count=160)
    machine = kind(decision_function_shape=shape, probability=probability, random_state=0)
    model = make_pipeline(StandardScaler(), machine).fit(rows, labels)
    check(swerve, tmp_path / "m.safetensors", model, held_out(), probability=probability)


def test_probabilities_are_left_out_when_told(swerve, tmp_path):
    rows, labels, _ = numbers(classes=3)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels)
    check(
        swerve, tmp_path / "m.safetensors", model, held_out(), probability=False,
        without_probability=True,
    )


@pytest.mark.parametrize(
    "model",
    [SVR(), SVR(kernel="linear"), SVR(epsilon=1e9), NuSVR(C=5), LinearSVR(random_state=0),
     SGDRegressor(random_state=0), Ridge(), RidgeCV(), LassoCV(cv=3), ElasticNetCV(cv=3),
     BayesianRidge()],
    ids=repr,
)
def test_regressions(model, swerve, tmp_path):
    rows, _, values = numbers()
    model = make_pipeline(StandardScaler(), model).fit(rows, values)
    export(model, tmp_path / "m.safetensors")
    test = held_out()
    scored = swerve.score(
        swerve.register(tmp_path / "m.safetensors"), [{"x": plain(row)} for row in test]
    )
    assert_same(scored, model.predict(test))


@pytest.mark.parametrize(
    "model",
    [OneClassSVM(nu=0.1), OneClassSVM(kernel="poly", degree=3, nu=0.2, coef0=1),
     OneClassSVM(kernel="linear"), SGDOneClassSVM(random_state=0)],
    ids=repr,
)
def test_one_class(model, swerve, tmp_path):
    rows, _, _ = numbers()
    model = make_pipeline(StandardScaler(), model).fit(rows)
    check(swerve, tmp_path / "m.safetensors", model, held_out())


@pytest.mark.parametrize(
    "scaler",
    [StandardScaler(with_mean=False), StandardScaler(with_std=False), MinMaxScaler((-1, 2)),
     MinMaxScaler(clip=True), MaxAbsScaler(), RobustScaler(), Normalizer(), Normalizer("l1"),
     Normalizer("max"),
     make_pipeline(StandardScaler(), Normalizer()), "passthrough"],
    ids=repr,
)
def test_scalers(scaler, swerve, tmp_path):
    rows, labels, _ = numbers()
    steps = [scaler, SVC()] if not isinstance(scaler, str) else [SVC()]
    model = make_pipeline(*steps).fit(rows, labels)
    check(swerve, tmp_path / "m.safetensors", model, held_out())


def test_a_model_alone(swerve, tmp_path):
    rows, labels, _ = numbers()
    model = SVC().fit(rows / 100, labels)
    check(swerve, tmp_path / "m.safetensors", model, held_out() / 100)


def test_fitted_on_sparse_rows(swerve, tmp_path):
    rows, labels, _ = numbers(classes=3)
    rows[np.abs(rows) < 0.5] = 0
    for machine in (SVC(), SVC(kernel="linear", decision_function_shape="ovo")):
        model = machine.fit(csr_matrix(rows / 100), labels)
        test = held_out() / 100
        export(model, tmp_path / "m.safetensors")
        scored = swerve.score(
            swerve.register(tmp_path / "m.safetensors"), [{"x": plain(row)} for row in test]
        )
        sparse = csr_matrix(test)
        assert_same(scored, model.decision_function(sparse), model.predict(sparse))


def test_searches_and_frozen_ones_are_opened(swerve, tmp_path):
    rows, labels, _ = numbers()
    search = GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [1, 10]}, cv=2)
    exported = check(swerve, tmp_path / "m.safetensors", search.fit(rows, labels), held_out())
    assert any("GridSearchCV" in remark for remark in exported.remarks)
    frozen = FrozenEstimator(make_pipeline(StandardScaler(), LinearSVC()).fit(rows, labels))
    calibrated = CalibratedClassifierCV(frozen).fit(rows, labels)
    export(calibrated, tmp_path / "f.safetensors")
    scored = swerve.score(
        swerve.register(tmp_path / "f.safetensors"), [{"x": plain(row)} for row in held_out()]
    )
    assert_same(
        scored, frozen.estimator.decision_function(held_out()), calibrated.predict(held_out()),
        calibrated.predict_proba(held_out())[:, 1],
    )


def test_a_calibration_that_turns_the_decision_around(swerve, tmp_path):
    rows, labels, _ = numbers()
    inner = make_pipeline(StandardScaler(), LinearSVC()).fit(rows, 1 - labels)
    model = CalibratedClassifierCV(FrozenEstimator(inner)).fit(rows, labels)
    assert model.calibrated_classifiers_[0].calibrators[0].a_ > 0
    exported = export(model, tmp_path / "m.safetensors")
    assert exported.manifest["positive"] == 0
    scored = swerve.score(
        swerve.register(tmp_path / "m.safetensors"), [{"x": plain(row)} for row in held_out()]
    )
    assert_same(
        scored, inner.decision_function(held_out()), model.predict(held_out()),
        model.predict_proba(held_out())[:, 0],
    )


def test_a_decision_of_exactly_zero_is_what_scikit_learn_calls_it(swerve, tmp_path):
    """SVC votes for classes_[1] at 0, LinearSVC for classes_[0], SGDOneClassSVM for inliers."""
    rows = np.array([[-1.0], [1.0]])
    machine = SVC(kernel="linear").fit(rows, [0, 1])
    assert machine.decision_function([[0.0]])[0] == 0
    check(swerve, tmp_path / "a.safetensors", machine, np.array([[0.0], [-0.1], [0.1]]))
    hyperplane = LinearSVC().fit(rows, [0, 1])
    hyperplane.coef_, hyperplane.intercept_ = np.array([[1.0]]), np.array([0.0])
    check(swerve, tmp_path / "b.safetensors", hyperplane, np.array([[0.0], [-0.1], [0.1]]))
    outliers = SGDOneClassSVM().fit(rows)
    outliers.coef_, outliers.offset_ = np.array([1.0]), np.array([0.0])
    check(swerve, tmp_path / "c.safetensors", outliers, np.array([[0.0], [-0.1], [0.1]]))


def test_labels_and_threshold_go_along(swerve, tmp_path):
    rows, labels, _ = numbers()
    names = np.array(["normal", "Überfall"])[labels]
    model = make_pipeline(StandardScaler(), LinearSVC()).fit(rows, names)
    path = tmp_path / "m.safetensors"
    export(model, path, labels={"attack": "Überfall"}, threshold=0.5, note="of the tests")
    test = held_out()
    scored = swerve.score(swerve.register(path), [{"x": plain(row)} for row in test])
    wanted = np.where(model.decision_function(test) > 0.5, "attack", "normal")
    assert_same(scored, model.decision_function(test), wanted)


def test_rows_that_scikit_learn_refuses_are_errors(swerve, tmp_path):
    rows, labels, _ = numbers()
    model = make_pipeline(StandardScaler(), SVC()).fit(rows, labels)
    export(model, tmp_path / "m.safetensors")
    bad = [[0, 0, 0, 0, 0, "nan"], [0, 0, 0, 0, 0, "-inf"], [0, 0, 0], [0] * 7]
    scored = swerve.score(
        swerve.register(tmp_path / "m.safetensors"), [{"x": row} for row in bad], code=1
    )
    assert all("error" in line for line in scored)
