"""Where the built executable is, and how a bundle goes through it."""

import base64
import json
import math
import os
import shutil
import subprocess

import numpy as np
import pytest

TOLERANCE = 1e-9


def swerve_path():
    """The executable that SWERVE_BIN names, else the one on the path."""
    return os.environ.get("SWERVE_BIN") or shutil.which("swerve")


needs_swerve = pytest.mark.skipif(
    not swerve_path(), reason="no swerve executable: set SWERVE_BIN to the built one"
)


class Swerve:
    """One registry in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    def run(self, *arguments, stdin=None):
        return subprocess.run(
            [swerve_path(), *arguments, "--registry", str(self.folder / "swerve.db")],
            input=stdin, capture_output=True, text=True, timeout=300,
        )

    def register(self, bundle, *options):
        self.count += 1
        model = f"model-{self.count}"
        done = self.run("register", str(bundle), "--model", model, *options)
        assert done.returncode == 0, done.stderr
        return f"{model}@1"

    def score(self, version, documents, code=0):
        """One document of the output for each of the input; code 1 where one is an error."""
        lines = "".join(json.dumps(document) + "\n" for document in documents)
        done = self.run("score", version, stdin=lines)
        assert done.returncode == code, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def swerve(tmp_path):
    return Swerve(tmp_path)


def number(value):
    return float(value) if isinstance(value, str) else value


def plain(row):
    """A row as `"x"` of a line."""
    return [value if math.isfinite(value) else str(value) for value in map(float, row)]


def text_line(text):
    data = text if isinstance(text, bytes) else text.encode()
    return {"text_b64": base64.b64encode(data).decode()}


def assert_same(scored, decisions, labels=None, probabilities=None, tolerance=TOLERANCE):
    """Every decision within the tolerance, every label equal; gives the largest difference."""
    decisions = np.asarray(decisions, dtype=float)
    decisions = decisions.reshape(len(decisions), -1)
    assert len(scored) == len(decisions)
    largest = 0.0
    for place, (line, wanted) in enumerate(zip(scored, decisions)):
        assert "error" not in line, f"input {place}: {line}"
        got = line.get("decision") or [line["score"]]
        assert len(got) == len(wanted), f"input {place}: {line}"
        for one, other in zip(got, wanted):
            difference = abs(one - other) / max(1, abs(other))
            largest = max(largest, difference)
            assert difference <= tolerance, f"input {place}: {got}, not {wanted}"
        if labels is not None:
            assert line["label"] == str(labels[place]), f"input {place}: {line}, {wanted}"
        if probabilities is not None:
            got = np.atleast_1d(line["probability"])
            wanted = np.atleast_1d(probabilities[place])
            assert got.shape == wanted.shape
            assert np.abs(got - wanted).max() <= tolerance, f"input {place}: {got}, not {wanted}"
    return largest
