"""Which models are measured, against whom, and what is to be reached."""
from .scoring_contestant import Contestant

TEXT = [("json", "from JSON"), ("input", "from text"), ("score", "from features, scoring alone")]
NUMBERS = [("json", "from JSON"), ("input", "from features"),
           ("json-blocks", "from JSON, in blocks"), ("blocks", "from features, in blocks")]
EXPORT = "Swerve on the ONNX export"
BATCHES = [("batch", "batches of 500"), ("one", "one at a time")]


class Case:
    def __init__(self, key, title, contestants, targets=(), weighed=None):
        self.key = key
        self.title = title
        self.contestants = contestants
        self.targets = targets
        # The bound of the load in ms, where there is one; 0 is measured without a bound.
        self.weighed = weighed


class Target:
    """`ours` at least `factor` times the fastest of `theirs`; without any, records a second."""

    def __init__(self, text, factor, ours, theirs=(), aim=None):
        self.text = text
        self.factor = factor
        self.ours = ours
        self.theirs = theirs
        self.aim = aim


class Makers:
    def __init__(self, ground):
        self.ground = ground
        self.folder = ground.folder

    def swerve(self, case, candidates, inputs, ways, key="swerve", title="Swerve"):
        # The exporter's bundles are there only with the exporter.
        present = [(model, spec) for model, spec in candidates if model.exists()] or candidates
        commands = [
            self.ground.swerve(
                "score", model, spec and self.folder / spec, "--inputs", self.folder / inputs,
                "--interactive")
            for model, spec in present]
        return Contestant(
            f"{case}-{key}", title, commands, ways, self.ground.environment())

    def python(self, case, kind, model, inputs, form, score, ways=None):
        title = {"sklearn": "scikit-learn", "onnx": "onnxruntime"}[kind]
        script = self.ground.root / "Benchmarks" / "harness" / "scoring_python.py"
        command = [self.ground.peers, script, kind, model, self.folder / inputs, form, score]
        reference = self.ground.shared / "conformance" / "reference"
        return Contestant(
            f"{case}-{kind}", title, [command], ways or BATCHES,
            self.ground.environment(PYTHONPATH=str(reference)))

    def library(self, case, library, model, cells, *more):
        title = {"libsvm": "LIBSVM", "liblinear": "LIBLINEAR"}[library]
        return Contestant(
            f"{case}-{library}", f"{title}'s own loop",
            [[self.ground.predict, library, model, self.folder / cells, *more]],
            [("predict", "from features")], self.ground.environment())


def pickled(ground, name):
    return ground.shared / "conformance" / "joblib" / f"{name}.joblib"


def every(ground):
    """All cases, in the order of the table."""
    make, models = Makers(ground), ground.models
    yield byte18(ground, make, models)
    yield Case("char18", "hashed character 1- to 3-grams, 2^18, linear", [
        make.swerve(
            "char18", [(ground.folder / "char18.model", "char18.json")], "csic.jsonl", TEXT),
        make.python(
            "char18", "sklearn", ground.folder / "char18.joblib", "csic.jsonl", "text",
            "decision_function"),
    ], [Target("hashed char, from text, to scikit-learn in batches", 50,
               ("char18-swerve", "input"), [("char18-sklearn", "batch")])])
    yield ensemble(ground, make)
    yield tfidf(ground, make, models)
    yield words(
        ground, make, "words", "words 1-2 hashed", "words, hashed",
        [(ground.folder / "words.model", "words.json")])
    yield words(
        ground, make, "word_terms", "words 1-2 tf-idf 20,000", "words, tf-idf",
        [(ground.folder / "word_terms.safetensors", None)])
    yield kernel(
        ground, make, "rbf", "sk_svc_rbf", "first", "RBF, 3,140 vectors, 30 numbers", 30, [
            ("to onnxruntime", 5, "input", "onnx", ["batch", "one"]),
            ("to scikit-learn in batches", 15, "input", "sklearn", ["batch"]),
            ("in blocks, to onnxruntime", 8, "blocks", "onnx", ["batch", "one"]),
            ("in blocks, to scikit-learn in batches", 25, "blocks", "sklearn", ["batch"])])
    yield kernel(
        ground, make, "one", "sk_ocsvm_rbf", "all", "one-class RBF, 258 vectors, 30 numbers", 0, [
            ("to onnxruntime", 4, "input", "onnx", ["batch", "one"])])
    yield Case("libsvm", "LIBSVM's RBF, 3,529 vectors, sparse input", [
        make.swerve(
            "libsvm", [(models / "svm_c_rbf.model", "sparse.json")], "csic.svm.jsonl", NUMBERS),
        make.library("libsvm", "libsvm", models / "svm_c_rbf.model", "csic.cells"),
    ], weighed=0)
    yield Case("multi", "LIBSVM's RBF, 5 classes, 252 vectors, probabilities", [
        make.swerve(
            "multi", [(models / "svm_multi_rbf_b1.model", "sparse.json")], "hp.svm.jsonl", NUMBERS),
        make.library(
            "multi", "libsvm", models / "svm_multi_rbf_b1.model", "hp.cells", "probability"),
    ], weighed=0)
    yield Case("lexical", "30 lexical features of a request, scaled, linear", [
        make.swerve(
            "lexical", [(ground.folder / "lexical.model", "lexical.json")], "csic.jsonl", [
                ("featurize", "features of a request"),
                ("json-featurize", "features of its JSON"), *TEXT[:2]]),
        make.python(
            "lexical", "sklearn", pickled(ground, "sk_lsvc_num"), "csic.jsonl", "requests",
            "decision_function"),
    ], [Target("lexical features of a request", 1_000_000, ("lexical-swerve", "featurize"))])


