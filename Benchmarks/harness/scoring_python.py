"""scikit-learn and onnxruntime on inputs in memory: a peer of Benchmarks/scoring, run by the
virtual environment's Python. Answers the same lines as `swerve-bench score --interactive`.

    scoring_python.py sklearn|onnx MODEL INPUTS text|x|requests SCORE
"""
import importlib
import importlib.metadata
import json
import math
import pathlib
import sys
import time
import warnings

import numpy

BATCH = 500
warnings.simplefilter("ignore")


class Sklearn:
    """A pickle of the project's own making or of the shared folder."""

    def __init__(self, path, form, score):
        import joblib
        self.model = joblib.load(path)
        self.form = form
        if score == "second":
            self.score = lambda inputs: self.model.predict_proba(inputs)[:, 1]
        else:
            self.score = getattr(self.model, score)

    def decide(self, inputs):
        return self.score(inputs)

    # With all outputs or without, it is the same work.
    values = decide


class Requests(Sklearn):
    """The numeric features of requests, by the reference's own code, and then the pipeline."""

    def __init__(self, path, form, score):
        super().__init__(path, form, score)
        self.features = importlib.import_module("common").features

    def decide(self, inputs):
        return self.score(numpy.array([self.features(r) for r in inputs], dtype=numpy.float64))

    values = decide


class Onnx:
    def __init__(self, path, form, score):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name
        outputs = self.session.get_outputs()
        self.scores = outputs[-1].name
        # Python objects made of every score would be timed otherwise: the label alone is asked for.
        self.timed = outputs[0].name if outputs[-1].type.startswith("seq") else self.scores
        self.score = score

    def decide(self, inputs):
        return self.session.run([self.timed], {self.name: inputs})[0]

    def values(self, inputs):
        found = self.session.run([self.scores], {self.name: inputs})[0]
        if isinstance(found, list):
            found = numpy.array([[row[key] for key in sorted(row)] for row in found])
        found = numpy.asarray(found, dtype=numpy.float64).reshape(len(inputs), -1)
        return {"first": found[:, :1], "last": found[:, -1:], "all": found}[self.score]


def text(record):
    if "text" in record:
        return record["text"]
    query = "?" + record["query"] if record["query"] else ""
    return f"{record['method']} {record['path']}{query}\n{record['body']}"


def read(path, form, kind):
    with open(path, encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    if form == "requests":
        return records
    if form == "text":
        texts = [text(record) for record in records]
        if kind != "onnx":
            return texts
        return numpy.array(texts, dtype=object).reshape(-1, 1)
    values = numpy.array([record["x"] for record in records], dtype=numpy.float64)
    return values.astype(numpy.float32) if kind == "onnx" else values


def batches(inputs, first, count, size):
    """So many inputs from `first` on, round and round; each in a batch or alone, made before."""
    order = [(first + number) % len(inputs) for number in range(count)]
    if isinstance(inputs, list):
        return [[inputs[at] for at in order[i:i + size]] for i in range(0, count, size)]
    return [inputs[order[i:i + size]] for i in range(0, count, size)]


def run(peer, inputs, way, first, count, repeats):
    parts = batches(inputs, first, count, {"batch": BATCH, "one": 1}[way])
    total = 0.0
    began = time.perf_counter()
    for _ in range(repeats):
        for part in parts:
            total += float(numpy.sum(peer.decide(part)))
    seconds = time.perf_counter() - began
    return {
        "records": count * repeats, "seconds": seconds,
        "records_per_s": count * repeats / seconds, "checksum": total}


def write(peer, inputs, path):
    rows = [
        numpy.asarray(peer.values(part), dtype=numpy.float64).reshape(len(part), -1)
        for part in batches(inputs, 0, len(inputs), BATCH)]
    found = numpy.concatenate(rows)
    pathlib.Path(path).write_bytes(found.astype("<f8").tobytes())
    return {"rows": found.shape[0], "width": found.shape[1]}


def kernels():
    """Which code of BLAS runs, and on how many threads."""
    from threadpoolctl import threadpool_info
    return [
        {key: info.get(key) for key in ("internal_api", "architecture", "num_threads", "version")}
        for info in threadpool_info()]


def main():
    kind, model, path, form, score = sys.argv[1:6]
    if kind == "onnx":
        make = Onnx
    else:
        make = Requests if form == "requests" else Sklearn
    peer = make(model, form, score)
    inputs = read(path, form, kind)
    peer.decide(inputs[:1])
    names = ["onnxruntime"] if kind == "onnx" else ["scikit-learn", "numpy", "scipy"]
    ready = {
        "inputs": len(inputs), "threads": kernels(), "library": ", ".join(
            f"{name} {importlib.metadata.version(name)}" for name in names)}
    if math.isnan(float(numpy.sum(peer.values(inputs[:BATCH])))):
        ready["warning"] = "some scores are not numbers"
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "pass":
            found = run(peer, inputs, words[1], *map(int, words[2:5]))
        else:
            found = write(peer, inputs, words[1])
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
