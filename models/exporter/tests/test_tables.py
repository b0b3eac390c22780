"""Tables: imputers, categories, bins, products, selections and projections of records."""

import json

import numpy as np
import pandas
import pytest
from conftest import assert_same, needs_swerve, plain
from data import numbers
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import (
    RFE, SelectFromModel, SelectKBest, SelectPercentile, VarianceThreshold, chi2,
)
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import Nystroem, RBFSampler
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer, KBinsDiscretizer, MinMaxScaler, Normalizer, OneHotEncoder, OrdinalEncoder,
    PolynomialFeatures, RobustScaler, StandardScaler,
)
from sklearn.svm import SVC, LinearSVC

from swerve_export import ExportError, export

pytestmark = needs_swerve

NUMBERS = ["bytes", "time.ms", "depth"]
TEXTS = ["method", "agent"]


def table(count, seed, missing=0.15, unknown=False):
    """Numbers and texts, some of them missing; `code` is a number that is a category."""
    rng = np.random.default_rng(seed)
    frame = pandas.DataFrame(
        {
            "bytes": np.round(rng.lognormal(3, 1, count), 3),
            "method": rng.choice(
                ["GET", "POST", "PUT", "HEAD", "Ünï"], count, p=[0.4, 0.3, 0.2, 0.06, 0.04]),
            "time.ms": np.round(rng.normal(10, 4, count), 3),
            "agent": rng.choice([f"agent {n} of a browser" for n in range(90)] + [""], count),
            "depth": rng.integers(0, 6, count).astype(float),
            "code": rng.choice([200.0, 302.0, 404.0, 500.0], count),
        }
    )
    for column in ["method", "agent"]:
        frame[column] = frame[column].astype(object)
        frame.loc[rng.random(count) < missing, column] = None
    for column in NUMBERS:
        frame.loc[rng.random(count) < missing, column] = np.nan
    if unknown:
        frame.loc[rng.random(count) < 0.2, "method"] = "BREW"
        frame.loc[rng.random(count) < 0.2, "code"] = 418.0
    return frame


def labels(frame):
    score = frame["bytes"].fillna(20) / 20 - frame["depth"].fillna(2) / 3
    score += frame["method"] == "POST"
    return np.where(score + (frame["code"] == 404) > 0.8, "attack", "normal")


TRAIN = table(300, 1)
TEST = table(60, 2)
UNKNOWN = table(60, 3, unknown=True)
CLASSES = labels(TRAIN)


def records(frame):
    """Rows as JSON records: what is missing is null, or left out."""
    made = []
    for place, row in enumerate(frame.to_dict(orient="records")):
        document = {}
        for name, value in row.items():
            is_missing = value is None or (isinstance(value, float) and np.isnan(value))
            if not is_missing:
                document[name] = value
            elif place % 2:
                document[name] = None
        made.append(document)
    return made


def check(swerve, path, model, tests, samples=None, tolerance=1e-9):
    exported = None
    for options in ({}, {"samples": samples}) if samples is not None else ({},):
        exported = export(model, path, **options)
    scored = swerve.score(swerve.register(path), records(tests))
    assert_same(scored, model.decision_function(tests), model.predict(tests), tolerance=tolerance)
    return exported