def byte18(ground, make, models):
    model = models / "ll_l2l2_byte18.model"
    return Case("byte18", "hashed byte 1- to 3-grams, 2^18, linear", [
        make.swerve("byte18", [(model, "byte18.json")], "csic.jsonl", TEXT),
        make.swerve(
            "byte18", [(model, "sparse.json")], "byte18.svm.jsonl",
            [("input", "from features")], key="cells", title="Swerve on sparse input"),
        make.python(
            "byte18", "sklearn", ground.folder / "byte18.joblib", "csic.jsonl", "text",
            "decision_function"),
        make.library("byte18", "liblinear", model, "byte18.cells"),
    ], [Target("hashed bytes, from text, to scikit-learn in batches", 70,
               ("byte18-swerve", "input"), [("byte18-sklearn", "batch")], aim=100)], weighed=20)


def ensemble(ground, make):
    """Five calibrated members over one hashed text, and one calibrated model beside them."""
    def bundle(name):
        return [(ground.folder / f"{name}.safetensors", None)]
    alone = make.swerve(
        "ensemble", bundle("calibrated1"), "csic.jsonl", TEXT, key="alone",
        title="Swerve, one calibrated model")
    alone.is_same = False
    return Case("ensemble", "five calibrated members, hashed characters, 2^18", [
        make.swerve("ensemble", bundle("calibrated5"), "csic.jsonl", TEXT),
        alone,
        make.python(
            "ensemble", "sklearn", ground.folder / "calibrated5.joblib", "csic.jsonl", "text",
            "second"),
    ], [Target("five members, from text, to one (1.3 times its cost at most)", 0.77,
               ("ensemble-swerve", "input"), [("ensemble-alone", "input")])], weighed=0)


def tfidf(ground, make, models):
    """The variant with lowercasing where onnxruntime can load it: it needs a locale."""
    name = "sk_tfidf_lsvc"
    probe = make.python(
        "tfidf", "onnx", models / f"{name}.onnx", "csic.jsonl", "text", "last")
    only = ground.options.only
    if (not only or "tfidf" in only) and probe.start(ground) is None:
        ground.note(
            "onnxruntime cannot load the tf-idf model with lowercasing on this machine (no locale "
            "en_US.UTF-8); the variant without lowercasing is measured.")
        name = "sk_tfidf_lsvc_nolower"
    probe.stop()
    candidates = [
        (ground.folder / f"{name}.safetensors", None), (models / f"{name}.onnx", None)]
    return Case("tfidf", "tf-idf, 20,000 terms, linear", [
        make.swerve("tfidf", candidates, "csic.jsonl", TEXT),
        make.swerve(
            "tfidf", candidates[1:], "csic.jsonl", TEXT[1:2], key="export", title=EXPORT),
        make.python("tfidf", "onnx", models / f"{name}.onnx", "csic.jsonl", "text", "last"),
        make.python(
            "tfidf", "sklearn", pickled(ground, name), "csic.jsonl", "text", "decision_function"),
    ], [Target("tf-idf, from text, to onnxruntime", 30, ("tfidf-swerve", "input"),
               [("tfidf-onnx", "batch"), ("tfidf-onnx", "one")], aim=60)], weighed=0)


def words(ground, make, key, title, target, candidates):
    return Case(key, title, [
        make.swerve(key, candidates, "csic.jsonl", TEXT),
        make.python(
            key, "sklearn", ground.folder / f"{key}.joblib", "csic.jsonl", "text",
            "decision_function"),
    ], [Target(f"{target}, from text, to scikit-learn in batches", 30, (f"{key}-swerve", "input"),
               [(f"{key}-sklearn", "batch")])])


def kernel(ground, make, key, name, score, title, weighed, targets):
    candidates = [
        (ground.folder / f"{name}.safetensors", None),
        (ground.folder / f"{key}.model", f"{key}.json")]
    return Case(key, title, [
        make.swerve(key, candidates, "csic.x.jsonl", NUMBERS),
        make.swerve(
            key, [(ground.models / f"{name}.onnx", None)], "csic.x.jsonl", NUMBERS[1::2],
            key="export", title=EXPORT),
        make.python(key, "onnx", ground.models / f"{name}.onnx", "csic.x.jsonl", "x", score),
        make.python(
            key, "sklearn", pickled(ground, name), "csic.x.jsonl", "x", "decision_function"),
        make.library(key, "libsvm", ground.folder / f"{key}.model", f"{key}.cells"),
    ], [
        Target(f"{title.split(',')[0]}, {words}", factor, (f"{key}-swerve", our_way),
               [(f"{key}-{peer}", way) for way in ways])
        for words, factor, our_way, peer, ways in targets], weighed=weighed)
