"""CalibratedClassifierCV and OneVsRestClassifier: several models that answer as one."""

import math

import numpy as np
from scipy.special import expit

from . import members, models
from .errors import ExportError, refuse_option
from .wrappers import class_name, opened

INSIDE = models.LINEAR_CLASSIFIERS + models.KERNEL_CLASSIFIERS + ("OneVsRestClassifier",)
MEMBERS_MAX = 1_000
DECISIONS_MAX = 1 << 16


def machine(estimator, parts):
    """The model at the end of an estimator, and the transformers before it."""
    outer, model, cut = opened(estimator, parts)
    name = class_name(model)
    if name == "CalibratedClassifierCV":
        built = _calibrated(model, parts)
    elif name == "OneVsRestClassifier":
        built = OneVsRest(model, parts)
    else:
        built = models.Machine(model)
    built.cut = cut
    return built, outer


def _calibrated(model, parts):
    fitted = getattr(model, "calibrated_classifiers_", None)
    if fitted is None:
        raise ExportError("CalibratedClassifierCV is not fitted", "call fit, then export")
    if model.method not in ("sigmoid", "isotonic", "temperature"):
        refuse_option(model, "method", model.method, "use sigmoid, isotonic or temperature")
    classes = list(model.classes_)
    if len(fitted) > MEMBERS_MAX or len(fitted) * len(classes) > DECISIONS_MAX:
        raise ExportError(
            f"CalibratedClassifierCV has {len(fitted)} members of {len(classes)} classes",
            f"calibrate with at most {MEMBERS_MAX} folds, or with ensemble=False",
        )
    # Before it fits temperatures, scikit-learn replaces classes that are texts by their numbers.
    is_numbered = model.method == "temperature" and isinstance(classes[0], str)
    numbers = list(range(len(classes))) if is_numbered else classes
    for member in fitted:
        if list(member.estimator.classes_) not in (classes, numbers):
            raise ExportError(
                "CalibratedClassifierCV has a member that did not see every class",
                "calibrate with folds that are stratified, or with ensemble=False",
            )
    if len(fitted) == 1 and len(classes) == 2 and model.method != "isotonic":
        return Calibrated(model, parts)
    return Ensemble(model, parts)


def leaves(estimator, parts, what):
    """The models inside, each with the transformers before it: one, or one a class."""
    chain, core, _ = opened(estimator, parts)
    name = class_name(core)
    if name in models.KERNEL_CLASSIFIERS:
        return [members.Leaf(chain, models.Machine(core).estimator)]
    if name in models.LINEAR_CLASSIFIERS:
        machine = models.Machine(core)
        return [members.Leaf(chain, machine.estimator, *models.hyperplanes(core))]
    if name == "OneVsRestClassifier":
        return [
            members.Leaf(chain + leaf.chain, leaf.model, leaf.weights, leaf.intercepts)
            for leaf in one_a_class(core, parts)
        ]
    raise ExportError(
        f"{what} around {type(core).__name__} cannot be expressed",
        f"use one of {', '.join(INSIDE)} inside; {models.OPENED}",
    )


def one_a_class(model, parts):
    """The linear models of a OneVsRestClassifier, one a class; of two classes one."""
    if not hasattr(model, "estimators_"):
        raise ExportError("OneVsRestClassifier is not fitted", "call fit, then export")
    if model.multilabel_:
        raise ExportError(
            "OneVsRestClassifier of several labels an input cannot be expressed",
            "export one classifier a label",
        )
    found = []
    for estimator in model.estimators_:
        if class_name(estimator) == "_ConstantPredictor":
            raise ExportError(
                "OneVsRestClassifier has a class that was in all inputs or in none",
                "train it on inputs of every class",
            )
        inner = leaves(estimator, parts, "OneVsRestClassifier")
        if not all(leaf.is_linear for leaf in inner) or len(inner) != 1:
            raise ExportError(
                f"OneVsRestClassifier around {type(inner[0].model).__name__} cannot be expressed",
                "use one of " + ", ".join(models.LINEAR_CLASSIFIERS) + " inside",
            )
        found += inner
    return found


class Several(models.Machine):
    """A model that consists of others."""

    def __init__(self, owner, found, what):
        self.owner = owner
        self.leaves = found
        self.estimator = found[0].model
        self.name = class_name(self.estimator)
        self.is_regression = self.is_one_class = False
        self.inner, self.weights, self.intercepts = members.together(found, what)

    @property
    def width(self):
        # Where no transformer says it: hyperplanes may have been folded over others.
        if self.weights is not None and not self.inner:
            return int(self.weights.shape[0])
        return int(self.estimator.n_features_in_)

    def inside(self, features):
        """For whoever folds shared transformers into the hyperplanes; nobody else asks."""
        is_shared = not self.inner or any(self.inner[-1] is step for step in self.leaves[0].chain)
        return super().inside(features) if self.weights is not None and is_shared else None

    def _owner(self):
        return self.owner

    def _hyperplanes(self, parts):
        return models._hyperplanes(self.weights.T, self.intercepts, parts)