def imputed(*, onehot=None, numeric=None, **options):
    return ColumnTransformer(
        [
            ("numbers", numeric or make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            ("texts", onehot or OneHotEncoder(handle_unknown="ignore"), TEXTS),
            ("code", OneHotEncoder(handle_unknown="ignore"), ["code"]),
        ], **options
    )


COLUMNS = {
    "usual": imputed(),
    "mean": imputed(numeric=make_pipeline(StandardScaler(), SimpleImputer(strategy="mean"))),
    "median": imputed(numeric=make_pipeline(SimpleImputer(strategy="median"), RobustScaler())),
    "constant": imputed(numeric=SimpleImputer(strategy="constant", fill_value=-1.5)),
    "most frequent": imputed(numeric=SimpleImputer(strategy="most_frequent", add_indicator=True)),
    "drop first": imputed(onehot=OneHotEncoder(drop="first", handle_unknown="ignore")),
    "dense": imputed(onehot=OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
    "infrequent": imputed(
        onehot=OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5)),
    "few": imputed(
        onehot=OneHotEncoder(
            handle_unknown="infrequent_if_exist", max_categories=3, drop="first")),
    "filled": imputed(
        onehot=make_pipeline(
            SimpleImputer(missing_values=None, strategy="constant", fill_value="none"),
            OneHotEncoder(handle_unknown="ignore"))),
    "filled often": imputed(
        onehot=make_pipeline(
            SimpleImputer(missing_values=None, strategy="most_frequent"),
            OneHotEncoder(handle_unknown="ignore"))),
    "ordinal": imputed(
        onehot=OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-3)),
    "ordinal groups": imputed(
        onehot=make_pipeline(
            OrdinalEncoder(
                handle_unknown="use_encoded_value", unknown_value=np.nan, min_frequency=4),
            SimpleImputer(strategy="median"))),
    "weights": imputed(transformer_weights={"numbers": 0.25, "texts": 3}),
    "remainder": ColumnTransformer(
        [("texts", OneHotEncoder(handle_unknown="ignore"), ["method"]), ("no", "drop", ["agent"])],
        remainder=SimpleImputer()),
    "by position": ColumnTransformer(
        [("a", SimpleImputer(), [0, 2]), ("b", OneHotEncoder(handle_unknown="ignore"), [1, -1])]),
    "selector": ColumnTransformer(
        [
            ("n", SimpleImputer(), make_column_selector(dtype_include=float)),
            ("t", OneHotEncoder(handle_unknown="ignore"),
             make_column_selector(dtype_include=object)),
        ]),
    "nested": ColumnTransformer(
        [
            ("all", Pipeline([
                ("inner", ColumnTransformer(
                    [("t", OneHotEncoder(handle_unknown="ignore"), ["method"])],
                    remainder=SimpleImputer())),
                ("scale", MinMaxScaler()),
            ]), ["method", "bytes", "depth"]),
            ("bins", make_pipeline(
                SimpleImputer(), KBinsDiscretizer(4, quantile_method="averaged_inverted_cdf")),
             ["time.ms"]),
        ]),
    "union": imputed(
        numeric=make_pipeline(
            SimpleImputer(),
            FeatureUnion([
                ("poly", PolynomialFeatures(2, interaction_only=True)),
                ("log", FunctionTransformer(np.abs)),
                ("pca", make_pipeline(StandardScaler(), PCA(2, whiten=True))),
            ], transformer_weights={"log": 0.5}),
            StandardScaler())),
    "text beside": ColumnTransformer(
        [
            ("n", SimpleImputer(), NUMBERS),
            ("m", OneHotEncoder(handle_unknown="ignore"), ["method"]),
            ("url", TfidfVectorizer(analyzer="char", ngram_range=(1, 2)), "url"),
        ]),
}


def with_urls(frame):
    return frame.assign(url=[f"/shop/{row}?q={row % 7}" for row in range(len(frame))])


@pytest.mark.parametrize("name", COLUMNS)
def test_columns(name, swerve, tmp_path):
    train, tests = TRAIN, UNKNOWN
    if name == "text beside":
        train, tests = with_urls(TRAIN), with_urls(UNKNOWN)
    model = make_pipeline(COLUMNS[name], LogisticRegression(max_iter=2_000)).fit(train, CLASSES)
    check(swerve, tmp_path / "m.safetensors", model, tests, samples=train)


def test_a_selection_behind_columns_and_a_kernel(swerve, tmp_path):
    for last in (SVC(), LinearSVC()):
        model = make_pipeline(imputed(), SelectKBest(k=9), last).fit(TRAIN, CLASSES)
        exported = check(swerve, tmp_path / "m.safetensors", model, UNKNOWN)
        steps = exported.manifest["featurizer"]["steps"]
        assert ("select" in steps[-1]) == isinstance(last, SVC)


