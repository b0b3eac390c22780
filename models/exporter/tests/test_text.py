"""Vectorizers, unions and columns in front of a model."""

import numpy as np
import pytest
from conftest import assert_same, needs_swerve, text_line
from data import text_labels, texts
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import (
    CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, StandardScaler
from sklearn.svm import SVC, LinearSVC

from swerve_export import export

pytestmark = needs_swerve

TRAIN = texts(150)
LABELS = text_labels(TRAIN)
TEST = texts(80, seed=9) + ["Σ ΑΣ.", "İ", "\u2028  \u3000x", "a\u0301", "😀👍🏽", "ǅ ﬁ"]


def byte_ngrams(text):
    data = text.encode("latin-1") if isinstance(text, str) else text
    return [data[i : i + n] for n in (1, 2, 3) for i in range(len(data) - n + 1)]


def check(swerve, path, model, tests=TEST, **options):
    export(model, path, **options)
    scored = swerve.score(swerve.register(path), [text_line(text) for text in tests])
    probabilities = None
    if hasattr(model, "predict_proba"):
        probabilities = model.predict_proba(tests)[:, 1]
    assert_same(scored, model.decision_function(tests), model.predict(tests), probabilities)


@pytest.mark.parametrize(
    "options",
    [
        dict(analyzer="char", ngram_range=(1, 3)),
        dict(analyzer="char_wb", ngram_range=(2, 4), alternate_sign=False),
        dict(analyzer="char", ngram_range=(3, 3), norm="l1", n_features=1000),
        dict(analyzer="char", norm=None, binary=True, lowercase=False, n_features=4096),
    ],
    ids=repr,
)
def test_hashed(options, swerve, tmp_path):
    options = dict(n_features=2**12) | options
    model = make_pipeline(HashingVectorizer(**options), LinearSVC()).fit(TRAIN, LABELS)
    check(swerve, tmp_path / "m.safetensors", model)


@pytest.mark.parametrize(
    "options",
    [
        dict(analyzer="char", ngram_range=(1, 3)),
        dict(analyzer="char_wb", ngram_range=(2, 4), max_features=500, smooth_idf=False),
        dict(analyzer="char", ngram_range=(1, 2), sublinear_tf=True, lowercase=False),
        dict(analyzer="char", ngram_range=(1, 2), norm=None, use_idf=False),
        dict(analyzer="char", ngram_range=(1, 2), norm="l1", binary=True),
    ],
    ids=repr,
)
def test_tfidf(options, swerve, tmp_path):
    model = make_pipeline(TfidfVectorizer(**options), LogisticRegression()).fit(TRAIN, LABELS)
    check(swerve, tmp_path / "m.safetensors", model, samples=TRAIN)


@pytest.mark.parametrize(
    "steps",
    [
        [CountVectorizer(analyzer="char", ngram_range=(1, 2))],
        [CountVectorizer(analyzer="char", binary=True), TfidfTransformer(sublinear_tf=True)],
        [CountVectorizer(analyzer="char_wb", ngram_range=(1, 3)), MaxAbsScaler()],
        [CountVectorizer(analyzer="char"), StandardScaler(with_mean=False), Normalizer()],
    ],
    ids=repr,
)
def test_counted(steps, swerve, tmp_path):
    model = make_pipeline(*steps, LinearSVC(max_iter=20_000)).fit(TRAIN, LABELS)
    check(swerve, tmp_path / "m.safetensors", model)


def test_bytes(swerve, tmp_path):
    vectorizer = HashingVectorizer(analyzer=byte_ngrams, encoding="latin-1", n_features=2**12)
    train = [text.encode() for text in TRAIN]
    model = make_pipeline(vectorizer, LinearSVC()).fit(train, LABELS)
    tests = [text.encode() for text in TEST] + [b"\xff\xfe", bytes(range(256)), b"\x80" * 9]
    check(
        swerve, tmp_path / "m.safetensors", model, tests, analyzer="byte", ngram_range=(1, 3)
    )


def test_bytes_of_a_vocabulary(swerve, tmp_path):
    vectorizer = TfidfVectorizer(analyzer=byte_ngrams, encoding="latin-1", max_features=300)
    train = [text.encode() for text in TRAIN]
    model = make_pipeline(vectorizer, LinearSVC()).fit(train, LABELS)
    tests = [text.encode() for text in TEST] + [b"\xff\xfe", bytes(range(256))]
    check(
        swerve, tmp_path / "m.safetensors", model, tests, analyzer="byte", ngram_range=(1, 3)
    )


@pytest.mark.parametrize("machine", [SVC(kernel="linear"), SVC(kernel="rbf"), SVC(kernel="poly")])
def test_kernels_over_text(machine, swerve, tmp_path):
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), max_features=200)
    model = make_pipeline(vectorizer, machine).fit(TRAIN, LABELS)
    check(swerve, tmp_path / "m.safetensors", model)


