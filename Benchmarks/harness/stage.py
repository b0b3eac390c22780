"""The broker, its topics, and the two executables: what every measurement stands on."""
import gzip
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import time

from . import children, machine

MODEL = "http-anomaly"
SPEC = {"steps": [{"hashed_ngrams": {
    "analyzer": "byte", "ngram_range": [1, 3], "n_features": 1 << 18, "alternate_sign": True,
    "lowercase": False, "norm": "l2"}}]}


class Stage:
    def __init__(self, root, options):
        self.root = root
        self.options = options
        self.shared = pathlib.Path(os.environ.get("SWERVE_SHARED") or root.parent / "shared")
        self.folder = root / "Benchmarks" / "out"
        self.build = pathlib.Path(options.build or root / ".build" / "release").resolve()
        self.development = options.bootstrap is None
        self.partitions = options.partitions or (64 if self.development else 8)
        self.records = 200_000 if options.quick else 1_000_000
        self.repeats = 2 if options.quick else 5
        self.prefix = "" if self.development else f"swerve-bench-{int(time.time())}-"
        self.python = None
        self.load_at_start = machine.load()

    def say(self, text):
        print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)

    # Topics: all are made up front, since the development broker makes none later.

    def topic(self, name):
        return f"{self.prefix}{name}"

    def inputs(self):
        return ["raw_requests", "paced"]

    def outputs(self):
        names = ["out-warm", "out-count", "out-gap", "out-python"]
        for number in range(self.repeats):
            names += [f"out-echo-{number}", f"out-swerve-{number}"]
        return names

    def singles(self):
        """Those with one partition, on the development broker."""
        return ["swerve.control", "swerve.status"]

    def open(self):
        """Fills the folder, starts or finds the broker, loads the records, registers the model."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._unpack()
        (self.folder / "byte18.json").write_text(json.dumps(SPEC))
        if self.development:
            self._start_broker()
        else:
            self.bootstrap = self.options.bootstrap
            self._create_topics()
        self.environment = dict(
            os.environ, SWERVE_BOOTSTRAP=self.bootstrap,
            SWERVE_REGISTRY=str(self.folder / "swerve.db"), LC_ALL="C.UTF-8")
        self.environment.pop("SWERVE_CONFIG", None)
        self.say(f"loading {self.records:,} records into {self.partitions} partitions")
        self.fed = self.feed("raw_requests", self.records)
        self._register()

    def _unpack(self):
        files = sorted((self.shared / "data").glob("csic.*.jsonl.gz"))
        model = self.shared / "conformance" / "models" / "ll_l2l2_byte18.model"
        if not files or not model.exists():
            raise RuntimeError(
                f"the CSIC records or the model are absent: no data/csic.*.jsonl.gz or "
                f"conformance/models/{model.name} in {self.shared}; set SWERVE_SHARED")
        self.model_file = model
        self.csic = self.folder / "csic.jsonl"
        with open(self.csic, "wb") as out:
            for name in files:
                with gzip.open(name, "rb") as source:
                    shutil.copyfileobj(source, out)

    def _start_broker(self):
        names = [*self.inputs(), *self.outputs()]
        names += [name.replace("out-", "dead-") for name in self.outputs()]
        topics = [f"{name}:{self.partitions}" for name in names]
        topics += [f"{name}:1" for name in self.singles()]
        command = [self.build / "swerve", "broker"]
        for topic in topics:
            command += ["--topic", topic]
        # The broker ends with its standard input, so also with a run that was killed.
        self.broker = children.Lines(command, stdin=subprocess.PIPE)
        self.bootstrap = self.broker.wait(1, 60)["bootstrap"]

    def _create_topics(self):
        pairs = itertools.zip_longest(self.inputs(), self.outputs())
        for source, output in pairs:
            source, output = source or "raw_requests", output or self.outputs()[0]
            config = self.config("create", source, output)
            children.run([
                self.build / "swerve", "topics", "create", "--config", config, "--partitions",
                self.partitions])

    def config(self, group, source, output, slots=1, keys=(), model=MODEL):
        """Writes the configuration of a service; its path.

        `keys` are lines that are added, with `assignment` among them where it is not `fixed`.
        """
        topics = {
            "input": source, "output": output, "dead_letters": output.replace("out-", "dead-"),
            "control": "swerve.control", "status": "swerve.status", "ledger": "swerve.ledger"}
        lines = [
            f"model: {model}", f"registry: {self.folder / 'swerve.db'}",
            f"state: {self.folder / ('state-' + group)}", f"group: {self.topic(group)}",
            f"slots: {{total: {slots}, first: 0, count: {slots}}}", "start: earliest",
            f"development: {str(self.development).lower()}", *(keys or ["assignment: fixed"]),
            "topics:"]
        lines += [f"  {key}: {self.topic(name)}" for key, name in topics.items()]
        lines += ["kafka:", f'  bootstrap.servers: "{self.bootstrap}"']
        path = self.folder / f"{group}.yaml"
        path.write_text("\n".join(lines) + "\n")
        return path

    def _register(self):
        for model, threshold in [(MODEL, t) for t in (0, 0.01, 0.02, 0.03, 0.04)] + [
            ("other", 0), ("other", 0.01)
        ]:
            self.swerve(
                "register", self.model_file, "--model", model, "--featurizer",
                self.folder / "byte18.json", "--label", "attack=1", "--label", "normal=-1",
                "--threshold", threshold)
        self.promote(f"{MODEL}@1")

    # The two executables.

    def swerve(self, *arguments, **options):
        return children.run(
            [self.build / "swerve", *arguments], env=self.environment, cwd=self.folder, **options)

    def promote(self, version):
        return json.loads(self.swerve(
            "promote", version, "--json", "--control-topic", self.topic("swerve.control"),
            "--status-topic", self.topic("swerve.status")))

    def bench(self, command, topic, partitions=None):
        """The beginning of a command line of swerve-bench."""
        line = [
            self.build / "swerve-bench", command, "--bootstrap", self.bootstrap, "--topic",
            self.topic(topic), "--partitions", partitions or self.partitions]
        return line + (["--development"] if self.development else [])

    def feed(self, topic, records, file=None):
        return json.loads(children.run(
            [*self.bench("feed", topic), "--file", file or self.csic, "--records", records]))

    def watch(self, topic, dead_letters=True, records=None):
        """Starts the outside clock on an empty topic; read the result as its second document."""
        command = [*self.bench("watch", topic), "--records", records or self.records]
        if dead_letters:
            command += ["--dead-letters", self.topic(topic.replace("out-", "dead-"))]
        watch = children.Lines(command)
        watch.wait(1, 60)
        return watch