def test_what_is_no_category_or_missing_is_an_error_that_names_the_field(swerve, tmp_path):
    columns = ColumnTransformer(
        [("m", OneHotEncoder(), ["method"]), ("b", "passthrough", ["bytes"])])
    whole = TRAIN.dropna()
    model = make_pipeline(columns, LogisticRegression()).fit(whole, labels(whole))
    exported = export(model, tmp_path / "m.safetensors")
    assert any("'method' had no missing values in training" in note for note in exported.remarks)
    scored = swerve.run("score", swerve.register(tmp_path / "m.safetensors"), stdin="".join(
        json.dumps(document) + "\n" for document in (
            {"method": "BREW", "bytes": 1}, {"bytes": 1}, {"method": None, "bytes": 1},
            {"method": 3, "bytes": 1}, {"method": "GET"}, {"method": "GET", "bytes": 1},
        )))
    lines = [json.loads(line) for line in scored.stdout.splitlines()]
    assert ["method" in str(line.get("error")) for line in lines] == [True] * 4 + [False] * 2
    assert "bytes" in lines[4]["error"] and "error" not in lines[5]


def test_missing_numbers_of_rows_and_of_fields(swerve, tmp_path):
    model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LinearSVC())
    model.fit(TRAIN[NUMBERS], CLASSES)
    check(swerve, tmp_path / "m.safetensors", model, TEST[NUMBERS], samples=TRAIN[NUMBERS])
    rows = TEST[NUMBERS].to_numpy()
    model.fit(TRAIN[NUMBERS].to_numpy(), CLASSES)
    for options in ({}, {"samples": rows}):
        export(model, tmp_path / "m.safetensors", **options)
        scored = swerve.score(
            swerve.register(tmp_path / "m.safetensors"), [{"x": plain(row)} for row in rows]
        )
        assert_same(scored, model.decision_function(rows), model.predict(rows))


def test_an_empty_column_is_left_out_or_kept(swerve, tmp_path):
    frame = TRAIN[NUMBERS].assign(void=np.nan)
    for kept in (False, True):
        columns = ColumnTransformer(
            [("n", SimpleImputer(keep_empty_features=kept, add_indicator=True), list(frame))])
        model = make_pipeline(columns, StandardScaler(), LinearSVC()).fit(frame, CLASSES)
        check(swerve, tmp_path / "m.safetensors", model, TEST[NUMBERS].assign(void=np.nan))


def test_encoders_alone(swerve, tmp_path):
    columns = ["method", "code"]
    for encoder in (
        OneHotEncoder(handle_unknown="ignore"),
        OneHotEncoder(drop="if_binary", handle_unknown="ignore"),
    ):
        model = make_pipeline(encoder, LinearSVC()).fit(TRAIN[columns], CLASSES)
        check(swerve, tmp_path / "m.safetensors", model, UNKNOWN[columns], samples=TRAIN[columns])


def test_values_that_stand_for_missing_ones(swerve, tmp_path):
    frame = TRAIN[NUMBERS].fillna(-1)
    model = make_pipeline(SimpleImputer(missing_values=-1, strategy="median"), LinearSVC())
    model.fit(frame, CLASSES)
    check(swerve, tmp_path / "m.safetensors", model, TEST[NUMBERS].fillna(-1))


# ---- rows of numbers

