"""From a fitted estimator to classes, decision function, probabilities and threshold."""

import math

import numpy as np
import scipy.sparse

from .errors import ExportError, refuse_option
from .featurizers import class_name

# The largest double below 0: a decision above it is one of 0 or more. For the tools where a
# decision of exactly 0 means the positive class.
BELOW_ZERO = -5e-324

LINEAR_CLASSIFIERS = (
    "LinearSVC", "LogisticRegression", "SGDClassifier", "Perceptron", "RidgeClassifier",
    "PassiveAggressiveClassifier",
)
LINEAR_REGRESSORS = ("LinearSVR", "SGDRegressor", "LinearRegression", "Ridge", "Lasso", "ElasticNet")
KERNEL_CLASSIFIERS = ("SVC", "NuSVC")
KERNEL_REGRESSORS = ("SVR", "NuSVR")
KNOWN = (
    LINEAR_CLASSIFIERS + LINEAR_REGRESSORS + KERNEL_CLASSIFIERS + KERNEL_REGRESSORS
    + ("OneClassSVM", "SGDOneClassSVM", "CalibratedClassifierCV")
)
WITHOUT_PROBABILITY = (
    "export the decisions and labels alone with without_probability=True (--without-probability)"
)
CLASSES_MAX = 1_000
DEGREE_MAX = 1_000
# A hyperplane stands for a linear kernel's support vectors where decisions agree this well: a
# hundredth of what the self-test allows.
FOLDING_TOLERANCE = 1e-11


