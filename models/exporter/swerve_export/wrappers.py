"""What stands around an estimator: searches, frozen estimators, pipelines, and thresholds."""

import math
import struct

import numpy as np

from .errors import ExportError

SEARCHES = (
    "GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV",
)
THRESHOLDS = ("FixedThresholdClassifier", "TunedThresholdClassifierCV")
LARGEST = math.nextafter(math.inf, 0)


def class_name(thing):
    """The name of a class of scikit-learn itself; a subclass may compute anything."""
    kind = type(thing)
    return kind.__name__ if kind.__module__.split(".")[0] == "sklearn" else None


def unwrapped(estimator, parts=None):
    """The estimator inside of searches, which predict with their best one, and of frozen ones."""
    while class_name(estimator) in SEARCHES + ("FrozenEstimator",):
        name = class_name(estimator)
        inner = "estimator" if name == "FrozenEstimator" else "best_estimator_"
        if inner not in vars(estimator):
            raise ExportError(f"{name} has no best estimator", "fit it with refit=True")
        estimator = getattr(estimator, inner)
        if parts is not None:
            parts.note(f"of {name}, its {inner} is exported")
    return estimator


def flattened(estimator, parts=None):
    """The transformers and the last step of nested pipelines, without what is around them."""
    estimator = unwrapped(estimator, parts)
    if class_name(estimator) != "Pipeline":
        return [estimator]
    steps = []
    for _, step in estimator.steps:
        if step is None or (isinstance(step, str) and step == "passthrough"):
            continue
        steps += flattened(step, parts)
    return steps


def opened(estimator, parts=None):
    """The transformers before a model, the model, and the threshold set around it (or None)."""
    transformers, cut = [], None
    while True:
        steps = flattened(estimator, parts)
        if not steps:
            raise ExportError("the pipeline is empty")
        transformers += steps[:-1]
        model = steps[-1]
        if class_name(model) not in THRESHOLDS:
            return transformers, model, cut
        # The outermost decides: it asks for probabilities or decisions, which have no threshold.
        found = Cut(model)
        cut = cut or found
        estimator = found.estimator


class Cut:
    """The threshold of a FixedThresholdClassifier or TunedThresholdClassifierCV."""

    def __init__(self, wrapper):
        self.name = class_name(wrapper)
        self.estimator = getattr(wrapper, "estimator_", wrapper.estimator)
        classes = getattr(self.estimator, "classes_", None)
        if classes is None:
            raise ExportError(f"{self.name} is not fitted", "call fit, then export")
        if len(classes) != 2:
            raise ExportError(f"{self.name} of {len(classes)} classes", "it goes with two")
        self.method = wrapper.response_method
        if self.method == "auto":
            probable = hasattr(self.estimator, "predict_proba")
            self.method = "predict_proba" if probable else "decision_function"
        if self.name == "FixedThresholdClassifier":
            label, value = wrapper.pos_label, wrapper.threshold
            if isinstance(value, str):
                value = 0.5 if self.method == "predict_proba" else 0.0
        else:
            if not hasattr(wrapper, "best_threshold_"):
                raise ExportError(f"{self.name} is not fitted", "call fit, then export")
            label, value = wrapper._curve_scorer._get_pos_label(), wrapper.best_threshold_
        listed = list(np.asarray(classes).tolist())
        if label is not None and label not in listed:
            raise ExportError(f"{self.name}(pos_label={label!r}) is none of the classes {listed}")
        self.positive = 1 if label is None else listed.index(label)
        self.value = float(value)

    def placed(self, probability):
        """Which class a high decision means, and the threshold above which it does; None and
        whether it is classes_[1], where it is the same for every decision.

        probability: of classes_[1], of a decision as scikit-learn computes it; monotone. None
        where the decision is no help.
        """
        if self.method == "predict_proba" and probability is None:
            raise ExportError(
                f"{self.name} sets a threshold on coupled probabilities, which cannot be expressed",
                "use response_method='decision_function', or calibrate with CalibratedClassifierCV",
            )
        return boundary(lambda decision: self._is_second(decision, probability))

    def _is_second(self, decision, probability):
        """What predict() makes of a decision: whether it is classes_[1]."""
        if self.method == "decision_function":
            score = decision if self.positive == 1 else -decision
        else:
            score = probability(decision)
            score = score if self.positive == 1 else 1 - score
        return (score >= self.value) == (self.positive == 1)


def boundary(is_second):
    """The threshold of a predicate that changes at most once over all decisions.

    Gives which class lies above it, and the largest decision that is not above; of a predicate
    that never changes, None and whether it holds.
    """
    low, high = _order(-LARGEST), _order(LARGEST)
    first, last = bool(is_second(-LARGEST)), bool(is_second(LARGEST))
    if first == last:
        return None, last
    while high - low > 1:
        middle = (low + high) // 2
        if bool(is_second(_double(middle))) == first:
            low = middle
        else:
            high = middle
    return (1 if last else 0), _double(low)


def _order(number):
    """The place of a double among all doubles, so that halves can be taken."""
    (bits,) = struct.unpack("<q", struct.pack("<d", number))
    return bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF)


def _double(place):
    bits = place if place >= 0 else -place | -0x8000_0000_0000_0000
    return struct.unpack("<d", struct.pack("<q", bits))[0]
