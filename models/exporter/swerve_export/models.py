"""From a fitted estimator to classes, decision function, probabilities and threshold."""

import math

import numpy as np
import scipy.sparse

from scipy.special import expit

from .errors import ExportError, refuse_option
from .members import dense_weights
from .wrappers import LARGEST, class_name

# The largest double below 0: a decision above it is one of 0 or more. For the tools where a
# decision of exactly 0 means the positive class.
BELOW_ZERO = -5e-324

LINEAR_CLASSIFIERS = (
    "LinearSVC", "LogisticRegression", "SGDClassifier", "Perceptron", "RidgeClassifier",
    "PassiveAggressiveClassifier", "LogisticRegressionCV", "RidgeClassifierCV",
)
LOGISTIC = ("LogisticRegression", "LogisticRegressionCV")
LINEAR_REGRESSORS = (
    "LinearSVR", "SGDRegressor", "LinearRegression", "Ridge", "Lasso", "ElasticNet", "RidgeCV",
    "LassoCV", "ElasticNetCV", "HuberRegressor", "BayesianRidge", "LassoLars", "LassoLarsCV",
    "PassiveAggressiveRegressor",
)
KERNEL_CLASSIFIERS = ("SVC", "NuSVC")
KERNEL_REGRESSORS = ("SVR", "NuSVR")
KNOWN = (
    LINEAR_CLASSIFIERS + LINEAR_REGRESSORS + KERNEL_CLASSIFIERS + KERNEL_REGRESSORS
    + ("OneClassSVM", "SGDOneClassSVM", "CalibratedClassifierCV", "OneVsRestClassifier")
)
OPENED = "GridSearchCV and other searches, pipelines, FrozenEstimator and the classifiers that set " \
    "a threshold are opened, and what is inside must be one of them"
# Those around other models that have no counterpart, and what to do instead.
AROUND = {
    "TransformedTargetRegressor": "export its regressor_, whose predictions are of the transformed "
    "target, and transform them back where they are used",
    "VotingClassifier": "export one of its estimators_, or calibrate one model with "
    "CalibratedClassifierCV, which averages its members",
    "BaggingClassifier": "export one of its estimators_, or train one model on all the data",
    "StackingClassifier": "export one of its estimators_",
    "OneVsOneClassifier": "use OneVsRestClassifier, or SVC, which has votes of its own",
}
CLASSES_MAX = 1_000
DEGREE_MAX = 1_000
# A hyperplane stands for a linear kernel's support vectors where decisions agree this well: a
# hundredth of what the self-test allows.
FOLDING_TOLERANCE = 1e-11


