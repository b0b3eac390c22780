"""The fleet of Benchmarks/moves: its topics, its hosts, and what is read off a run."""
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import time
import urllib.error
import urllib.request

from . import children, machine, moves_stream
from .stage import MODEL, SPEC

PARTITIONS = 4
HOSTS = 2
SLOTS_PER_HOST = 2
SETTLE_SECONDS = 5
CALM_SECONDS = 10
PAUSE_SECONDS = 5
READY_SECONDS = 330
KINDS = {"input": PARTITIONS, "output": PARTITIONS, "dead_letters": PARTITIONS,
         "control": 1, "status": 1, "ledger": 1}


class Field:
    def __init__(self, root, options):
        self.root = root
        self.options = options
        self.folder = pathlib.Path(options.folder) / f"swerve-bench-{os.getpid()}"
        self.build = pathlib.Path(options.build or root / ".build" / "release").resolve()
        self.development = options.bootstrap is None
        self.prefix = f"swerve-bench-{int(time.time())}-"
        self.python = None
        self.load_at_start = machine.load()
        # What did not come to its end, and why.
        self.failed = []
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.lines = children.run(
            [self.build / "swerve", "generate", "--records", 10_000]).splitlines()
        count = SPEC["steps"][0]["hashed_ngrams"]["n_features"]
        weights = "\n".join(str((n * 2654435761 % 65536) / 32768 - 1) for n in range(count))
        self.model = self.folder / "base.model"
        self.model.write_text(
            "solver_type L2R_L2LOSS_SVC_DUAL\nnr_class 2\nlabel 1 -1\n"
            f"nr_feature {count}\nbias -1\nw\n{weights}\n")
        self.spec = self.folder / "spec.json"
        self.spec.write_text(json.dumps(SPEC))

    def say(self, text):
        print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)

    def wants(self, part):
        return not self.options.only or part in self.options.only


class Fleet:
    """A registry, topics of its own, and two hosts of two slots each."""

    def __init__(self, field, name, delivery, lines=(), executable=None):
        self.field = field
        self.name = name
        self.delivery = delivery
        self.lines = list(lines)
        self.executable = executable or field.build / "swerve"
        self.folder = field.folder / name
        self.folder.mkdir()
        self.group = f"{field.prefix}{name}"
        self.topics = {kind: f"{self.group}-{kind}" for kind in KINDS}
        self.broker = None
        self._open_broker()
        self.registry = self.folder / "swerve.db"
        for threshold in (0, 0.01):
            self.run(
                "register", field.model, "--model", MODEL, "--featurizer", field.spec, "--label",
                "attack=1", "--label", "normal=-1", "--threshold", threshold)
        self.promote(1)
        self.hosts = [Host(self, number) for number in range(HOSTS)]

    def _open_broker(self):
        if self.field.development:
            command = [self.field.build / "swerve", "broker"]
            for kind, partitions in KINDS.items():
                command += ["--topic", f"{self.topics[kind]}:{partitions}"]
            # The broker ends with its standard input, so also with a run that was killed.
            self.broker = children.Lines(command, stdin=subprocess.PIPE)
            self.bootstrap = self.broker.wait(1, 60)["bootstrap"]
        else:
            self.bootstrap = self.field.options.bootstrap
            self.create_topics(self.bootstrap)

    def create_topics(self, bootstrap):
        path = self.folder / "create.yaml"
        path.write_text("\n".join(self.configuration(bootstrap)) + "\n")
        children.run([
            self.field.build / "swerve", "topics", "create", "--config", path, "--partitions",
            PARTITIONS])
        for kind in ("output", "dead_letters"):
            moves_stream.stamp_by_broker(bootstrap, self.topics[kind])

    def configuration(self, bootstrap):
        return [
            f"model: {MODEL}", f"registry: {self.folder / 'swerve.db'}", f"group: {self.group}",
            "start: earliest", f"development: {str(self.field.development).lower()}", *self.lines,
            "topics:", *(f"  {kind}: {topic}" for kind, topic in self.topics.items()),
            "kafka:", f'  bootstrap.servers: "{bootstrap}"']

    def run(self, *arguments, executable=None):
        environment = dict(
            os.environ, SWERVE_BOOTSTRAP=self.bootstrap, SWERVE_REGISTRY=str(self.registry),
            LC_ALL="C.UTF-8")
        environment.pop("SWERVE_CONFIG", None)
        return children.run(
            [executable or self.executable, *arguments], env=environment, cwd=self.folder)

    def promote(self, version, *more, executable=None):
        return self.run(
            "promote", f"{MODEL}@{version}", "--control-topic", self.topics["control"],
            "--status-topic", self.topics["status"], *more, executable=executable)

    def start(self):
        for host in self.hosts:
            host.start()
        for host in self.hosts:
            host.wait_ready()

    def feed(self):
        return moves_stream.Feed(
            self.bootstrap, self.topics["input"], PARTITIONS, self.field.options.rate,
            self.field.lines)

    def reader(self, bootstrap=None):
        return moves_stream.Reader(
            bootstrap or self.bootstrap, self.topics["output"], PARTITIONS)

    def answers(self, bootstrap=None):
        """Predictions, and the number of dead letters."""
        bootstrap = bootstrap or self.bootstrap
        found = [
            moves_stream.Answer(one)
            for one in moves_stream.read_all(bootstrap, self.topics["output"], PARTITIONS)]
        return found, len(
            moves_stream.read_all(bootstrap, self.topics["dead_letters"], PARTITIONS))

    def stop(self):
        for host in self.hosts:
            host.stop()
        if self.broker:
            self.broker.stop()