ROWS, SIGNS, _ = numbers(200)
HELD, _, _ = numbers(60, seed=8)
COUNTS = np.abs(ROWS)
TABLES = {
    "onehot bins": (KBinsDiscretizer(4, quantile_method="averaged_inverted_cdf"),),
    "dense bins": (KBinsDiscretizer(3, encode="onehot-dense", strategy="uniform"),),
    "ordinal bins": (
        KBinsDiscretizer(5, encode="ordinal", strategy="kmeans", random_state=0), StandardScaler()),
    "polynomial": (StandardScaler(), PolynomialFeatures(2)),
    "squares": (StandardScaler(), PolynomialFeatures((2, 2), include_bias=False)),
    "interactions": (
        StandardScaler(), PolynomialFeatures(2, interaction_only=True, include_bias=False)),
    "log1p": (FunctionTransformer(np.abs), FunctionTransformer(np.log1p), StandardScaler()),
    "sqrt": (FunctionTransformer(np.absolute), FunctionTransformer(np.sqrt)),
    "k best": (SelectKBest(k=3), StandardScaler()),
    "percentile": (StandardScaler(), SelectPercentile(percentile=50)),
    "variance": (VarianceThreshold(1e-3), StandardScaler()),
    "from model": (StandardScaler(), SelectFromModel(LinearSVC(), threshold="median")),
    "rfe": (StandardScaler(), RFE(LinearSVC(), n_features_to_select=2)),
    "pca": (StandardScaler(), PCA(3)),
    "whitened": (PCA(4, whiten=True),),
    "both": (StandardScaler(), PCA(4), StandardScaler(), SelectKBest(k=2)),
    "svd": (StandardScaler(), TruncatedSVD(2)),
    "svd, normalized": (StandardScaler(), TruncatedSVD(3), Normalizer()),
    "sampler": (StandardScaler(), RBFSampler(gamma=0.2, n_components=40, random_state=0)),
    "nystroem": (StandardScaler(), Nystroem(gamma=0.2, n_components=30, random_state=0)),
    "nystroem poly": (
        StandardScaler(), Nystroem(kernel="poly", degree=2, n_components=20, random_state=0)),
    "nystroem sigmoid": (
        StandardScaler(),
        Nystroem(kernel="sigmoid", gamma=0.01, coef0=0.5, n_components=10, random_state=0)),
    "nystroem linear": (
        StandardScaler(), Nystroem(kernel="linear", n_components=5, random_state=0)),
    "union": (
        StandardScaler(), FeatureUnion([("pca", PCA(2)), ("best", SelectKBest(k=2))],
                                       transformer_weights={"pca": 2, "best": 0.5})),
    "by position": (
        ColumnTransformer([("a", StandardScaler(), [0, 2]), ("b", "passthrough", [4])],
                          remainder=MinMaxScaler()),),
}


@pytest.mark.parametrize("name", TABLES)
def test_numbers(name, swerve, tmp_path):
    for last in (LinearSVC(), SVC()):
        model = make_pipeline(*TABLES[name], last).fit(ROWS, SIGNS)
        export(model, tmp_path / "m.safetensors")
        scored = swerve.score(
            swerve.register(tmp_path / "m.safetensors"), [{"x": plain(row)} for row in HELD]
        )
        assert_same(scored, model.decision_function(HELD), model.predict(HELD))


def test_projections_fold_into_a_linear_model(tmp_path):
    model = make_pipeline(StandardScaler(), PCA(3), SelectKBest(k=2), LinearSVC()).fit(ROWS, SIGNS)
    manifest = export(model, tmp_path / "m.safetensors").manifest
    assert [list(step) for step in manifest["featurizer"]["steps"]] == [
        ["dense"], ["standard_scaler"]]
    model = make_pipeline(PCA(3), SVC()).fit(ROWS, SIGNS)
    manifest = export(model, tmp_path / "m.safetensors").manifest
    assert [list(step) for step in manifest["featurizer"]["steps"]] == [["dense"], ["matrix"]]


def test_selections_and_projections_of_texts(swerve, tmp_path):
    texts = [f"GET /{'shop' if n % 3 else 'etc'}/{n % 17}?q={n * 7 % 29}" for n in range(150)]
    signs = [int(n % 3 == 0) for n in range(150)]
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
    for steps in ([SelectKBest(chi2, k=20)], [TruncatedSVD(8), StandardScaler()]):
        for last in (LinearSVC(), SVC()):
            model = make_pipeline(vectorizer, *steps, last).fit(texts, signs)
            export(model, tmp_path / "m.safetensors")
            version = swerve.register(tmp_path / "m.safetensors")
            scored = swerve.score(version, [{"text": text} for text in texts[:50]])
            assert_same(scored, model.decision_function(texts[:50]), model.predict(texts[:50]))


def test_dicts(swerve, tmp_path):
    rows = [
        {key: value for key, value in document.items() if value is not None}
        for document in records(TRAIN)
    ]
    tests = [
        {key: value for key, value in document.items() if value is not None}
        for document in records(UNKNOWN)
    ] + [{}, {"other": 1, "method": "GET"}]
    for steps in ((), (StandardScaler(with_mean=False),), (SelectKBest(k=10),)):
        model = make_pipeline(DictVectorizer(), *steps, LogisticRegression(max_iter=2_000))
        model.fit(rows, CLASSES)
        for options in ({}, {"samples": rows}):
            export(model, tmp_path / "m.safetensors", **options)
            scored = swerve.score(swerve.register(tmp_path / "m.safetensors"), tests)
            assert_same(scored, model.decision_function(tests), model.predict(tests))


