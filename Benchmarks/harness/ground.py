"""The broker, its topics, the registries and the two executables of Benchmarks/lifecycle."""
import json
import os
import pathlib
import shutil
import subprocess
import time

from . import children, machine
from .stage import MODEL, SPEC

SMALL_FEATURES = 64
PARTITIONS = 16


class Ground:
    def __init__(self, root, options):
        self.root = root
        self.options = options
        self.folder = root / "Benchmarks" / "out" / "lifecycle"
        self.registries = options.registries or self.folder
        self.build = pathlib.Path(options.build or root / ".build" / "release").resolve()
        self.shared = pathlib.Path(os.environ.get("SWERVE_SHARED") or root.parent / "shared")
        self.models = 10 if options.quick else 100
        self.sizes = [10, 50] if options.quick else [100, 1_000, 10_000]
        self.runs = 3 if options.quick else max(9, options.runs)
        self.promotions = min(options.promotions, 4) if options.quick else options.promotions
        self.python = None
        self.broker = None
        self.stable = None
        self.load_at_start = machine.load()

    def say(self, text):
        print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)

    def open(self):
        """Fills the folder and starts the broker."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.registries.mkdir(parents=True, exist_ok=True)
        self.base = self.shared / "conformance" / "models" / "ll_l2l2_byte18.model"
        if self.options.only != "commands" and not self.base.exists():
            raise RuntimeError(
                f"the model is absent: no conformance/models/{self.base.name} in {self.shared}; "
                "set SWERVE_SHARED")
        (self.folder / "byte18.json").write_text(json.dumps(SPEC))
        small = {"steps": [{"hashed_ngrams": dict(
            SPEC["steps"][0]["hashed_ngrams"], n_features=SMALL_FEATURES)}]}
        (self.folder / "small.json").write_text(json.dumps(small))
        weights = "\n".join(str(index / 32 - 1) for index in range(SMALL_FEATURES))
        (self.folder / "small.model").write_text(
            f"solver_type L2R_L2LOSS_SVC_DUAL\nnr_class 2\nlabel 1 -1\n"
            f"nr_feature {SMALL_FEATURES}\nbias -1\nw\n{weights}\n")
        self.renew_broker()

    def renew_broker(self):
        """A broker with empty topics in the place of the one before.

        The development broker looks for an offset from the beginning of its list of batches, so a
        fetch takes the longer the more a partition holds; a real one has an index.
        """
        if self.broker:
            children.stop(self.broker.child)
        topics = [f"{name}:{PARTITIONS}" for name in ("requests", "predictions", "dead-letters")]
        topics += ["swerve.control:1", "swerve.status:1", "delivery:1"]
        # A registry speaks for its models alone: each has a control topic of its own.
        topics += [f"control-{size}:1" for size in self.sizes]
        command = [self.build / "swerve", "broker"]
        for topic in topics:
            command += ["--topic", topic]
        # The broker ends with its standard input, so also with a run that was killed.
        self.broker = children.Lines(command, stdin=subprocess.PIPE)
        self.bootstrap = self.broker.wait(1, 60)["bootstrap"]

    def registry(self, name):
        """A path where no registry is yet."""
        path = self.registries / f"swerve-bench-{name}.db"
        for suffix in ("", "-wal", "-shm", ".outbox-lock"):
            pathlib.Path(f"{path}{suffix}").unlink(missing_ok=True)
        return path

    def fill(self, registry, base, spec, versions, models, name, seconds=3_600):
        """Registers versions by the code of swerve register; what it took."""
        return json.loads(children.run([
            self.build / "swerve-bench", "fill", "--registry", registry, "--base", base,
            "--featurizer", spec, "--versions", versions, "--models", models, "--name", name],
            seconds))

    def environment(self, registry):
        environment = dict(
            os.environ, SWERVE_BOOTSTRAP=self.bootstrap, SWERVE_REGISTRY=str(registry),
            LC_ALL="C.UTF-8")
        environment.pop("SWERVE_CONFIG", None)
        return environment

    def bench(self, command, topic, partitions):
        """The beginning of a command line of swerve-bench."""
        return [
            self.build / "swerve-bench", command, "--bootstrap", self.bootstrap, "--topic", topic,
            "--partitions", partitions, "--development"]

    def config(self, registry, slots):
        """Writes the configuration of a service with all slots; its path."""
        lines = [
            f"model: {MODEL}", f"registry: {registry}", f"state: {self.folder / 'state'}",
            "group: lifecycle", f"slots: {{total: {slots}, first: 0, count: {slots}}}",
            "assignment: fixed", "start: earliest", "development: true",
            "topics: {input: requests, output: predictions, dead_letters: dead-letters}",
            "kafka:", f'  bootstrap.servers: "{self.bootstrap}"']
        path = self.folder / "serve.yaml"
        path.write_text("\n".join(lines) + "\n")
        return path
