"""Thousands of swaps under load: what the worker has and costs after each hundred of them.

Three versions in turn, so that each swap loads a scorer out of the cache and drops another; each
waits until the worker serves the one before. Beside it: what one `swerve promote` costs while the
control topic holds a few records, and once it holds all.
"""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import time

from . import children, machine
from .commands import cpu_milliseconds

MODEL = "http-anomaly"
FEATURES = 1 << 18
VERSIONS = 3
PARTITIONS = 4
EVERY = 100
PROMOTIONS = 9
QUIET_SECONDS = 20
NAMES = ["input", "output", "dead_letters", "control", "status", "ledger"]


class Field:
    """The broker, its topics, the registry and one worker."""

    def __init__(self, root, options):
        self.root = root
        self.options = options
        self.folder = root / "Benchmarks" / "out" / "swaps"
        self.build = pathlib.Path(options.build or root / ".build" / "release").resolve()
        self.development = options.bootstrap is None
        self.prefix = "" if self.development else f"swerve-bench-{int(time.time())}-"
        self.python = None
        self.load_at_start = machine.load()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._open_broker()
        self.registry = self.folder / "swerve.db"
        self.environment = dict(
            os.environ, SWERVE_BOOTSTRAP=self.bootstrap, SWERVE_REGISTRY=str(self.registry),
            LC_ALL="C.UTF-8")
        self.environment.pop("SWERVE_CONFIG", None)
        self._register()

    def say(self, text):
        print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)

    def topic(self, name):
        return f"{self.prefix}{name}"

    def _open_broker(self):
        self.config = self.folder / "swerve.yaml"
        if self.development:
            command = [self.build / "swerve", "broker"]
            for number, name in enumerate(NAMES):
                command += ["--topic", f"{self.topic(name)}:{PARTITIONS if number < 3 else 1}"]
            # The broker ends with its standard input, so also with a run that was killed.
            self.broker = children.Lines(command, stdin=subprocess.PIPE)
            self.bootstrap = self.broker.wait(1, 60)["bootstrap"]
        else:
            self.bootstrap = self.options.bootstrap
        lines = [
            f"model: {MODEL}", f"registry: {self.folder / 'swerve.db'}",
            f"state: {self.folder / 'state'}", f"group: {self.topic('swaps')}",
            "slots: {total: 1, first: 0, count: 1}", "assignment: fixed", "start: earliest",
            f"development: {str(self.development).lower()}", "topics:"]
        lines += [f"  {name}: {self.topic(name)}" for name in NAMES]
        lines += ["kafka:", f'  bootstrap.servers: "{self.bootstrap}"']
        self.config.write_text("\n".join(lines) + "\n")
        if not self.development:
            children.run([
                self.build / "swerve", "topics", "create", "--config", self.config,
                "--partitions", PARTITIONS])

    def _register(self):
        weights = "\n".join(
            str((index * 2654435761 % 65536) / 32768 - 1) for index in range(FEATURES))
        model = self.folder / "base.model"
        model.write_text(
            f"solver_type L2R_L2LOSS_SVC_DUAL\nnr_class 2\nlabel 1 -1\nnr_feature {FEATURES}\n"
            f"bias -1\nw\n{weights}\n")
        spec = self.folder / "spec.json"
        spec.write_text(json.dumps({"steps": [{"hashed_ngrams": {
            "analyzer": "byte", "ngram_range": [1, 3], "n_features": FEATURES,
            "alternate_sign": True, "lowercase": False, "norm": "l2"}}]}))
        children.run([
            self.build / "swerve-bench", "fill", "--registry", self.registry, "--base", model,
            "--featurizer", spec, "--versions", VERSIONS, "--name", MODEL], 600)

    def promotion(self, version):
        return [
            self.build / "swerve", "promote", f"{MODEL}@{version}", "--control-topic",
            self.topic("control"), "--status-topic", self.topic("status")]

    def promote(self, version):
        """Milliseconds of a whole `swerve promote`: on the clock, and of CPU."""
        began = time.monotonic()
        spent = cpu_milliseconds(
            self.promotion(version), env=self.environment, cwd=self.folder)
        return (time.monotonic() - began) * 1e3, spent

    def start(self):
        """Starts the feed and the worker; the worker's process id."""
        lines = self.folder / "requests.jsonl"
        lines.write_text(children.run([self.build / "swerve", "generate", "--records", 10_000]))
        development = ["--development"] if self.development else []
        self.feed = children.start([
            self.build / "swerve-bench", "feed", "--bootstrap", self.bootstrap, "--topic",
            self.topic("input"), "--partitions", PARTITIONS, *development, "--file", lines,
            "--rate", self.options.rate, "--records", self.options.rate * 36_000],
            stdout=subprocess.DEVNULL)
        self.log = open(self.folder / "serve.log", "w")
        self.service = children.start(
            [self.build / "swerve", "serve", "--config", self.config], env=self.environment,
            stdout=self.log, stderr=self.log)
        path = pathlib.Path(f"/proc/{self.service.pid}/task/{self.service.pid}/children")
        deadline = time.time() + 60
        while time.time() < deadline and self.service.poll() is None:
            for worker in path.read_text().split():
                # Right after the spawn it is still a copy of the supervisor.
                if "worker" in pathlib.Path(f"/proc/{worker}/cmdline").read_text():
                    return int(worker)
            time.sleep(0.01)
        raise RuntimeError(f"swerve serve did not start a worker, see {self.log.name}")

    def records(self):
        """Records that the worker has taken, by its last word."""
        # Not converged (exit code 2) is no matter here.
        done = subprocess.run(
            [str(self.build / "swerve"), "status", MODEL, "--json", "--control-topic",
             self.topic("control"), "--status-topic", self.topic("status")],
            env=self.environment, capture_output=True, text=True, timeout=60)
        slots = json.loads(done.stdout)["slots"] if done.stdout else []
        return sum(slot["counts"]["records"] for slot in slots)

    def quiet(self, worker):
        """CPU microseconds a record, and memory, while nothing is swapped."""
        before, records = state(worker), self.records()
        time.sleep(QUIET_SECONDS)
        after, taken = state(worker), self.records() - records
        return dict(after, micros=(after["cpu"] - before["cpu"]) / taken)

    def stop(self):
        children.stop(self.feed)
        code = children.stop(self.service)
        self.log.close()
        if code != 0:
            raise RuntimeError(f"swerve serve ended with {code}, see {self.log.name}")