def test_separators_of_dicts(tmp_path):
    rows = [{"q": "a", "n": 1.0}, {"q": "b", "n": 2.0}] * 4
    signs = [0, 1] * 4
    model = make_pipeline(DictVectorizer(), LogisticRegression()).fit(rows, signs)
    remarks = export(model, tmp_path / "m.safetensors", samples=rows).remarks
    assert any("features NAME=VALUE are read as text VALUE of field NAME" in r for r in remarks)
    with pytest.raises(ExportError, match="the sample's key 'q=a' has '=' in it"):
        export(model, tmp_path / "m.safetensors", samples=[{"q=a": 1.0}])
    rows[0] = {"q": "a=1", "n": 1.0}
    model.fit(rows, signs)
    with pytest.raises(ExportError, match="feature 'q=a=1' has '=' more than once"):
        export(model, tmp_path / "m.safetensors")
    model = make_pipeline(DictVectorizer(separator="::"), LogisticRegression()).fit(rows, signs)
    export(model, tmp_path / "m.safetensors", samples=rows)


@pytest.mark.parametrize("is_strict_first", [True, False])
def test_inputs_are_made_for_the_strictest_encoder(is_strict_first, tmp_path):
    strict, lenient = OneHotEncoder(), OneHotEncoder(handle_unknown="ignore")
    parts = [("strict", strict, ["method"]), ("lenient", lenient, ["method"])]
    frame = pandas.DataFrame({"method": ["GET", "POST", "PUT", "HEAD"] * 5})
    model = make_pipeline(
        ColumnTransformer(parts if is_strict_first else parts[::-1]), LinearSVC())
    model.fit(frame, [0, 1, 1, 0] * 5)
    assert export(model, tmp_path / "m.safetensors").manifest["golden"]["count"] > 10


def test_plain_inputs_have_no_unknown_categories(tmp_path):
    # Of the numbers before a root none may be negative, so that plain inputs are made.
    parts = [
        ("code", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["code"]),
        ("bytes", "passthrough", ["bytes"]),
    ]
    rng = np.random.default_rng(5)
    frame = pandas.DataFrame({
        "code": rng.choice([200.0, 404.0], 40), "bytes": rng.lognormal(1, 1, 40),
    })
    model = make_pipeline(ColumnTransformer(parts), FunctionTransformer(np.sqrt), LinearSVC())
    model.fit(frame, rng.integers(0, 2, 40))
    assert export(model, tmp_path / "m.safetensors").manifest["golden"]["count"] > 10


def test_refusals(tmp_path):
    def refused(model, frame, words):
        model.fit(frame, labels(TRAIN)[: len(frame)])
        with pytest.raises(ExportError) as error:
            export(model, tmp_path / "m.safetensors")
        assert words in str(error.value), error.value

    texts = ["method"]
    refused(
        make_pipeline(
            ColumnTransformer([("p", make_pipeline(
                SimpleImputer(missing_values=None, strategy="most_frequent", add_indicator=True),
                OneHotEncoder()), texts)]), LinearSVC()),
        TRAIN, "ColumnTransformer: 'p': SimpleImputer(add_indicator=True) cannot be expressed")
    refused(
        make_pipeline(StandardScaler(), PolynomialFeatures(3), LinearSVC()),
        ROWS, "PolynomialFeatures(degree=3) cannot be expressed; use degree=2")
    refused(
        make_pipeline(FunctionTransformer(lambda rows: rows), LinearSVC()),
        ROWS, "runs a function of its own, which cannot be expressed; use one of numpy's log1p")
    refused(
        make_pipeline(Nystroem(kernel="laplacian", n_components=5), LinearSVC()),
        ROWS, "Nystroem(kernel='laplacian') cannot be expressed")
    refused(
        make_pipeline(ColumnTransformer([("m", OneHotEncoder(), ["id"])]), LinearSVC()),
        TRAIN.assign(id=TRAIN["method"]), "the column 'id' cannot be a field of a record")
