"""What Benchmarks/scoring stands on: the executables, the virtual environment, inputs, models."""
import json
import os
import pathlib
import sys
import time

from . import children, machine

# The versions that the reference models were made with.
PACKAGES = [
    "scikit-learn==1.9.1", "numpy==2.4.6", "onnxruntime==1.32.0", "safetensors", "joblib",
    "pandas==3.1.1", "threadpoolctl"]
ONE_THREAD = {
    name: "1" for name in (
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")}


class Ground:
    def __init__(self, root, options):
        self.root = root
        self.options = options
        self.shared = pathlib.Path(
            os.environ.get("SWERVE_SHARED") or root.parent / "shared").resolve()
        self.models = self.shared / "conformance" / "models"
        self.build = pathlib.Path(options.build or root / ".build" / "release").resolve()
        self.folder = root / ".build" / ("scoring-quick" if options.quick else "scoring")
        self.rounds = max(5, options.rounds)
        # How long one pass of one contestant takes, about.
        self.seconds = 0.1 if options.quick else 0.5
        # machine.describe asks for the Python of another service.
        self.python = None
        self.peers = None
        self.load_at_start = machine.load()
        self.notes = []
        self.noise = []

    def say(self, text):
        print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)

    def note(self, text):
        """What the reader of the table must know; said now, and again below the table."""
        if text not in self.notes:
            self.say(text)
            self.notes.append(text)

    def open(self):
        if not (self.models / "ll_l2l2_byte18.model").exists():
            raise RuntimeError(
                f"the reference models are absent: no conformance/models in {self.shared}; "
                "set SWERVE_SHARED")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.predict = self.folder / "predict"
        children.run([
            "cc", "-O2", "-o", self.predict, self.root / "Benchmarks" / "Peers" / "predict.c",
            "-lsvm", "-llinear", "-lm"])
        self.peers = self._environment()
        self._prepare()

    def _environment(self):
        if self.options.python:
            return self.options.python / "bin" / "python"
        folder = self.root / ".build" / "scoring-venv"
        python = folder / "bin" / "python"
        mark = folder / "complete"
        wanted = "\n".join(PACKAGES) + "\n"
        if not mark.exists() or mark.read_text() != wanted:
            self.say(f"making {folder.relative_to(self.root)} with {', '.join(PACKAGES)}")
            children.run([sys.executable, "-m", "venv", "--clear", folder], 600)
            children.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], 3_600)
            mark.write_text(wanted)
        return python

    def _prepare(self):
        """Makes inputs and models, unless an earlier run left the same."""
        script = self.root / "Benchmarks" / "harness" / "scoring_prepare.py"
        exporter = self.root / "models" / "exporter"
        mark = self.folder / "prepared.json"
        count = 1_000 if self.options.quick else 1_000_000
        stamp = f"{count} {script.stat().st_mtime_ns} {_newest(exporter)}"
        if mark.exists():
            found = json.loads(mark.read_text())
            if found.get("stamp") == stamp:
                self.prepared = found
                return
        self.say("making inputs and models")
        out = children.run(
            [self.peers, script, self.shared, self.folder, count], 3_600,
            env=self.environment(PYTHONPATH=str(exporter)))
        self.prepared = dict(json.loads(out.splitlines()[-1]), stamp=stamp)
        mark.write_text(json.dumps(self.prepared))

    def environment(self, **more):
        """One thread for every library; no word on which kernel OpenBLAS takes."""
        environment = dict(os.environ, **ONE_THREAD, LC_ALL="C.UTF-8", **more)
        for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
            environment.pop(name, None)
        return environment

    def swerve(self, command, model, spec, *more):
        line = [self.build / "swerve-bench", command, "--model", model]
        return line + (["--featurizer", spec] if spec else []) + list(more)


def _newest(folder):
    times = [path.stat().st_mtime_ns for path in folder.rglob("*.py")]
    return max(times, default=0)