def state(worker):
    """What a process has, and the CPU time that it has used, in microseconds."""
    found = {}
    for line in pathlib.Path(f"/proc/{worker}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            found["memory"] = int(line.split()[1]) * 1024 / 1e6
        if line.startswith("Threads"):
            found["threads"] = int(line.split()[1])
    found["descriptors"] = len(os.listdir(f"/proc/{worker}/fd"))
    fields = pathlib.Path(f"/proc/{worker}/stat").read_text().rsplit(")", 1)[1].split()
    found["cpu"] = (int(fields[11]) + int(fields[12])) * 1e6 / os.sysconf("SC_CLK_TCK")
    return found


def measure(field):
    field.promote(1)
    few = [field.promote(2 + number % 2) for number in range(PROMOTIONS)]
    worker = field.start()
    while field.records() < 10 * field.options.rate:
        time.sleep(0.5)
    quiet = [field.quiet(worker)]
    command = [
        field.build / "swerve-bench", "swaps", "--bootstrap", field.bootstrap, "--registry",
        field.registry, "--control-topic", field.topic("control"), "--status-topic",
        field.topic("status"), "--versions", VERSIONS, "--swaps", field.options.swaps, "--every",
        EVERY, *(["--development"] if field.development else [])]
    field.say(f"{field.options.swaps:,} swaps under {field.options.rate:,} records/s")
    swapping = children.Lines(command, env=field.environment)
    rows = []
    for number in range(1, -(-field.options.swaps // EVERY) + 1):
        document = swapping.wait(number, 600)
        rows.append(dict(document, at=time.monotonic(), **state(worker)))
        if len(rows) % 10 == 0:
            field.say(f"{document['swaps']:,} swaps, {rows[-1]['memory']:.1f} MB")
    code = swapping.child.wait(60)
    children.forget(swapping.child)
    if code != 0:
        raise RuntimeError(f"swerve-bench swaps ended with {code}")
    quiet.append(field.quiet(worker))
    field.stop()
    many = [field.promote(1 + number % VERSIONS) for number in range(PROMOTIONS + 1)][1:]
    return {"rows": hundreds(rows), "quiet": quiet, "few": medians(few), "many": medians(many)}


def hundreds(rows):
    """Rows with what each hundred of swaps took and its records cost."""
    for before, row in zip(rows, rows[1:]):
        row["seconds"] = row["at"] - before["at"]
        records = row["records"] - before["records"]
        row["rate"] = records / row["seconds"]
        row["micros"] = (row["cpu"] - before["cpu"]) / records if records else float("nan")
    return rows[1:]


def medians(promotions):
    return [statistics.median(column) for column in zip(*promotions)]