class Machine:
    """A fitted model of one function, and how its decisions are got."""

    # Transformers between where decisions are asked for and the function: those inside of a
    # calibration.
    inner = ()
    # The threshold that was set around the model (wrappers.Cut).
    cut = None

    def __init__(self, estimator):
        self.estimator = estimator
        name = class_name(estimator)
        if name in AROUND:
            raise ExportError(f"{name} cannot be expressed", AROUND[name])
        if name not in KNOWN:
            raise ExportError(
                f"{type(estimator).__module__.split('.')[0]}'s {type(estimator).__name__} is no "
                "model that can be expressed",
                "those that can are " + ", ".join(KNOWN) + "; " + OPENED,
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

    def inside(self, features):
        """What the function takes, of what `decisions` takes."""
        for transformer in self.inner:
            features = transformer.transform(features)
        return features

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
            "probability": self._probability(rule, parts),
            "refuses_non_finite": True,
            "threshold": self._threshold(rule),
        }
        self._calibrate(manifest, parts)
        if without_probability:
            manifest["probability"] = None
        if self.cut is not None:
            self._cut(manifest)
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
        found = self._owner().classes_
        if isinstance(found, list) or np.ndim(found) != 1:
            raise ExportError(f"{self.name} has several outputs", "export one estimator an output")
        classes = [str(c.item() if isinstance(c, np.generic) else c) for c in found]
        if len(set(classes)) != len(classes) or "" in classes:
            raise ExportError(f"the classes {classes[:6]} are not told apart by their names")
        if not 2 <= len(classes) <= CLASSES_MAX:
            raise ExportError(f"{len(classes)} classes, not 2 to {CLASSES_MAX}")
        return classes

    def _owner(self):
        """Whose classes they are."""
        return self.estimator

    def _calibrate(self, manifest, parts):
        """What a calibration around the model changes."""

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
        if self.name in LOGISTIC:
            if not self._is_old_multinomial():
                return {"logistic": {}}
            return {"sigmoid": {"a": -2.0, "b": 0.0}} if rule == "single" else {"softmax": {}}
        if self.name == "SGDClassifier":
            if model.loss == "log_loss":
                return {"logistic": {}}
            if model.loss == "modified_huber":
                return {"modified_huber": {}}
        return None

    def _is_old_multinomial(self):
        """Before scikit-learn 1.8 two classes could have a softmax, and several one curve each."""
        model = self.estimator
        if "multi_class" not in type(model)._get_param_names():
            return len(model.classes_) > 2
        said = model.multi_class
        return not (
            said in ("ovr", "warn")
            or (
                said in ("auto", "deprecated")
                and (len(model.classes_) == 2 or model.solver == "liblinear")
            )
        )

    def second_probability(self):
        """The probability of classes_[1] as a function of the one decision; None where coupled."""
        if self.name in LOGISTIC:
            return (lambda d: expit(2 * d)) if self._is_old_multinomial() else expit
        if getattr(self.estimator, "loss", None) == "log_loss":
            return expit
        if getattr(self.estimator, "loss", None) == "modified_huber":
            return lambda decision: (min(max(decision, -1.0), 1.0) + 1) / 2
        return None

    def _cut(self, manifest):
        """A threshold that was set around the model, in place of its own."""
        positive, threshold = self.cut.placed(self.second_probability())
        if positive is None:
            is_above = threshold == (manifest["positive"] == 1)
            positive, threshold = manifest["positive"], -LARGEST if is_above else LARGEST
        if positive != manifest["positive"]:
            raise ExportError(
                f"{self.cut.name}: the larger the decision, the less likely is the class that it "
                "means, which cannot be expressed",
                "calibrate on more data",
            )
        manifest["threshold"] = threshold


def _linear(model, parts):
    weights, intercepts = hyperplanes(model)
    return _hyperplanes(weights, intercepts, parts)


def hyperplanes(model):
    """Weights [rows, features] and as many intercepts."""
    weights = dense_weights(model)
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
    return weights, intercepts


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
    vectors, coefficients = model.support_vectors_, model.dual_coef_
    intercepts = np.atleast_1d(np.asarray(model.intercept_, dtype=np.float64))
    if rule == "single":
        if vectors.shape[0] == 0:
            weights = np.zeros((1, int(model.n_features_in_)))
            return _hyperplanes(weights, intercepts, parts)
        if model.kernel == "linear":
            weights = _dense(coefficients @ vectors).reshape(1, -1)
            folded = np.asarray(features @ weights.T).reshape(-1, 1) + intercepts
            allowed = FOLDING_TOLERANCE * np.maximum(1, np.abs(decisions))
            if (np.abs(folded - decisions) <= allowed).all():
                return _hyperplanes(weights, intercepts, parts)
            parts.note(
                "the linear kernel is written as its support vectors: one hyperplane would differ "
                "by more than rounding"
            )
    return {"kernel": support_vectors(model, parts)}


def support_vectors(model, parts):
    """A kernel with its vectors and what they weigh."""
    vectors, coefficients = model.support_vectors_, model.dual_coef_
    intercepts = np.atleast_1d(np.asarray(model.intercept_, dtype=np.float64))
    if vectors.shape[0] * vectors.shape[1] * 8 > 448 << 20:
        raise ExportError(
            f"{vectors.shape[0]} support vectors of {vectors.shape[1]} features are larger than "
            "448 MiB",
            "train with fewer features, or use LinearSVC",
        )
    counts = np.asarray(model.n_support_, dtype=np.int64)
    return {
        **_kernel_parameters(model),
        "vectors": parts.add("kernel.vectors", _dense(vectors)),
        "vector_counts": parts.add("kernel.vector_counts", counts, np.int64),
        "coefficients": parts.add("kernel.coefficients", _dense(coefficients)),
        "intercepts": parts.add("kernel.intercepts", intercepts),
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
