"""A hub over a registry of many versions, beside a fleet of many slots under light load."""
import json
import os
import pathlib
import queue
import socket
import statistics
import subprocess
import threading
import time

from . import children, ground, processes
from .stage import MODEL

SLOTS = 64
RECORDS_RATE = 300
READ_RATE = 500
# From one change to the next: each makes all slots take a version up, which takes them more than
# a second of both cores.
CHANGE_SECONDS = 2
# As many as a browser or a client library keeps open, some clients together.
CONNECTIONS = 16


class HubGround(ground.Ground):
    def __init__(self, root, options):
        super().__init__(root, options)
        self.folder = root / "Benchmarks" / "out" / "hub"
        self.registries = options.registries or self.folder
        self.models = 10 if options.quick else 100
        self.versions = 100 if options.quick else 10_000
        self.slots = 8 if options.quick else SLOTS
        self.seconds = 5 if options.quick else 30
        self.changes = 10 if options.quick else 60
        self.streams = 20 if options.quick else 200
        self.starts = 3 if options.quick else 9

    def renew_broker(self):
        topics = [f"{name}:{self.slots}" for name in ("requests", "predictions", "dead-letters")]
        command = [self.build / "swerve", "broker"]
        for topic in [*topics, "swerve.control:1", "swerve.status:1"]:
            command += ["--topic", topic]
        self.broker = children.Lines(command, stdin=subprocess.PIPE)
        self.bootstrap = self.broker.wait(1, 60)["bootstrap"]