class Machine:
    """A fitted model without what calibrates it, and how its decisions are got."""

    def __init__(self, estimator):
        self.estimator = estimator
        self.calibration = None
        name = class_name(estimator)
        if name == "CalibratedClassifierCV":
            self.calibration, inner = _calibration(estimator)
            self.estimator = inner
            name = class_name(inner)
            if name not in LINEAR_CLASSIFIERS + KERNEL_CLASSIFIERS:
                raise ExportError(
                    f"CalibratedClassifierCV around {type(inner).__name__} cannot be expressed",
                    "calibrate one of " + ", ".join(LINEAR_CLASSIFIERS + KERNEL_CLASSIFIERS),
                )
        if name not in KNOWN or name == "CalibratedClassifierCV":
            raise ExportError(
                f"{type(estimator).__module__.split('.')[0]}'s {type(estimator).__name__} is no "
                "model that can be expressed",
                "those that can are " + ", ".join(KNOWN),
            )
        self.name = name
        self.is_regression = name in LINEAR_REGRESSORS + KERNEL_REGRESSORS
        self.is_one_class = name in ("OneClassSVM", "SGDOneClassSVM")
        if hasattr(self.estimator, "kernel"):
            _kernel_name(self.estimator)
        if not hasattr(self.estimator, "n_features_in_"):
            raise ExportError(f"{name} is not fitted", "call fit, then export")

    @property
    def width(self):
        return int(self.estimator.n_features_in_)

    def decisions(self, features):
        """scikit-learn's own: one row an input."""
        model = self.estimator
        decide = model.predict if self.is_regression else model.decision_function
        values = np.asarray(decide(features), dtype=np.float64)
        return values.reshape(values.shape[0], -1)

    def manifest(self, features, decisions, parts, threshold, without_probability):
        """Everything of the manifest that the estimator says."""
        classes = self._classes()
        rule = self._rule(len(classes))
        manifest = {
            "task": "regression" if self.is_regression
            else "one-class" if self.is_one_class else "classification",
            "classes": classes,
            "positive": 1 if len(classes) == 2 and not self.is_one_class else 0,
            "rule": rule,
            "function": self._function(rule, features, decisions, parts),
            "probability": None if without_probability else self._probability(rule, parts),
            "refuses_non_finite": True,
            "threshold": self._threshold(rule),
        }
        if self.calibration is not None:
            self._calibrate(manifest, without_probability)
        if threshold is not None:
            if rule != "single" or self.is_regression:
                raise ExportError("a threshold goes with two classes, or a one-class model")
            if not math.isfinite(threshold):
                raise ExportError("the threshold is not a finite number")
            manifest["threshold"] = float(threshold)
        return manifest

    def _classes(self):
        if self.is_regression:
            return []
        if self.is_one_class:
            return ["1", "-1"]
        found = self.estimator.classes_
        if isinstance(found, list) or np.ndim(found) != 1:
            raise ExportError(f"{self.name} has several outputs", "export one estimator an output")
        classes = [str(c.item() if isinstance(c, np.generic) else c) for c in found]
        if len(set(classes)) != len(classes) or "" in classes:
            raise ExportError(f"the classes {classes[:6]} are not told apart by their names")
        if not 2 <= len(classes) <= CLASSES_MAX:
            raise ExportError(f"{len(classes)} classes, not 2 to {CLASSES_MAX}")
        return classes

    def _rule(self, classes):
        if classes <= 2:
            return "single"
        if self.name in LINEAR_CLASSIFIERS:
            return "one_vs_rest"
        if self.estimator.break_ties:
            refuse_option(
                self.estimator, "break_ties", True,
                "set break_ties=False: ties of votes then go to the earlier class",
            )
        shape = self.estimator.decision_function_shape
        return "one_vs_one" if shape == "ovo" else "one_vs_one_as_rest"

    def _threshold(self, rule):
        ties_are_positive = self.name in KERNEL_CLASSIFIERS + ("SGDOneClassSVM",)
        return BELOW_ZERO if ties_are_positive and rule == "single" else 0.0

    def _function(self, rule, features, decisions, parts):
        if hasattr(self.estimator, "support_vectors_"):
            return _kernel(self.estimator, rule, features, decisions, parts)
        return _linear(self.estimator, parts)

    def _probability(self, rule, parts):
        model = self.estimator
        if self.calibration is not None:
            return None
        if self.name in KERNEL_CLASSIFIERS:
            # The option itself may be False, or its default's word for that.
            if len(model._probA) == 0:
                return None
            return {
                "pairwise": {
                    # The public names warn that they will go.
                    "a": parts.add("probability.a", model._probA),
                    "b": parts.add("probability.b", model._probB),
                    "couples": True,
                }
            }
        if self.name == "LogisticRegression":
            if rule == "single":
                return {"logistic": {}}
            raise ExportError(
                f"LogisticRegression's softmax over {len(model.classes_)} classes cannot be "
                "expressed",
                WITHOUT_PROBABILITY,
            )
        if self.name == "SGDClassifier":
            if model.loss == "log_loss":
                return {"logistic": {}}
            if model.loss == "modified_huber":
                raise ExportError(
                    "SGDClassifier(loss='modified_huber')'s probabilities cannot be expressed",
                    WITHOUT_PROBABILITY,
                )
        return None

    def _calibrate(self, manifest, without_probability):
        """predict() takes the larger probability, so the threshold is where they are equal."""
        a, b = self.calibration
        if manifest["rule"] != "single":
            raise ExportError(
                "CalibratedClassifierCV of more than two classes cannot be expressed",
                "export the estimator that it calibrates",
            )
        if a == 0 or not math.isfinite(a) or not math.isfinite(b) or not math.isfinite(b / a):
            raise ExportError(
                f"the calibration 1/(1+exp({a} d + {b})) does not depend on the decision d",
                "calibrate on more data",
            )
        threshold = -b / a
        if a > 0:
            # A high decision means class 0 then, equal probabilities too.
            manifest["positive"] = 0
            a, b = -a, -b
            threshold = math.nextafter(threshold, -math.inf)
        manifest["threshold"] = threshold + 0.0
        if not without_probability:
            manifest["probability"] = {"sigmoid": {"a": float(a), "b": float(b)}}


def _calibration(estimator):
    """The sigmoid of a CalibratedClassifierCV, and what it calibrates."""
    if estimator.method != "sigmoid":
        refuse_option(estimator, "method", estimator.method, "calibrate with method='sigmoid'")
    fitted = getattr(estimator, "calibrated_classifiers_", None)
    if fitted is None:
        raise ExportError("CalibratedClassifierCV is not fitted", "call fit, then export")
    if len(fitted) != 1:
        raise ExportError(
            f"CalibratedClassifierCV(ensemble=True) averages {len(fitted)} models, which cannot be "
            "expressed",
            "calibrate with ensemble=False",
        )
    calibrated = fitted[0]
    if len(calibrated.calibrators) != 1:
        raise ExportError(
            "CalibratedClassifierCV of more than two classes cannot be expressed",
            "export the estimator that it calibrates",
        )
    inner = calibrated.estimator
    if class_name(inner) == "FrozenEstimator":
        inner = inner.estimator
    calibrator = calibrated.calibrators[0]
    return (float(calibrator.a_), float(calibrator.b_)), inner