class OneVsRest(Several):
    """OneVsRestClassifier of linear models: a hyperplane a class."""

    def __init__(self, model, parts):
        super().__init__(model, one_a_class(model, parts), "OneVsRestClassifier")

    def decisions(self, features):
        values = np.asarray(self.owner.decision_function(features), dtype=np.float64)
        return values.reshape(values.shape[0], -1)

    def _rule(self, classes):
        return "single" if classes == 2 else "one_vs_rest"

    def _threshold(self, rule):
        return 0.0

    def _function(self, rule, features, decisions, parts):
        return self._hyperplanes(parts)

    def _probability(self, rule, parts):
        each = models.Machine(self.estimator)._probability("single", parts)
        if rule == "single" or each is None:
            return each
        (link,) = each
        if link == "sigmoid":
            raise ExportError(
                "OneVsRestClassifier around LogisticRegression(multi_class='multinomial') cannot "
                "be expressed",
                "train without multi_class",
            )
        return {"one_vs_rest": {"link": link}}

    def second_probability(self):
        return models.Machine(self.estimator).second_probability()


class Calibrated(models.Machine):
    """One model of two classes with one sigmoid: its decision is told, and the threshold is where
    both classes are equally probable."""

    def __init__(self, model, parts):
        (fitted,) = model.calibrated_classifiers_
        inner = leaves(fitted.estimator, parts, "CalibratedClassifierCV")
        super().__init__(inner[0].model)
        self.owner, self.inner, self.decider = model, inner[0].chain, fitted.estimator
        (calibrator,) = fitted.calibrators
        if model.method == "temperature":
            # The softmax of -beta d and beta d.
            self.a, self.b = -2 * float(np.ravel(calibrator.beta_)[0]), 0.0
        else:
            self.a, self.b = float(calibrator.a_), float(calibrator.b_)

    def _owner(self):
        return self.owner

    def decisions(self, features):
        values = np.asarray(self.decider.decision_function(features), dtype=np.float64)
        return values.reshape(values.shape[0], -1)

    def _probability(self, rule, parts):
        return None

    def second_probability(self):
        return lambda decision: expit(-(self.a * decision + self.b))

    def _calibrate(self, manifest, parts):
        """predict() takes the larger probability, so the threshold is where they are equal."""
        a, b = self.a, self.b
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
        manifest["probability"] = {"sigmoid": {"a": float(a), "b": float(b)}}


class Ensemble(Several):
    """The mean of calibrated members: the probability is what is told."""

    def __init__(self, model, parts):
        found = [
            leaves(member.estimator, parts, "CalibratedClassifierCV")
            for member in model.calibrated_classifiers_
        ]
        flat = [leaf for member in found for leaf in member]
        if len({leaf.is_linear for leaf in flat}) != 1:
            raise ExportError("CalibratedClassifierCV has members of several kinds")
        super().__init__(model, flat, "CalibratedClassifierCV")
        if not flat[0].is_linear and len(model.classes_) > 2:
            if self.estimator.decision_function_shape != "ovr":
                refuse_option(
                    self.estimator, "decision_function_shape", "ovo",
                    "calibrate with decision_function_shape='ovr': a decision a class",
                )

    def decisions(self, features):
        """The probability of classes_[1], or one a class."""
        values = np.asarray(self.owner.predict_proba(features), dtype=np.float64)
        return values[:, 1:] if values.shape[1] == 2 else values

    def _rule(self, classes):
        return "single" if classes == 2 else "one_vs_rest"

    def _threshold(self, rule):
        return 0.5 if rule == "single" else 0.0

    def _probability(self, rule, parts):
        return {"decisions": {}}

    def second_probability(self):
        return lambda told: told

    def _function(self, rule, features, decisions, parts):
        if self.weights is not None:
            return self._hyperplanes(parts)
        machines = [models.support_vectors(leaf.model, parts) for leaf in self.leaves]
        return {"kernels": {"machines": machines}}

    def _calibrate(self, manifest, parts):
        fitted = self.owner.calibrated_classifiers_
        calibrators = [curve for member in fitted for curve in member.calibrators]
        manifest["calibration"] = {
            "members": len(fitted), "curves": _curves(self.owner.method, calibrators, parts),
        }


def _curves(method, calibrators, parts):
    if method == "sigmoid":
        return {
            "sigmoid": {
                "a": parts.add("calibration.a", [curve.a_ for curve in calibrators]),
                "b": parts.add("calibration.b", [curve.b_ for curve in calibrators]),
            }
        }
    if method == "temperature":
        beta = [float(np.ravel(curve.beta_)[0]) for curve in calibrators]
        return {"temperature": {"beta": parts.add("calibration.beta", beta)}}
    for curve in calibrators:
        if curve.X_thresholds_.dtype != np.float64 or curve.y_thresholds_.dtype != np.float64:
            raise ExportError(
                "CalibratedClassifierCV(method='isotonic') was fitted on float32 and computes in it",
                "train on float64",
            )
    points = [len(curve.X_thresholds_) for curve in calibrators]
    return {
        "isotonic": {
            "x": parts.add(
                "calibration.x", np.concatenate([curve.X_thresholds_ for curve in calibrators])),
            "y": parts.add(
                "calibration.y", np.concatenate([curve.y_thresholds_ for curve in calibrators])),
            "offsets": parts.add(
                "calibration.offsets", np.concatenate([[0], np.cumsum(points)]), np.int64),
        }
    }
