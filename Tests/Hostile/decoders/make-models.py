"""Writes the files that the targets decode-bundle, decode-spec and decode-model begin with, one of
every kind of step and model, each of some kilobytes. For whoever adds a kind; needs scikit-learn,
the exporter and skl2onnx. What no exporter writes is in the corpus besides.

Usage: PYTHONPATH=models/exporter python Tests/Hostile/decoders/make-models.py Tests/Hostile/corpus
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas
import safetensors
import safetensors.numpy
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import Nystroem, RBFSampler
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer, KBinsDiscretizer, MaxAbsScaler, MinMaxScaler, Normalizer, OneHotEncoder,
    OrdinalEncoder, PolynomialFeatures, RobustScaler, StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC, NuSVC, OneClassSVM
from swerve_export import export

warnings.simplefilter("ignore")
rng = np.random.default_rng(1)
X = np.round(rng.normal(size=(24, 3)) * [1, 10, 100], 2)
TWO = (X[:, 0] + X[:, 2] / 100 > 0).astype(int)
THREE = np.arange(24) % 3
TEXTS = ["GET /a?b=1", "POST /b union", "Ünï café", "a-b a_b", "x", "../ etc"] * 4
FRAME = pandas.DataFrame({
    "bytes": X[:, 1], "time.ms": X[:, 2], "method": ["GET", "POST", None] * 8,
    "code": [200.0, 404.0, 500.0, np.nan] * 6,
})
FRAME.loc[3, "bytes"] = np.nan


def gap(rows):
    rows = rows.copy()
    rows[2, 1] = np.nan
    return rows


def fit(samples, classes, *steps):
    return make_pipeline(*steps).fit(samples, classes), samples[:2]


def linear(**options):
    return LogisticRegression(**options)


NAMES = ["bytes", "time.ms"]
TABLE = ColumnTransformer([
    ("numbers", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), NAMES),
    ("texts", OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=2), ["method"]),
    ("codes", OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2), ["code"]),
])
BUNDLES = {
    "scaled": fit(X, TWO, StandardScaler(), Normalizer(), linear()),
    "min-max": fit(X, THREE, MinMaxScaler(clip=True), LinearSVC()),
    "regression": fit(X, X[:, 0], RobustScaler(), MaxAbsScaler(), Ridge()),
    "imputer": fit(gap(X), TWO, SimpleImputer(strategy="median"), linear()),
    "bins": fit(X, TWO, KBinsDiscretizer(n_bins=3, encode="onehot"), linear()),
    "bins-ordinal": fit(X, TWO, KBinsDiscretizer(n_bins=3, encode="ordinal"), SVC()),
    "polynomial": fit(X, TWO, PolynomialFeatures(2), StandardScaler(), SVC(gamma=0.1)),
    "function": fit(abs(X), TWO, FunctionTransformer(np.log1p), Normalizer("max"), linear()),
    "select": fit(X, TWO, SelectKBest(k=2), SVC(kernel="poly", degree=2)),
    "pca": fit(X, TWO, PCA(2), SVC(kernel="sigmoid")),
    "svd": fit(X, TWO, TruncatedSVD(2), Normalizer(), linear()),
    "rbf-sampler": fit(X, TWO, RBFSampler(n_components=4, random_state=1), Normalizer(), linear()),
    "nystroem": fit(X, TWO, Nystroem(n_components=3, random_state=1), Normalizer(), linear()),
    "nystroem-poly": fit(
        X, TWO, Nystroem(kernel="poly", degree=2, gamma=0.01, coef0=1, n_components=3), SVC()),
    "table": fit(FRAME, TWO, TABLE, linear()),
    "dicts": (
        make_pipeline(DictVectorizer(), linear()).fit(
            [{"a": float(n), "m": "GET" if n % 2 else "PUT"} for n in range(24)], TWO), None),
    "hashed": fit(TEXTS, TWO, HashingVectorizer(
        analyzer="char", ngram_range=(1, 3), n_features=64), SGDClassifier(loss="modified_huber")),
    "words": fit(TEXTS, TWO, TfidfVectorizer(
        ngram_range=(1, 2), stop_words=["etc"], strip_accents="unicode"), linear()),
    "char-wb": fit(TEXTS, THREE, CountVectorizer(
        analyzer="char_wb", ngram_range=(2, 2), max_features=20), linear()),
    "union": fit(TEXTS, TWO, FeatureUnion(
        [("a", TfidfVectorizer(max_features=8, sublinear_tf=True)),
         ("b", HashingVectorizer(n_features=16))], transformer_weights={"a": 0.5}), LinearSVC()),
    "number-union": fit(X, TWO, make_union(PCA(1), StandardScaler()), Normalizer(), linear()),
    "sigmoid": fit(X, TWO, CalibratedClassifierCV(LinearSVC(), cv=2)),
    "isotonic": fit(X, THREE, CalibratedClassifierCV(LinearSVC(), method="isotonic", cv=2)),
    "temperature": fit(X, THREE, CalibratedClassifierCV(linear(), method="temperature", cv=2)),
    "kernels": fit(X, TWO, CalibratedClassifierCV(SVC(), cv=2)),
    "kernels-three": fit(X, THREE, CalibratedClassifierCV(SVC(), method="isotonic", cv=2)),
    "votes": fit(X, THREE, SVC(decision_function_shape="ovo")),
    "votes-as-rest": fit(X, THREE, NuSVC(nu=0.2)),
    "one-class": fit(X, None, OneClassSVM(nu=0.3)),
    "svr": fit(X, X[:, 0], StandardScaler(), SVR(kernel="linear")),
}
WORDS = np.array(TEXTS).reshape(-1, 1)
ONNX = {
    "linear": (make_pipeline(StandardScaler(), linear()), X, TWO),
    "three": (make_pipeline(MinMaxScaler(), linear()), X, THREE),
    "svc": (SVC(), X, TWO),
    "svc-votes": (make_pipeline(Normalizer(), SVC(kernel="poly", degree=2)), X, THREE),
    "one-class": (OneClassSVM(nu=0.3), X, None),
    "svr": (make_pipeline(StandardScaler(), SVR()), X, X[:, 0]),
    "ridge": (Ridge(), X, X[:, 0]),
    "linear-svc": (LinearSVC(), X, THREE),
    "sigmoid": (CalibratedClassifierCV(LinearSVC(), cv=2), X, TWO),
    "tfidf": (
        make_pipeline(TfidfVectorizer(analyzer="char", max_features=9), linear()), WORDS, TWO),
    "union": (make_pipeline(make_union(StandardScaler(), MinMaxScaler()), linear()), X, TWO),
}


def inline(value, tensors, encoding="utf-8"):
    """A step of a bundle as a spec of its own has it, without tensors."""
    if isinstance(value, list):
        return [inline(item, tensors, encoding) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"tensor"}:
        return tensors[value["tensor"]].tolist()
    if "terms" in value:
        places = tensors[value["offsets"]["tensor"]]
        blob = tensors[value["terms"]["tensor"]].tobytes()
        terms = [blob[a:b].decode(encoding) for a, b in zip(places, places[1:])]
        return terms + [None] * bool(value.get("missing"))
    if value.get("analyzer") == "byte":
        encoding = "latin-1"
    made = {key: inline(item, tensors, encoding) for key, item in value.items()}
    if "vocabulary" in made and made.get("idf") is None:
        made |= {"idf": None, "use_idf": False}
    return made


def spec(bundle):
    with safetensors.safe_open(bundle, "np") as file:
        manifest = json.loads(file.metadata()["swerve"])
    tensors = safetensors.numpy.load_file(bundle)
    return json.dumps(inline(manifest["featurizer"], tensors), separators=(",", ":"))


def main(corpus):
    bundles, models = Path(corpus, "decode-bundle"), Path(corpus, "decode-model")
    specs = Path(corpus, "decode-spec")
    for folder in (bundles, models, specs):
        folder.mkdir(parents=True, exist_ok=True)
    known = set()
    for name, (model, samples) in BUNDLES.items():
        try:
            export(model, bundles / name, samples=samples)
            text = spec(bundles / name)
            if text not in known:
                (specs / name).write_text(text)
            known.add(text)
        except Exception as error:
            print(f"{name}: {error}", file=sys.stderr)
    for name, (model, samples, classes) in ONNX.items():
        is_text = samples.dtype.kind == "U"
        try:
            model.fit(samples[:, 0] if is_text else samples, classes)
            made = to_onnx(
                model, samples[:1].astype(np.float32) if not is_text else None,
                initial_types=[("text", StringTensorType([None, 1]))] if is_text else None,
                options={"zipmap": False} if name == "three" else None,
                target_opset={"": 18, "ai.onnx.ml": 3})
            (models / f"onnx-{name}").write_bytes(made.SerializeToString())
        except Exception as error:
            print(f"onnx-{name}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