def _linear(model, parts):
    weights = model.coef_
    if scipy.sparse.issparse(weights):
        weights = weights.toarray()
    weights = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    if class_name(model) == "SGDOneClassSVM":
        intercepts = -np.atleast_1d(model.offset_)
    else:
        intercepts = np.atleast_1d(np.asarray(model.intercept_, dtype=np.float64)).ravel()
    intercepts = np.broadcast_to(intercepts, (weights.shape[0],))
    if getattr(model, "n_outputs_", 1) != 1 or (
        class_name(model) in LINEAR_REGRESSORS and weights.shape[0] != 1
    ):
        raise ExportError(
            f"{type(model).__name__} has several outputs", "export one estimator an output"
        )
    return _hyperplanes(weights, intercepts, parts)


def _hyperplanes(weights, intercepts, parts):
    """What a feature weighs stands side by side: [features, decisions]."""
    return {
        "linear": {
            "weights": parts.add("linear.weights", weights.T),
            "intercepts": parts.add("linear.intercepts", intercepts),
        }
    }


def _dense(matrix):
    return matrix.toarray() if scipy.sparse.issparse(matrix) else np.asarray(matrix)


def _kernel(model, rule, features, decisions, parts):
    kernel = _kernel_parameters(model)
    vectors, coefficients = model.support_vectors_, model.dual_coef_
    intercepts = np.atleast_1d(np.asarray(model.intercept_, dtype=np.float64))
    if rule == "single":
        if vectors.shape[0] == 0:
            weights = np.zeros((1, int(model.n_features_in_)))
            return _hyperplanes(weights, intercepts, parts)
        if kernel["kernel"] == "linear":
            weights = _dense(coefficients @ vectors).reshape(1, -1)
            folded = np.asarray(features @ weights.T).reshape(-1, 1) + intercepts
            allowed = FOLDING_TOLERANCE * np.maximum(1, np.abs(decisions))
            if (np.abs(folded - decisions) <= allowed).all():
                return _hyperplanes(weights, intercepts, parts)
            parts.note(
                "the linear kernel is written as its support vectors: one hyperplane would differ "
                "by more than rounding"
            )
    if vectors.shape[0] * vectors.shape[1] * 8 > 448 << 20:
        raise ExportError(
            f"{vectors.shape[0]} support vectors of {vectors.shape[1]} features are larger than "
            "448 MiB",
            "train with fewer features, or use LinearSVC",
        )
    counts = np.asarray(model.n_support_, dtype=np.int64)
    return {
        "kernel": {
            **kernel,
            "vectors": parts.add("kernel.vectors", _dense(vectors)),
            "vector_counts": parts.add("kernel.vector_counts", counts, np.int64),
            "coefficients": parts.add("kernel.coefficients", _dense(coefficients)),
            "intercepts": parts.add("kernel.intercepts", intercepts),
        }
    }


def _kernel_name(model):
    if model.kernel not in ("linear", "poly", "rbf", "sigmoid"):
        refuse_option(
            model, "kernel", model.kernel, "train with kernel='linear', 'poly', 'rbf' or 'sigmoid'"
        )
    return model.kernel


def _kernel_parameters(model):
    name = _kernel_name(model)
    if name == "linear":
        return {"kernel": "linear"}
    # What 'scale' and 'auto' became in fit.
    parameters = {"kernel": "polynomial" if name == "poly" else name, "gamma": float(model._gamma)}
    if name in ("poly", "sigmoid"):
        parameters["coef0"] = float(model.coef0)
    if name == "poly":
        if not 0 <= int(model.degree) <= DEGREE_MAX or int(model.degree) != model.degree:
            refuse_option(model, "degree", model.degree, f"use a whole degree up to {DEGREE_MAX}")
        parameters["degree"] = int(model.degree)
    return parameters
