"""Text to features: HashingVectorizer, CountVectorizer and TfidfVectorizer as steps."""

import codecs
from collections import Counter

import numpy as np
from sklearn.feature_extraction import text

from . import tokens
from .errors import ExportError, refuse_option

NGRAM_LENGTH_MAX = 16
HASHED_FEATURES_MAX = 1 << 24


class Analyzer:
    """How texts become n-grams; what the caller says of a callable that scikit-learn runs."""

    def __init__(self, name=None, ngram_range=None):
        if name not in (None, "byte"):
            raise ExportError(f"analyzer={name!r} is not known", "the one to name is 'byte'")
        if name == "byte" and ngram_range is None:
            raise ExportError(
                "analyzer='byte' needs the lengths of its n-grams", "give ngram_range, such as 1,3"
            )
        if name is None and ngram_range is not None:
            raise ExportError(
                "ngram_range goes with analyzer='byte' alone",
                "leave it away: the vectorizer says its own",
            )
        self.name = name
        self.ngram_range = ngram_range


def hashed(vectorizer, analyzer, parts):
    """The step of a HashingVectorizer."""
    analysis = _analysis(vectorizer, analyzer, parts)
    if not 1 <= vectorizer.n_features <= HASHED_FEATURES_MAX:
        refuse_option(
            vectorizer, "n_features", vectorizer.n_features, f"use at most {HASHED_FEATURES_MAX}"
        )
    if np.dtype(vectorizer.dtype) != np.float64:
        refuse_option(vectorizer, "dtype", vectorizer.dtype, "train with dtype=numpy.float64")
    return {
        "hashed_ngrams": {
            **analysis,
            "n_features": int(vectorizer.n_features),
            "alternate_sign": bool(vectorizer.alternate_sign),
            "binary": bool(vectorizer.binary),
            "norm": _norm(vectorizer, vectorizer.norm),
        }
    }


def weighed(vectorizer, tfidf, parts):
    """The steps of a TfidfTransformer behind a HashingVectorizer."""
    if tfidf.sublinear_tf:
        refuse_option(
            tfidf, "sublinear_tf", True, "behind a HashingVectorizer, train with sublinear_tf=False"
        )
    steps = []
    idf = getattr(tfidf, "idf_", None) if tfidf.use_idf else None
    if idf is not None:
        idf = np.asarray(idf, dtype=np.float64)
        if not (np.isfinite(idf) & (idf > 0)).all():
            raise ExportError(
                "TfidfTransformer has an idf that is not a number above 0, as with "
                "smooth_idf=False of a hash that training did not meet",
                "train with smooth_idf=True",
            )
        steps.append(
            {"standard_scaler": {"mean": None, "scale": parts.add("idf.scale", 1 / idf)}}
        )
    norm = _norm(tfidf, tfidf.norm)
    if norm is not None:
        steps.append({"normalizer": {"norm": norm}})
    return steps


def counted(vectorizer, tfidf, analyzer, parts):
    """The step of a CountVectorizer with the TfidfTransformer behind it, if there is one."""
    analysis = _analysis(vectorizer, analyzer, parts)
    dtype = np.dtype(vectorizer.dtype)
    if dtype != np.float64 and not (dtype.kind in "iu" and dtype.itemsize >= 4):
        refuse_option(vectorizer, "dtype", vectorizer.dtype, "train with dtype=numpy.float64")
    terms = _terms(vectorizer, is_byte=analysis["analyzer"] == "byte")
    idf = getattr(tfidf, "idf_", None) if tfidf is not None else None
    if idf is not None and len(idf) != len(terms):
        raise ExportError(f"{type(tfidf).__name__} has {len(idf)} idf for {len(terms)} terms")
    if idf is not None and np.asarray(idf).dtype != np.float64:
        raise ExportError(
            f"{type(tfidf).__name__} was fitted on float32 and computes in it",
            "train with dtype=numpy.float64",
        )
    return {
        "tfidf_ngrams": {
            **analysis,
            "norm": None if tfidf is None else _norm(tfidf, tfidf.norm),
            "sublinear_tf": False if tfidf is None else bool(tfidf.sublinear_tf),
            "binary": bool(vectorizer.binary),
            "vocabulary": parts.add_strings("vocabulary", terms, "terms"),
            "idf": None if idf is None else parts.add("idf", idf),
        }
    }


def _norm(thing, norm):
    if norm not in ("l1", "l2", None):
        refuse_option(thing, "norm", norm, "use l1, l2 or None")
    return norm


