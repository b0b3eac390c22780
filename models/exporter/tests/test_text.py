"""Vectorizers, unions and columns in front of a model."""

import json

import numpy as np
import pytest
from conftest import assert_same, needs_swerve, plain, text_line
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


def dotted_table(texts, seed=3):
    frame = table(texts, seed)
    return frame.rename(
        columns={"text": "url", "size": "net.bytes", "rate": "id.rate", "depth": "net"}
    )


def test_text_columns_and_names_with_dots(swerve, tmp_path):
    """Texts under names of their own, several of them, and keys that have dots."""
    frame = dotted_table(TRAIN)
    frame["http.agent"] = [text[::-1] for text in frame["url"]]
    both = FeatureUnion([
        ("two", TfidfVectorizer(analyzer="char", ngram_range=(1, 2))),
        ("wb", HashingVectorizer(analyzer="char_wb", ngram_range=(3, 3), n_features=128)),
    ])
    columns = ColumnTransformer([
        ("url", both, "url"),
        ("agent", CountVectorizer(analyzer="char", max_features=50), "http.agent"),
        ("numbers", StandardScaler(), ["net.bytes", "id.rate", "net"]),
    ])
    model = make_pipeline(columns, LinearSVC()).fit(frame, LABELS)
    tests = dotted_table(TEST, seed=5)
    tests["http.agent"] = [text[::-1] for text in tests["url"]]
    export(model, tmp_path / "m.safetensors", samples=tests)
    version = swerve.register(tmp_path / "m.safetensors")
    rows = tests.to_dict(orient="records")
    decisions, labels = model.decision_function(tests), model.predict(tests)
    assert_same(swerve.score(version, rows), decisions, labels)
    nested = [
        {**{k: v for k, v in row.items() if k != "http.agent"}, "http": {"agent": row["http.agent"]}}
        for row in rows
    ]
    assert_same(swerve.score(version, nested), decisions, labels)
    export(model, tmp_path / "m.safetensors", golden_lines=map(json.dumps, nested))
    assert_same(swerve.score(swerve.register(tmp_path / "m.safetensors"), rows), decisions)
    made = export(model, tmp_path / "m.safetensors").manifest["golden"]
    assert made["texts"]["names"] == ["url", "http.agent"] and made["texts"]["absent"] == []
    swerve.register(tmp_path / "m.safetensors")
    del rows[0]["url"], rows[1]["http.agent"]
    rows[2]["net.bytes"] = "1"
    rows[3] |= {"http": {"agent": "x"}}
    done = swerve.run("score", version, stdin="".join(json.dumps(row) + "\n" for row in rows))
    errors = [json.loads(line).get("error") for line in done.stdout.splitlines()]
    assert errors[:4] == [
        "the field 'url' is missing", "the field 'http.agent' is missing",
        "net.bytes is not a number, true or false",
        "'http.agent' is there as a key of its own and inside 'http'",
    ] and not any(errors[4:]) and done.returncode == 1


def test_one_text_column_takes_the_text_of_a_record_too(swerve, tmp_path):
    frame = table(TRAIN).rename(columns={"text": "payload"})
    columns = ColumnTransformer(
        [("text", TfidfVectorizer(analyzer="char"), "payload")], remainder="passthrough"
    )
    model = make_pipeline(columns, LinearSVC()).fit(frame, LABELS)
    tests = table(TEST, seed=5).rename(columns={"text": "payload"})
    export(model, tmp_path / "m.safetensors")
    version = swerve.register(tmp_path / "m.safetensors")
    rows = tests.to_dict(orient="records")
    assert_same(swerve.score(version, rows), model.decision_function(tests))
    plain_rows = [
        text_line(row["payload"]) | {k: v for k, v in row.items() if k != "payload"}
        for row in rows
    ]
    assert_same(swerve.score(version, plain_rows), model.decision_function(tests))


def test_text_field_of_a_pipeline_on_texts(swerve, tmp_path):
    """The request's own text under another name, for scoring and for golden inputs."""
    model = make_pipeline(TfidfVectorizer(analyzer="char"), LinearSVC()).fit(TRAIN, LABELS)
    export(model, tmp_path / "m.safetensors")
    version = swerve.register(tmp_path / "m.safetensors")
    lines = "".join(json.dumps({"message": text}) + "\n" for text in TEST)
    done = swerve.run("score", version, "--text-field", "message", stdin=lines)
    assert done.returncode == 0, done.stdout
    assert_same(
        [json.loads(line) for line in done.stdout.splitlines()],
        model.decision_function(TEST),
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


def test_names_are_fields_unless_told_otherwise(swerve, tmp_path, recwarn):
    frame = table(TRAIN)[["size", "rate", "depth"]]
    named = make_pipeline(StandardScaler(), SVC()).fit(frame, LABELS)
    bundle = tmp_path / "m.safetensors"
    remarks = export(named, bundle).remarks
    assert any("size, rate, depth" in remark and "--no-fields" in remark for remark in remarks)
    assert not [one for one in recwarn if "feature names" in str(one.message)]
    tests = table(TEST, seed=5)[["size", "rate", "depth"]]
    decisions = named.decision_function(tests)
    scored = swerve.score(swerve.register(bundle), tests.to_dict(orient="records"))
    assert_same(scored, decisions, named.predict(tests))
    union = FeatureUnion([("standard", StandardScaler()), ("range", MinMaxScaler())])
    both = make_pipeline(union, LinearSVC()).fit(frame, LABELS)
    export(both, bundle)
    scored = swerve.score(swerve.register(bundle), tests.to_dict(orient="records"))
    assert_same(scored, both.decision_function(tests), both.predict(tests))
    assert not export(named, bundle, fields=False).remarks
    rows = [{"x": plain(row)} for row in tests.to_numpy()]
    assert_same(swerve.score(swerve.register(bundle), rows), decisions)
    assert not export(named, bundle, fields=True).remarks
    unnamed = make_pipeline(StandardScaler(), SVC()).fit(frame.to_numpy(), LABELS)
    assert not export(unnamed, tmp_path / "m.safetensors").remarks