def test_union(swerve, tmp_path):
    union = FeatureUnion(
        [
            ("hashed", HashingVectorizer(analyzer="char", ngram_range=(1, 3), n_features=2**10)),
            ("terms", make_pipeline(CountVectorizer(analyzer="char_wb"), MaxAbsScaler())),
            ("gone", "drop"),
        ]
    )
    model = make_pipeline(union, SGDClassifier(loss="log_loss", random_state=0))
    check(swerve, tmp_path / "m.safetensors", model.fit(TRAIN, LABELS))


def test_union_of_scalers(swerve, tmp_path):
    from data import held_out, numbers
    from conftest import plain

    rows, labels, _ = numbers()
    union = FeatureUnion(
        [("standard", StandardScaler()), ("range", MinMaxScaler()), ("same", "passthrough")]
    )
    model = make_pipeline(union, LinearSVC()).fit(rows, labels)
    export(model, tmp_path / "m.safetensors")
    test = held_out()
    scored = swerve.score(
        swerve.register(tmp_path / "m.safetensors"), [{"x": plain(row)} for row in test]
    )
    assert_same(scored, model.decision_function(test), model.predict(test))


def table(texts, seed=4):
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(seed)
    return pandas.DataFrame(
        {
            "text": texts, "size": rng.lognormal(3, 1, len(texts)),
            "rate": rng.random(len(texts)), "unused": 1.0, "depth": rng.integers(0, 9, len(texts)),
        }
    )


def test_columns(swerve, tmp_path):
    columns = ColumnTransformer(
        [
            ("text", TfidfVectorizer(analyzer="char", ngram_range=(1, 2)), "text"),
            ("scaled", StandardScaler(), ["size", "rate"]),
            ("as is", "passthrough", ["depth"]),
        ]
    )
    model = make_pipeline(columns, LogisticRegression(max_iter=2_000)).fit(table(TRAIN), LABELS)
    tests = table(TEST, seed=5)
    for options in ({}, {"samples": table(TRAIN)}):
        export(model, tmp_path / "m.safetensors", **options)
        lines = [
            text_line(row.text) | {"size": row.size_, "rate": row.rate, "depth": row.depth}
            for row in tests.rename(columns={"size": "size_"}).itertuples()
        ]
        scored = swerve.score(swerve.register(tmp_path / "m.safetensors"), lines)
        assert_same(
            scored, model.decision_function(tests), model.predict(tests),
            model.predict_proba(tests)[:, 1],
        )


def test_named_columns_as_fields(swerve, tmp_path):
    frame = table(TRAIN)[["size", "rate", "depth"]]
    model = make_pipeline(StandardScaler(), SVC()).fit(frame, LABELS)
    tests = table(TEST, seed=5)[["size", "rate", "depth"]]
    export(model, tmp_path / "m.safetensors", fields=True)
    scored = swerve.score(
        swerve.register(tmp_path / "m.safetensors"), tests.to_dict(orient="records")
    )
    assert_same(scored, model.decision_function(tests), model.predict(tests))


def test_names_without_fields_are_noted(tmp_path, recwarn):
    """The numbers come from "x" then, which no record of the frame's own fields has."""
    frame = table(TRAIN)[["size", "rate", "depth"]]
    named = make_pipeline(StandardScaler(), SVC()).fit(frame, LABELS)
    remarks = export(named, tmp_path / "m.safetensors").remarks
    assert any("size, rate, depth" in remark and "--fields" in remark for remark in remarks)
    assert not [one for one in recwarn if "feature names" in str(one.message)]
    assert not export(named, tmp_path / "m.safetensors", fields=True).remarks
    unnamed = make_pipeline(StandardScaler(), SVC()).fit(frame.to_numpy(), LABELS)
    assert not export(unnamed, tmp_path / "m.safetensors").remarks