class Connection:
    """One connection that is kept open; of one thread."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = port
        self.rest = b""

    def ask(self, method, path, document=None):
        """Status and body of an answer that has a length."""
        body = b"" if document is None else json.dumps(document).encode()
        kind = "Content-Type: application/json\r\n" if body else ""
        self.socket.sendall(
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{kind}"
            f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        head = self._until(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:])}
        if "content-length" not in fields:
            raise RuntimeError(f"{path}: an answer without a length: {lines[0]}")
        return int(lines[0].split(" ")[1]), self._take(int(fields["content-length"]))

    def _until(self, mark):
        while mark not in self.rest:
            self._more()
        head, _, self.rest = self.rest.partition(mark)
        return head

    def _take(self, count):
        while len(self.rest) < count:
            self._more()
        body, self.rest = self.rest[:count], self.rest[count:]
        return body

    def _more(self):
        more = self.socket.recv(1 << 18)
        if not more:
            raise RuntimeError("the hub closed a connection")
        self.rest += more

    def close(self):
        self.socket.close()


def measure(ground):
    registry = ground.registry("hub")
    took = ground.fill(
        registry, ground.folder / "small.model", ground.folder / "small.json", ground.versions,
        ground.models, MODEL)
    ground.say(f"{ground.versions:,} versions registered in {took['seconds']:.0f} s")
    found = {"starts": [], "registry": os.path.getsize(registry)}
    digits = len(str(ground.models - 1))
    models = [f"{MODEL}-{number:0{digits}d}" for number in range(ground.models)]
    fleet = Fleet(ground, registry, models[0])
    fleet.start()
    try:
        for _ in range(ground.starts):
            hub = Hub(ground, registry)
            found["starts"].append(hub.seconds)
            if len(found["starts"]) < ground.starts:
                hub.stop()
        # The follower of the status topic has heard of each slot once.
        time.sleep(3)
        found["idle_mb"] = hub.resident_mb()
        found["pages"] = _pages(hub, models)
        found["reads"] = _reads(ground, hub, models)
        ground.say("reads measured")
        found["changes"] = _changes(hub, models, ground.changes, CHANGE_SECONDS)
        ground.say("changes measured")
        found["events"] = _streams(ground, hub, models)
        ground.say("event streams measured")
        found["mb"] = hub.resident_mb()
        found["peak_mb"] = hub.peak_mb()
        found["wal_mb"] = os.path.getsize(f"{registry}-wal") / 1e6
        hub.stop()
    finally:
        fleet.stop()
    return found


class Hub:
    def __init__(self, ground, registry):
        self.ground = ground
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        path = ground.folder / "hub.yaml"
        path.write_text(
            f"registry: {registry}\ndevelopment: true\nhub: {{listen: 127.0.0.1:{self.port}, "
            f"open: loopback}}\nkafka:\n  bootstrap.servers: \"{ground.bootstrap}\"\n")
        self.log = open(ground.folder / "hub.log", "w")
        began = time.monotonic()
        self.child = children.start(
            [ground.build / "swerve", "hub", "--config", path], stdout=self.log, stderr=self.log)
        while not self._leads():
            if time.monotonic() - began > 60 or self.child.poll() is not None:
                raise RuntimeError(f"the hub does not come up, see {self.log.name}")
            time.sleep(0.005)
        self.seconds = time.monotonic() - began

    def _leads(self):
        try:
            connection = Connection(self.port)
        except OSError:
            return False
        status, body = connection.ask("GET", "/readyz")
        connection.close()
        return status == 200 and b"leads" in body and b"follows" not in body

    def _status(self, name):
        for line in pathlib.Path(f"/proc/{self.child.pid}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"no {name}")

    def resident_mb(self):
        return self._status("VmRSS:")

    def peak_mb(self):
        return self._status("VmHWM:")

    def cpu_seconds(self):
        return processes.cpu_seconds(self.child.pid)

    def stop(self):
        code = children.stop(self.child)
        self.log.close()
        if code != 0:
            raise RuntimeError(f"the hub ended with {code}, see {self.log.name}")


class Fleet:
    """One `swerve serve` with all slots under light load."""

    def __init__(self, ground, registry, model):
        self.ground = ground
        self.model = model
        self.environment = ground.environment(registry)
        path = ground.folder / "serve.yaml"
        path.write_text("\n".join([
            f"model: {model}", f"registry: {registry}", f"state: {ground.folder / 'state'}",
            "group: hub", f"slots: {{total: {ground.slots}, first: 0, count: {ground.slots}}}",
            "assignment: fixed", "start: earliest", "development: true",
            "topics: {input: requests, output: predictions, dead_letters: dead-letters}",
            "kafka:", f'  bootstrap.servers: "{ground.bootstrap}"']) + "\n")
        self.config = path

    def start(self):
        build = self.ground.build
        children.run(
            [build / "swerve", "promote", f"{self.model}@1"], env=self.environment,
            cwd=self.ground.folder)
        lines = self.ground.folder / "requests.jsonl"
        lines.write_text(children.run([build / "swerve", "generate", "--records", 10_000]))
        self.feed = children.start([
            *self.ground.bench("feed", "requests", self.ground.slots), "--file", lines, "--rate",
            RECORDS_RATE, "--records", RECORDS_RATE * 7_200], stdout=subprocess.DEVNULL)
        self.log = open(self.ground.folder / "serve.log", "w")
        self.child = children.start(
            [build / "swerve", "serve", "--config", self.config], env=self.environment,
            stdout=self.log, stderr=self.log)
        children.run(
            [build / "swerve", "status", self.model, "--wait", "--timeout", "120", "--group",
             "hub"], 180, env=self.environment, cwd=self.ground.folder)
        self.ground.say(f"{self.ground.slots} slots serve")

    def stop(self):
        children.stop(self.feed)
        children.stop(self.child)
        self.log.close()


def _pages(hub, models):
    connection = Connection(hub.port)
    found = {}
    for path in ("/", f"/models/{models[0]}", "/fleet"):
        status, body = connection.ask("GET", path)
        if status != 200:
            raise RuntimeError(f"{path}: {status}")
        found[path.replace(models[0], "NAME")] = len(body)
    connection.close()
    return found


def _paths(models):
    """What people and pipelines ask for, in turn, of one model after the other."""
    number = 0
    while True:
        model = models[number % len(models)]
        for path in (
                f"/v1/models/{model}", f"/v1/models/{model}/versions/1", "/v1/models",
                f"/v1/models/{models[0]}/history", "/v1/fleet", "/v1/audit?limit=20"):
            yield path
        number += 1


def _reads(ground, hub, models):
    """Milliseconds from when each was due to its last byte: an answer that comes late delays
    the next on its connection, and that counts."""
    total = READ_RATE * ground.seconds
    due = queue.Queue()
    paths = _paths(models)
    start = time.monotonic() + 0.5
    for number in range(total):
        due.put((start + number / READ_RATE, next(paths)))
    took, faults = {}, []
    lock = threading.Lock()

    def work():
        try:
            connection = Connection(hub.port)
            while True:
                try:
                    at, path = due.get_nowait()
                except queue.Empty:
                    break
                pause = at - time.monotonic()
                if pause > 0:
                    time.sleep(pause)
                status, _ = connection.ask("GET", path)
                elapsed = (time.monotonic() - at) * 1_000
                if status != 200:
                    raise RuntimeError(f"{path}: {status}")
                kind = path.replace(models[0], "NAME").split("?")[0]
                for model in models:
                    kind = kind.replace(model, "NAME")
                with lock:
                    took.setdefault(kind, []).append(elapsed)
            connection.close()
        except (OSError, RuntimeError) as error:
            faults.append(error)

    cpu = hub.cpu_seconds()
    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(f"a read failed: {faults[0]}")
    seconds = time.monotonic() - start
    return {
        "ms": took, "rate": total / seconds, "cores": (hub.cpu_seconds() - cpu) / seconds}


def _changes(hub, models, count, seconds):
    """Milliseconds of a promotion's answer, of the model that is served; two versions in turn.

    One begins so many seconds behind the one before."""
    connection = Connection(hub.port)
    took = []
    due = time.monotonic()
    for number in range(count):
        time.sleep(max(0, due - time.monotonic()))
        began = time.monotonic()
        due = began + seconds
        status, body = connection.ask(
            "POST", f"/v1/models/{models[0]}/deployment",
            {"change": {"kind": "promote", "version": 2 - number % 2}, "reason": "a benchmark"})
        took.append((time.monotonic() - began) * 1_000)
        if status != 200:
            raise RuntimeError(f"a promotion: {status}: {body[:300]}")
    connection.close()
    return took


def _streams(ground, hub, models):
    """Milliseconds from a promotion's answer until each of many streams has told of it."""
    streams = []
    for _ in range(ground.streams):
        stream = socket.create_connection(("127.0.0.1", hub.port), 30)
        stream.sendall(
            f"GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1:{hub.port}\r\n"
            "Accept: text/event-stream\r\n\r\n".encode())
        streams.append(stream)
    time.sleep(2)
    heard, faults = [], []
    mark = f"benchmark of streams {time.time_ns()}".encode()

    def listen(stream):
        seen = b""
        try:
            while mark not in seen:
                more = stream.recv(1 << 16)
                if not more:
                    raise RuntimeError("a stream ended")
                seen = seen[-200:] + more
            heard.append(time.monotonic())
        except (OSError, RuntimeError) as error:
            faults.append(error)

    threads = [
        threading.Thread(target=listen, args=(stream,), daemon=True) for stream in streams]
    for thread in threads:
        thread.start()
    resident = hub.resident_mb()
    connection = Connection(hub.port)
    began = time.monotonic()
    status, body = connection.ask(
        "POST", f"/v1/models/{models[0]}/deployment",
        {"change": {"kind": "promote", "version": 2},
         "reason": mark.decode()})
    if status != 200:
        raise RuntimeError(f"a promotion: {status}: {body[:300]}")
    last = time.monotonic() + 30
    for thread in threads:
        thread.join(max(0, last - time.monotonic()))
    for stream in streams:
        stream.close()
    connection.close()
    if faults or len(heard) < len(streams):
        raise RuntimeError(f"{len(heard)} of {len(streams)} streams heard: {faults[:1]}")
    return {"ms": [(at - began) * 1_000 for at in heard], "mb": resident}


def median(values):
    return statistics.median(values)
