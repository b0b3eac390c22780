"""The word analyzer, accents, and what a bundle says of them."""

import re

import numpy as np
import pytest
from conftest import assert_same, needs_swerve, text_line
from data import text_labels, texts
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import (
    CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer, strip_accents_unicode,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MaxAbsScaler
from sklearn.svm import SVC, LinearSVC

from swerve_export import ExportError, export
from swerve_export import tokens

NASTY = [
    "", " ", "a", "É", "snake_case x_ _y __", "don't e-mail a.b@c.de", "3rd 007 1.5e10 ٣٤٥ १२३",
    "½ ² Ⅷ ⅷ ① x²y", "İstanbul ıI", "Ὀδυσσεύς ΟΔΟΣ ΣΑΣ ΑΣ' ΑΣ'Α Σ", "a\u0301 e\u0308x q\u0323\u0307",
    "देवनागरी ไทย", "日本語テキスト 漢字 한글 ｶﾞ ＡＢＣ１２", "ﬁ ﬃx ǅ Ǆ ŉ ㍿ ﷺ ﷲ", "nul\x00byte \x1c\x1f ctrl\x7f",
    "zero\u200bwidth\ufeff soft\u00adhyphen nb\u00a0sp wide\u3000sp line\u2028sep x\u0085y",
    "emoji 😀👍🏽 𝔘𝔫𝔦 𝟘𝟙 𐐀𐐁 🄰🄱", "ΐ ᾼ ῼ ϓ ﬅ ¨ ¯ ´", "the The THE a an of", "x" * 300,
    "word " * 300, "long" * 5_000 + " tail",
]
BROKEN = [b"broken \xff\xfe utf-8 \xc3 ab\xe2\x82cd", b"\xed\xa0\x80x \xf0\x9f\x98 y", bytes(range(256))]
TRAIN = texts(150) + NASTY
LABELS = text_labels(TRAIN)
TEST = texts(60, seed=9) + NASTY


def check(swerve, path, model, tests=TEST, **options):
    export(model, path, **options)
    scored = swerve.score(swerve.register(path), [text_line(text) for text in tests])
    return assert_same(scored, model.decision_function(tests), model.predict(tests))


HASHED = [
    {}, dict(ngram_range=(1, 2)), dict(ngram_range=(2, 4), norm="l1", alternate_sign=False),
    dict(strip_accents="unicode", token_pattern=r"\w+"), dict(strip_accents="ascii"),
    dict(stop_words="english", ngram_range=(1, 2)), dict(lowercase=False, binary=True, norm=None),
    dict(token_pattern=r"(?u)\b[a-z]{2,}\b", n_features=1000), dict(tokenizer=str.split),
    dict(decode_error="replace", token_pattern=r"[^\s]+"),
]


@needs_swerve
@pytest.mark.parametrize("options", HASHED, ids=repr)
def test_hashed(options, swerve, tmp_path):
    options = dict(n_features=2**12) | options
    model = make_pipeline(HashingVectorizer(**options), LinearSVC()).fit(TRAIN, LABELS)
    tests = TEST + (BROKEN if options.get("decode_error") == "replace" else [])
    check(swerve, tmp_path / "m.safetensors", model, tests)


COUNTED = [
    [TfidfVectorizer()], [TfidfVectorizer(ngram_range=(1, 2), decode_error="replace")],
    [TfidfVectorizer(ngram_range=(2, 2), sublinear_tf=True, lowercase=False)],
    [TfidfVectorizer(token_pattern=r"\S+", norm="l1", max_features=200)],
    [TfidfVectorizer(strip_accents=strip_accents_unicode, token_pattern=r"(\w+)", min_df=2)],
    [TfidfVectorizer(stop_words=["get", "the", "post"], ngram_range=(1, 3), norm=None)],
    [CountVectorizer()], [CountVectorizer(binary=True, strip_accents="ascii"), MaxAbsScaler()],
    [CountVectorizer(token_pattern=r"\b[\w'-]+\b"), TfidfTransformer(use_idf=False)],
    [TfidfVectorizer(analyzer="char", ngram_range=(1, 3), strip_accents="unicode")],
    [TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), strip_accents="ascii")],
    [TfidfVectorizer(vocabulary=["select", "union", "naïve", "two spaces"], ngram_range=(1, 2))],
    [HashingVectorizer(n_features=2**10), TfidfTransformer()],
    [HashingVectorizer(n_features=2**10, norm=None), TfidfTransformer(norm="l1")],
]


@needs_swerve
@pytest.mark.parametrize("steps", COUNTED, ids=repr)
def test_counted(steps, swerve, tmp_path):
    model = make_pipeline(*steps, LinearSVC(max_iter=20_000)).fit(TRAIN, LABELS)
    tests = TEST + (BROKEN if steps[0].decode_error == "replace" else [])
    check(swerve, tmp_path / "m.safetensors", model, tests)
    check(swerve, tmp_path / "m.safetensors", model, TEST, samples=TRAIN)


@needs_swerve
def test_words_and_characters_side_by_side(swerve, tmp_path):
    union = FeatureUnion(
        [("words", TfidfVectorizer(ngram_range=(1, 2))),
         ("characters", HashingVectorizer(analyzer="char_wb", n_features=2**10))]
    )
    model = make_pipeline(union, LinearSVC()).fit(TRAIN, LABELS)
    check(swerve, tmp_path / "m.safetensors", model)


