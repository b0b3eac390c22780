"""Makes the inputs and models that the contestants of Benchmarks/scoring share; run by the virtual
environment's Python.

    scoring_prepare.py SHARED FOLDER INPUTS

The models of scikit-learn are written as LIBLINEAR and LIBSVM text with 17 digits, which is exact:
so Swerve and the C libraries score with the very weights that scikit-learn has.
"""
import gzip
import json
import pathlib
import random
import subprocess
import sys

import joblib
import numpy
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

SHARED, FOLDER = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
INPUTS = int(sys.argv[3])
MODELS = SHARED / "conformance" / "models"
sys.path.insert(0, str(SHARED / "conformance" / "reference"))
import common  # noqa: E402

FEATURES_2_18 = 1 << 18
TERMS = 20_000
# What a request's text has before its body, in the curve over lengths.
HEAD = "POST /a\n"
LENGTHS = [64 << step for step in range(0, 15, 2)]
VECTORS = [100, 316, 1_000, 3_162, 10_000, 31_623, 100_000]


def records(name):
    with gzip.open(SHARED / "data" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def shuffled(name):
    """In an order that never changes, so that every beginning is a fair sample."""
    found = records(name)
    random.Random(4).shuffle(found)
    return found[:INPUTS]


def lines(name, rows):
    with open(FOLDER / name, "w", encoding="utf-8") as file:
        for row in rows:
            file.write((row if isinstance(row, str) else json.dumps(row)) + "\n")


def cells(row):
    return " ".join(f"{index}:{value:.17g}" for index, value in row if value)


def dense_cells(row):
    return cells(enumerate(row, 1))


def spec(name, *steps):
    (FOLDER / name).write_text(json.dumps({"steps": list(steps)}))


def hashed(analyzer, lowercase):
    return {"hashed_ngrams": {
        "analyzer": analyzer, "ngram_range": [1, 3], "n_features": FEATURES_2_18,
        "alternate_sign": True, "lowercase": lowercase, "norm": "l2"}}


def scaler(step):
    return {"standard_scaler": {"mean": step.mean_.tolist(), "scale": step.scale_.tolist()}}


def linear_text(name, model):
    """LIBLINEAR's format; a decision above 0 means class 1 here and there."""
    weights = [f"{value:.17g} " for value in [*model.coef_[0], model.intercept_[0]]]
    head = [
        "solver_type L2R_L2LOSS_SVC_DUAL", "nr_class 2", "label 1 0",
        f"nr_feature {model.coef_.shape[1]}", "bias 1", "w"]
    (FOLDER / name).write_text("\n".join(head + weights) + "\n")


def kernel_text(name, model):
    """LIBSVM's format: scikit-learn keeps class 0's vectors first, the file its first label's."""
    count = len(model.support_vectors_)
    head = [
        f"svm_type {'one_class' if not hasattr(model, 'classes_') else 'c_svc'}",
        "kernel_type rbf", f"gamma {model._gamma:.17g}", "nr_class 2", f"total_sv {count}",
        f"rho {-model.intercept_[0]:.17g}"]
    order = numpy.arange(count)
    if hasattr(model, "classes_"):
        zeros, ones = model.n_support_
        order = numpy.concatenate([order[zeros:], order[:zeros]])
        head += ["label 1 0", f"nr_sv {ones} {zeros}"]
    with open(FOLDER / name, "w") as file:
        file.write("\n".join(head + ["SV"]) + "\n")
        for at in order:
            weight = numpy.asarray(model.dual_coef_)[0][at]
            file.write(f"{weight:.17g} {dense_cells(model.support_vectors_[at])} \n")


def scaled(range_file, rows):
    """What svm-scale makes of rows, by its own program's arithmetic and digits."""
    low, high, bounds = 0.0, 0.0, {}
    with open(MODELS / range_file) as file:
        assert file.readline().strip() == "x"
        low, high = map(float, file.readline().split())
        for line in file:
            index, least, most = line.split()
            bounds[int(index)] = (float(least), float(most))
    for row in rows:
        found = []
        for index, value in enumerate(row, 1):
            if index not in bounds or bounds[index][0] == bounds[index][1]:
                continue
            least, most = bounds[index]
            if value == least:
                value = low
            elif value == most:
                value = high
            else:
                value = low + (high - low) * (value - least) / (most - least)
            if value:
                found.append(f"{index}:{value:g}")
        yield " ".join(found)


def texts(csic):
    """Hashed n-grams, 2^18: LIBLINEAR's own model, and scikit-learn's of the same shape."""
    base = MODELS / "ll_l2l2_byte18.model"
    weights = numpy.zeros(FEATURES_2_18 + 1)
    with open(base) as file:
        for line in file:
            words = line.split()
            if words[0] == "nr_feature":
                size = int(words[1])
            if words == ["w"]:
                break
        read = [float(line) for line in file]
    weights[:size], intercept = read[:size], read[size]
    model = LinearSVC()
    model.classes_ = numpy.array([0, 1])
    model.coef_, model.intercept_ = weights[None, :FEATURES_2_18], numpy.array([intercept])
    model.n_features_in_ = FEATURES_2_18
    # On ASCII without runs of white space the n-grams of bytes are those of characters.
    recipe = HashingVectorizer(
        analyzer="char", ngram_range=(1, 3), n_features=FEATURES_2_18, lowercase=False)
    joblib.dump(make_pipeline(recipe, model), FOLDER / "byte18.joblib")
    spec("byte18.json", hashed("byte", False))
    exact = HashingVectorizer(
        analyzer=common.byte_ngrams, encoding="latin-1", n_features=FEATURES_2_18)
    matrix = exact.transform([common.tbytes(record) for record in csic])
    matrix.sort_indices()
    with open(FOLDER / "byte18.cells", "w") as file, open(FOLDER / "byte18.svm.jsonl", "w") as also:
        for row in range(matrix.shape[0]):
            begin, end = matrix.indptr[row], matrix.indptr[row + 1]
            line = cells(zip(matrix.indices[begin:end] + 1, matrix.data[begin:end]))
            file.write(line + "\n")
            also.write(json.dumps({"svm": line}) + "\n")
    train = records("csic.train")
    char = make_pipeline(
        HashingVectorizer(analyzer="char", ngram_range=(1, 3), n_features=FEATURES_2_18),
        LinearSVC())
    char.fit([common.text(r) for r in train], [r["label"] for r in train])
    joblib.dump(char, FOLDER / "char18.joblib")
    linear_text("char18.model", char[1])
    spec("char18.json", hashed("char", True))


def words():
    """N-grams of words as most people count them: hashed, and over a vocabulary."""
    train = records("csic.train")
    texts, labels = [common.text(r) for r in train], [r["label"] for r in train]
    vectorizers = {
        "words": HashingVectorizer(ngram_range=(1, 2), n_features=FEATURES_2_18),
        "word_terms": TfidfVectorizer(ngram_range=(1, 2), max_features=TERMS)}
    for name, vectorizer in vectorizers.items():
        pipeline = make_pipeline(vectorizer, LinearSVC()).fit(texts, labels)
        joblib.dump(pipeline, FOLDER / f"{name}.joblib")
        if name == "words":
            linear_text("words.model", pipeline[1])
    spec("words.json", {"hashed_ngrams": {
        "analyzer": "word", "ngram_range": [1, 2], "n_features": FEATURES_2_18}})


def ensembles():
    """The same text with a calibrated ensemble of five, and with one calibrated model."""
    train = records("csic.train")
    rows, labels = [common.text(r) for r in train], [r["label"] for r in train]
    for name, ensemble in (("calibrated5", True), ("calibrated1", False)):
        model = make_pipeline(
            HashingVectorizer(analyzer="char", ngram_range=(1, 3), n_features=FEATURES_2_18),
            CalibratedClassifierCV(LinearSVC(), ensemble=ensemble, cv=5))
        joblib.dump(model.fit(rows, labels), FOLDER / f"{name}.joblib")


def numbers(csic):
    """Numeric features: dense for scikit-learn's models, LIBSVM cells for LIBSVM's."""
    rows = common.X(csic)
    lines("csic.x.jsonl", [{"x": row.tolist()} for row in rows])
    sparse = list(scaled("csic_num.range", rows))
    lines("csic.cells", sparse)
    lines("csic.svm.jsonl", [{"svm": line} for line in sparse])
    parameters = shuffled("httpparams.test")
    sparse = list(scaled("hp_num.range", common.X(parameters)))
    lines("hp.cells", sparse)
    lines("hp.svm.jsonl", [{"svm": line} for line in sparse])
    for name, source in (("rbf", "sk_svc_rbf"), ("one", "sk_ocsvm_rbf")):
        pipeline = joblib.load(SHARED / "conformance" / "joblib" / f"{source}.joblib")
        spec(f"{name}.json", {"dense": {}}, scaler(pipeline[0]))
        kernel_text(f"{name}.model", pipeline[1])
        lines(f"{name}.cells", [dense_cells(row) for row in pipeline[0].transform(rows)])
    pipeline = joblib.load(SHARED / "conformance" / "joblib" / "sk_lsvc_num.joblib")
    spec("lexical.json", {"lexical": {}}, scaler(pipeline[0]))
    linear_text("lexical.model", pipeline[1])
    spec("sparse.json", {"sparse": {}})


def curves():
    """Texts of growing length out of the records, and kernels of growing size."""
    whole = "".join(common.text(record) for record in records("csic.test"))
    for length in LENGTHS:
        count = max(2, min(400, (4 << 20) // length))
        step = max(1, (len(whole) - length) // count)
        parts = [whole[i * step:i * step + length - len(HEAD)] for i in range(count)]
        lines(f"length-{length}.jsonl", [
            {"method": "POST", "path": "/a", "query": "", "body": part} for part in parts])
    source = numpy.random.default_rng(4)
    for count in VECTORS:
        vectors, weights = source.uniform(-1, 1, (count, 30)), source.uniform(-1, 1, count)
        half = count // 2
        with open(FOLDER / f"vectors-{count}.model", "w") as file:
            file.write(
                "svm_type c_svc\nkernel_type rbf\ngamma 0.1\nnr_class 2\n"
                f"total_sv {count}\nrho 0.5\nlabel 1 -1\nnr_sv {half} {count - half}\nSV\n")
            for at in range(count):
                weight = abs(weights[at]) * (1 if at < half else -1)
                file.write(f"{weight:.8g} " + " ".join(
                    f"{i}:{value:.8g}" for i, value in enumerate(vectors[at], 1)) + " \n")


def bundles():
    """The exporter's files, where the exporter is there: as a user would make them."""
    found = {}
    pickles = SHARED / "conformance" / "joblib"
    names = ("sk_tfidf_lsvc", "sk_tfidf_lsvc_nolower", "sk_svc_rbf", "sk_ocsvm_rbf")
    for folder, name in [(pickles, name) for name in names] + [
            (FOLDER, "calibrated5"), (FOLDER, "calibrated1"), (FOLDER, "word_terms")]:
        target = FOLDER / f"{name}.safetensors"
        done = subprocess.run(
            [sys.executable, "-m", "swerve_export.cli", folder / f"{name}.joblib", target],
            capture_output=True, text=True)
        found[name] = done.returncode == 0
        if done.returncode != 0:
            target.unlink(missing_ok=True)
            print(f"{name}: no bundle: {done.stderr.strip()[-200:]}", file=sys.stderr)
    return found


def main():
    csic = shuffled("csic.test")
    lines("csic.jsonl", csic)
    texts(csic)
    words()
    ensembles()
    numbers(csic)
    curves()
    print(json.dumps({
        "inputs": len(csic), "lengths": LENGTHS, "vectors": VECTORS, "bundles": bundles()}))


if __name__ == "__main__":
    main()