def _analysis(vectorizer, analyzer, parts):
    """What of a step says how a text is cut; refuses every option that changes more than that."""
    if vectorizer.input != "content":
        refuse_option(
            vectorizer, "input", vectorizer.input, "train with input='content': texts, not files"
        )
    if callable(vectorizer.analyzer):
        return _byte_analysis(vectorizer, analyzer)
    if analyzer.name is not None:
        raise ExportError(
            f"analyzer='byte' was said, and {type(vectorizer).__name__} has "
            f"analyzer={vectorizer.analyzer!r}",
            "leave it away",
        )
    if vectorizer.analyzer not in ("char", "char_wb", "word"):
        refuse_option(
            vectorizer, "analyzer", vectorizer.analyzer, "train with 'word', 'char' or 'char_wb'"
        )
    if vectorizer.preprocessor is not None:
        refuse_option(
            vectorizer, "preprocessor", vectorizer.preprocessor,
            "train without it, or change texts beforehand",
        )
    _say_decoding(vectorizer, parts)
    analysis = {
        "analyzer": vectorizer.analyzer,
        "ngram_range": _range(vectorizer, vectorizer.ngram_range),
        "lowercase": bool(vectorizer.lowercase),
    }
    accents = _accents(vectorizer)
    if accents is not None:
        analysis["strip_accents"] = accents
    if vectorizer.analyzer == "word":
        analysis["token_pattern"] = tokens.pattern(vectorizer)
        words = tokens.stop_words(vectorizer)
        if words is not None:
            analysis["stop_words"] = words
    return analysis


def _accents(vectorizer):
    """How accents go, by name; scikit-learn also takes its own functions."""
    accents = vectorizer.strip_accents
    if not accents:
        return None
    named = {"ascii": "ascii", "unicode": "unicode"} | {
        text.strip_accents_ascii: "ascii", text.strip_accents_unicode: "unicode"
    }
    try:
        return named[accents]
    except (KeyError, TypeError):
        refuse_option(
            vectorizer, "strip_accents", accents,
            "train with 'ascii', 'unicode' or None, or change texts beforehand",
        )


def has_other_encoding(vectorizer):
    """Whether bytes are decoded in another way than Swerve decodes them."""
    try:
        return codecs.lookup(vectorizer.encoding).name != "utf-8"
    except LookupError:
        return True


def _say_decoding(vectorizer, parts):
    """What acts on bytes alone: texts are decoded when a vectorizer sees them."""
    if has_other_encoding(vectorizer):
        parts.note(
            f"encoding={vectorizer.encoding!r} acts on bytes alone: Swerve takes the texts of "
            "records as UTF-8"
        )
    if vectorizer.decode_error not in ("strict", "replace"):
        parts.note(
            f"decode_error={vectorizer.decode_error!r} acts on bytes alone: Swerve replaces those "
            "that are not UTF-8, as with 'replace'"
        )


def _range(vectorizer, ngram_range):
    first, last = (int(length) for length in ngram_range)
    if not 1 <= first <= last <= NGRAM_LENGTH_MAX:
        refuse_option(
            vectorizer, "ngram_range", (first, last),
            f"use 1 to {NGRAM_LENGTH_MAX} characters or words",
        )
    return [first, last]


# Every byte, bytes that are no UTF-8, white space and capitals, and texts shorter than n-grams.
_PROBES = (
    bytes(range(256)), b"", b"A", b"a B", b"GET  /A\r\n\tx", b"\xff\xfe\x80", "été Σς İ".encode(),
)


def _byte_analysis(vectorizer, analyzer):
    """Holds a callable analyzer against n-grams of raw bytes, which is what is written for it."""
    if analyzer.name is None:
        raise ExportError(
            f"{type(vectorizer).__name__} has a callable analyzer, which cannot be expressed",
            "if it gives the n-grams of raw bytes, say so: analyzer='byte' and ngram_range "
            "(--analyzer byte --ngram-range 1,3)",
        )
    first, last = _range(vectorizer, analyzer.ngram_range)
    analyze = vectorizer.build_analyzer()
    for probe in _PROBES:
        wanted = Counter(
            probe[start : start + length]
            for length in range(first, last + 1)
            for start in range(len(probe) - length + 1)
        )
        try:
            found = Counter(analyze(probe))
        except Exception as error:
            raise ExportError(
                f"the callable analyzer fails for the bytes {probe[:20]!r}: {error}",
                "an analyzer of raw bytes takes any; encoding='latin-1' hands them over unchanged",
            ) from error
        if found != wanted:
            raise ExportError(
                f"the callable analyzer does not give the byte n-grams of {first} to {last} of "
                f"{probe[:20]!r}",
                "check ngram_range, and that the analyzer returns bytes; encoding='latin-1' hands "
                "them over unchanged",
            )
    return {"analyzer": "byte", "ngram_range": [first, last], "lowercase": False}


def _terms(vectorizer, is_byte):
    """The vocabulary in the order of its features, as the bytes that stand in a text."""
    vocabulary = getattr(vectorizer, "vocabulary_", None)
    if vocabulary is None:
        raise ExportError(f"{type(vectorizer).__name__} has no vocabulary", "fit it first")
    terms = [None] * len(vocabulary)
    for term, index in vocabulary.items():
        if not 0 <= index < len(terms) or terms[index] is not None:
            raise ExportError(f"the vocabulary has no one term for feature {index}")
        if is_byte:
            if not isinstance(term, bytes):
                raise ExportError("the vocabulary of a byte analyzer holds strings")
            terms[index] = term
        else:
            try:
                terms[index] = term.encode("utf-8")
            except UnicodeEncodeError as error:
                raise ExportError(
                    f"the term {term!r} of the vocabulary is no Unicode text",
                    "train with texts without lone surrogates",
                ) from error
    return terms