@needs_swerve
def test_kernels_over_words(swerve, tmp_path):
    model = make_pipeline(TfidfVectorizer(max_features=100), SVC()).fit(TRAIN, LABELS)
    check(swerve, tmp_path / "m.safetensors", model)


@needs_swerve
def test_several_classes_over_words(swerve, tmp_path):
    labels = np.array([len(text) % 3 for text in TRAIN])
    model = make_pipeline(TfidfVectorizer(), LinearSVC()).fit(TRAIN, labels)
    check(swerve, tmp_path / "m.safetensors", model)


@needs_swerve
def test_text_columns(swerve, tmp_path):
    pandas = pytest.importorskip("pandas")

    def frame(texts):
        return pandas.DataFrame(
            {"url": texts, "agent": [text[::-1] for text in texts], "size": map(len, texts)}
        )

    columns = ColumnTransformer(
        [("u", TfidfVectorizer(), "url"), ("s", MaxAbsScaler(), ["size"]),
         ("a", HashingVectorizer(n_features=2**8), "agent")]
    )
    model = make_pipeline(columns, LogisticRegression()).fit(frame(TRAIN), LABELS)
    export(model, tmp_path / "m.safetensors", samples=frame(TRAIN))
    tests = frame(TEST)
    scored = swerve.score(
        swerve.register(tmp_path / "m.safetensors"), tests.to_dict(orient="records")
    )
    assert_same(scored, model.decision_function(tests), model.predict(tests))


@needs_swerve
@pytest.mark.parametrize("option", [dict(encoding="latin-1"), dict(decode_error="ignore")])
def test_what_acts_on_bytes_alone_is_noted(option, swerve, tmp_path):
    model = make_pipeline(TfidfVectorizer(**option), LinearSVC()).fit(TRAIN, LABELS)
    remarks = export(model, tmp_path / "m.safetensors").remarks
    assert any("acts on bytes alone" in remark for remark in remarks)
    check(swerve, tmp_path / "m.safetensors", model)
    check(swerve, tmp_path / "m.safetensors", model, samples=TRAIN)


def test_samples_of_another_encoding_are_refused(tmp_path):
    model = make_pipeline(TfidfVectorizer(encoding="latin-1"), LinearSVC()).fit(TRAIN, LABELS)
    with pytest.raises(ExportError, match="samples are bytes.*another encoding"):
        export(model, tmp_path / "m.safetensors", samples=["é".encode("latin-1")])


def test_stop_words_are_written_out(tmp_path):
    model = make_pipeline(TfidfVectorizer(stop_words="english"), LinearSVC()).fit(TRAIN, LABELS)
    step = export(model, tmp_path / "m.safetensors").manifest["featurizer"]["steps"][0]
    words = step["tfidf_ngrams"]["stop_words"]
    assert len(words) == 318 and words == sorted(words) and "the" in words


def test_an_idf_without_end_is_refused(tmp_path):
    model = make_pipeline(
        HashingVectorizer(n_features=2**16, norm=None), TfidfTransformer(smooth_idf=False),
        LinearSVC(),
    )
    with np.errstate(divide="ignore"), pytest.raises(ExportError, match="smooth_idf=True"):
        export(model.fit(TRAIN, LABELS), tmp_path / "m.safetensors")


def split(text):
    return text.split(",")


REFUSED = [
    (dict(token_pattern=r"\w+|\d+"), "token_pattern='\\\\w+|\\\\d+'"),
    (dict(token_pattern=r"[a-z]\w+"), "token_pattern="),
    (dict(token_pattern=r"(?i)[a-z]+"), "token_pattern="),
    (dict(token_pattern=r"\w{2,5}"), "token_pattern="),
    (dict(token_pattern=r"[é-ü]+"), "token_pattern="),
    (dict(tokenizer=split, token_pattern=None), "tokenizer=split"),
    (dict(preprocessor=str.upper), "preprocessor=upper"),
    (dict(strip_accents=str.swapcase), "strip_accents=swapcase"),
]


@pytest.mark.parametrize("options, words", REFUSED, ids=[repr(one) for one, _ in REFUSED])
def test_refused(options, words, tmp_path):
    model = make_pipeline(TfidfVectorizer(**options), LinearSVC())
    with pytest.raises(ExportError) as caught:
        export(model.fit(TRAIN, LABELS), tmp_path / "m.safetensors")
    line = str(caught.value)
    assert f"TfidfVectorizer({words}" in line and "cannot be expressed; " in line, line
    assert list(tmp_path.iterdir()) == []


@needs_swerve
@pytest.mark.parametrize(
    "pattern",
    [r"\w+", r"(?u)\b\w{3,}\b", r"\b[a-zA-Z]{3,15}\b", r"[^\W\d_]+", r"[\w'\-\/\.]+", r"[^,;]+",
     r"(?:\w+)", r"(?u)(\b\w+\b)", r"\w\w*", r"\D+", r"\b[\w']+", r"[\w']+\b", r"[A-Za-z0-9_\-]{2,}"],
)
def test_patterns(pattern, swerve, tmp_path):
    assert re.compile(pattern) and tokens._is_taken(pattern)
    vectorizer = HashingVectorizer(token_pattern=pattern, n_features=2**10)
    model = make_pipeline(vectorizer, LinearSVC()).fit(TRAIN, LABELS)
    check(swerve, tmp_path / "m.safetensors", model)