class Host:
    """One `swerve serve` with its own state folder, as a machine of its own would be."""

    def __init__(self, fleet, number):
        self.fleet = fleet
        self.number = number
        self.state = fleet.folder / f"state-{number}"
        self.executable = fleet.executable
        self.bootstrap = fleet.bootstrap
        self.log = fleet.folder / f"host-{number}.log"
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        self.child = None

    def start(self):
        first = self.number * SLOTS_PER_HOST
        path = self.fleet.folder / f"host-{self.number}.yaml"
        path.write_text("\n".join([
            *self.fleet.configuration(self.bootstrap), f"state: {self.state}",
            f"slots: {{total: {HOSTS * SLOTS_PER_HOST}, first: {first}, "
            f"count: {SLOTS_PER_HOST}}}", f"http: 127.0.0.1:{self.port}"]) + "\n")
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith("SWERVE_")}
        self.child = children.start(
            [self.executable, "serve", "--config", path], env=environment,
            stdout=subprocess.DEVNULL, stderr=open(self.log, "a"))
        self.began = time.time()

    def wait_ready(self):
        """Seconds from the start until the host says that it is ready."""
        while time.time() < self.began + READY_SECONDS:
            if self.child.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5):
                    return time.time() - self.began
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        raise RuntimeError(f"host {self.number} is not ready: {self.words()}")

    def words(self):
        return self.log.read_text()[-1_500:]

    def stop(self):
        """As `systemctl stop` does; the seconds until it was over."""
        began = time.time()
        code = children.stop(self.child, 90)
        if code != 0:
            raise RuntimeError(f"host {self.number} ended with {code}: {self.words()}")
        return time.time() - began

    def restart(self):
        stopped = self.stop()
        self.start()
        return stopped, self.wait_ready()


class Course:
    """One run: the times of its steps, and what they came to."""

    def __init__(self, name, delivery):
        self.name = name
        self.delivery = delivery
        self.stops, self.starts, self.notes = [], [], []
        self._began, self._waited = time.monotonic(), waited_for_processors()

    def close(self, figures):
        self.figures = figures
        share = (waited_for_processors() - self._waited) / (time.monotonic() - self._began)
        self.load = f"{os.getloadavg()[0]:.1f} ({share:.0%})"


def waited_for_processors():
    """Seconds in which some process of the machine had to wait for a processor."""
    try:
        text = pathlib.Path("/proc/pressure/cpu").read_text()
    except OSError:
        return float("nan")
    return int(text.split("total=")[1].split()[0]) / 1e6


def begin(fleet):
    """Serves, feeds and reads; all is calm for a while."""
    fleet.start()
    reader, feed = fleet.reader(), fleet.feed()
    time.sleep(SETTLE_SECONDS)
    calm = time.time()
    time.sleep(CALM_SECONDS)
    return feed, reader, calm


def await_answers(reader, count, seconds=90):
    """Until as many answers have come, or nothing more comes; then as long again as a commit."""
    deadline, last = time.monotonic() + seconds, -1
    quiet = time.monotonic()
    while time.monotonic() < deadline and len(reader.arrived) < count:
        if len(reader.arrived) != last:
            last, quiet = len(reader.arrived), time.monotonic()
        if time.monotonic() > quiet + 60:
            break
        time.sleep(0.1)
    time.sleep(2)


def gaps(answers, begin, end):
    """The largest pause between appends of a partition in a window, by partition. The window's ends
    count as appends: a partition that is silent from there on is not served either."""
    found = {}
    for partition in range(PARTITIONS):
        times = sorted(
            one.appended for one in answers
            if one.partition == partition and begin <= one.appended < end)
        times = [begin, *times, end]
        found[partition] = max(later - earlier for earlier, later in zip(times, times[1:]))
    return found


def percentile(values, of):
    return statistics.quantiles(values, n=100, method="inclusive")[of - 1]


def promote(fleet, who, version, executable):
    """What a promotion with --wait said, in a line of the report."""
    began = time.time()
    try:
        fleet.promote(version, "--wait", "--timeout", 30, executable=executable)
        return f"a promotion by {who} converged in {time.time() - began:.1f} s"
    except RuntimeError as error:
        words = str(error).replace(str(fleet.field.folder), "FOLDER")
        return f"a promotion by {who} did not go through: {words[-300:]}"
