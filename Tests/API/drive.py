"""See Tests/API/run."""
import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance")
SPEC = {"steps": [{"hashed_ngrams": {
    "analyzer": "byte", "ngram_range": [1, 3], "n_features": 64, "alternate_sign": True,
    "lowercase": False, "norm": "l2"}}]}
# With names that are there more is reached than with those that nobody has.
KNOWN = {
    "path.model": "http-anomaly", "path.version": "1", "path.alias": "best",
    "query.before": "http-anomaly@1", "query.after": "http-anomaly@2", "query.model": "http-anomaly",
    "query.query": "tag.team=blue", "query.at": "2026-01-02T03:04:05.678Z"}
RESIDENT_MB = 250
WAL_MB = 64
SEED = 20261130


class Ground:
    def __init__(self, executable, scratch):
        self.executable = str(pathlib.Path(executable).resolve())
        self.scratch = pathlib.Path(scratch).resolve()
        self.folder = self.scratch / "work"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.children = []
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("SWERVE_")}

    def run(self, *arguments):
        done = subprocess.run(
            [self.executable, *arguments], cwd=self.folder, env=self.environment,
            capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise SystemExit(f"swerve {' '.join(arguments)}: exit {done.returncode}: {done.stderr}")
        return done.stdout

    def start(self, name, *arguments, **options):
        log = open(self.folder / f"{name}.log", "w")
        child = subprocess.Popen(
            [self.executable, *arguments], cwd=self.folder, env=self.environment,
            stdout=options.pop("stdout", log), stderr=log, **options)
        self.children.append(child)
        return child

    def open(self):
        """A registry with two versions, one of them live, and a hub over it."""
        (self.folder / "spec.json").write_text(json.dumps(SPEC))
        for name, first in (("one", -1.0), ("two", -0.5)):
            weights = "\n".join(str(first + index / 32) for index in range(64))
            (self.folder / f"{name}.model").write_text(
                "solver_type L2R_L2LOSS_SVC_DUAL\nnr_class 2\nlabel 1 -1\nnr_feature 64\n"
                f"bias -1\nw\n{weights}\n")
        broker = self.start(
            "broker", "broker", "--topic", "swerve.control:1", "--topic", "swerve.status:1",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        bootstrap = json.loads(broker.stdout.readline())["bootstrap"]
        registry = ["--registry", "registry.db"]
        for name in ("one", "two"):
            self.run(
                "register", f"http-anomaly={name}.model", "--featurizer", "spec.json", "--label",
                "attack=1", "--label", "normal=-1", "--tag", "team=blue", *registry)
        self.run("alias", "http-anomaly@1", "best", *registry)
        self.token = self.run("tokens", "create", "drive", "--role", "admin", *registry).strip()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (self.folder / "swerve.yaml").write_text(
            f"registry: registry.db\ndevelopment: true\n"
            f"hub: {{listen: 127.0.0.1:{self.port}}}\n"
            f"kafka:\n  bootstrap.servers: \"{bootstrap}\"\n")
        self.hub = self.start("hub", "hub", "--config", "swerve.yaml")
        self.wait_until_ready()
        self.ask("POST", "/v1/models/http-anomaly/deployment", {
            "change": {"kind": "promote", "version": 1}, "reason": "the first one"})

    def wait_until_ready(self, seconds=60):
        last = time.monotonic() + seconds
        while time.monotonic() < last and self.hub.poll() is None:
            try:
                if b"leads" in self.ask("GET", "/readyz"):
                    return
            except (OSError, urllib.error.URLError):
                pass
            time.sleep(0.05)
        self.fail("the hub does not answer")

    def ask(self, method, path, document=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", method=method,
            data=None if document is None else json.dumps(document).encode(),
            headers={
                "Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read()

    def resident_mb(self):
        text = pathlib.Path(f"/proc/{self.hub.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) / 1024

    def fail(self, words):
        log = (self.folder / "hub.log").read_text()[-3_000:]
        raise SystemExit(f"Tests/API/run: {words}\nthe hub's log ends with:\n{log}")

    def close(self):
        for child in reversed(self.children):
            if child.poll() is None:
                child.terminate()
        for child in self.children:
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()


def by_document(ground, name, known, seconds):
    """What Schemathesis makes of the document; the number of its cases.

    One worker: with more, the compiler of Python 3.11 fails now and then.
    """
    config = ground.folder / f"{name}.toml"
    lines = [f"seed = {SEED}", "[parameters]"] if known else [f"seed = {SEED}"]
    lines += [f'"{key}" = {json.dumps(value)}' for key, value in known.items()]
    config.write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        [ground.scratch / "venv" / "bin" / "schemathesis", "--config-file", config, "run",
         f"http://127.0.0.1:{ground.port}/v1/openapi.json", "--checks", CHECKS, "--max-time",
         str(seconds), "--workers", "1", "--header", f"Authorization: Bearer {ground.token}",
         # It has no end.
         "--exclude-path", "/v1/events"],
        cwd=ground.folder, capture_output=True, text=True, timeout=20 * seconds + 300)
    (ground.folder / f"{name}.log").write_text(done.stdout + done.stderr)
    found = re.search(r"(\d+) generated", done.stdout)
    if done.returncode != 0 or not found or int(found.group(1)) == 0:
        print(done.stdout[-6_000:], done.stderr[-2_000:])
        ground.fail(f"Schemathesis, {name}: exit {done.returncode}")
    return int(found.group(1))


WORDS = [
    b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"CONNECT", b"PRI * HTTP/2.0", b" ",
    b"/v1/models", b"/v1/models/http-anomaly/deployment", b"/", b"/%2e%2e/%2e%2e/etc/passwd", b"//",
    b"/v1/models/%00", b"/v1/audit?limit=99999999999999999999", b"/v1/models?x=%ff%fe", b"*",
    b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b" HTTP/9.9\r\n", b"\r\n", b"\n", b"\r", b"\0", b"\xff",
    b"Host: 127.0.0.1\r\n", b"Host: a\r\nHost: b\r\n", b"Content-Length: 5\r\n",
    b"Content-Length: -1\r\n", b"Content-Length: 18446744073709551616\r\n",
    b"Content-Length: 5\r\nContent-Length: 6\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding : chunked\r\n", b"Expect: 100-continue\r\n", b"Upgrade: h2c\r\n",
    b"Connection: close\r\n", b"Connection: upgrade\r\n", b"Content-Type: application/json\r\n",
    b"Range: bytes=0-0,1-1,2-\r\n", b"If-Match: \"1\"\r\n", b"Authorization: Bearer x\r\n",
    b"Cookie: a=b\r\n", b" folded: yes\r\n", b"A: " + b"a" * 9_000 + b"\r\n", b"5\r\nhello\r\n",
    b"0\r\n\r\n", b"ffffffffffffffff\r\n", b"{\"change\":{\"kind\":\"promote\",\"version\":2}}",
    b"[" * 2_000, b"\r\n\r\n"]
WHOLE = [
    b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"POST /v1/models/http-anomaly/deployment HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
    b"application/json\r\nContent-Length: 44\r\n\r\n{\"change\":{\"kind\":\"promote\",\"version\":2}}   "]


def bytes_of(random_numbers):
    """One that is whole and changed in places, or words in any order."""
    if random_numbers.random() < 0.5:
        made = bytearray(random_numbers.choice(WHOLE))
        for _ in range(random_numbers.randrange(1, 5)):
            place = random_numbers.randrange(len(made))
            what = random_numbers.randrange(3)
            if what == 0:
                made[place] = random_numbers.randrange(256)
            elif what == 1:
                made[place:place] = random_numbers.choice(WORDS)
            else:
                del made[place:place + random_numbers.randrange(1, 9)]
        return bytes(made)
    return b"".join(
        random_numbers.choice(WORDS) for _ in range(random_numbers.randrange(1, 24)))


def by_bytes(ground, seconds):
    """Bytes on connections; the number of them, and of those that were answered with a status."""
    random_numbers = random.Random(SEED)
    sent = answered = 0
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        made = bytes_of(random_numbers)
        with socket.create_connection(("127.0.0.1", ground.port), 20) as connection:
            connection.settimeout(20)
            answer = b""
            try:
                connection.sendall(made)
                # All that will come: what is open is to be closed or answered.
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(64)
            except TimeoutError:
                ground.fail(f"neither answered nor closed within 20 s: {made!r}")
            except OSError:
                pass
        sent += 1
        if answer:
            found = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
            if not found or found.group(1) in (b"500", b"501", b"502", b"504"):
                ground.fail(f"answered with {answer!r}: {made!r}")
            answered += 1
    return sent, answered


class Commands(threading.Thread):
    """Commands that read the registry's file while the hub leads it: each has to end well."""

    def __init__(self, ground):
        super().__init__(daemon=True)
        self.ground = ground
        self.is_over = threading.Event()
        self.done = 0
        self.fault = None

    def run(self):
        commands = [
            ["audit", "verify"], ["models"], ["show", "http-anomaly"], ["history", "http-anomaly"],
            ["verify"]]
        while not self.is_over.is_set() and not self.fault:
            for command in commands:
                try:
                    self.ground.run(*command, "--registry", "registry.db")
                except (SystemExit, subprocess.TimeoutExpired) as fault:
                    self.fault = fault
                    return
                self.done += 1

    def end(self):
        self.is_over.set()
        self.join()
        if self.fault or self.done == 0:
            self.ground.fail(f"a command beside the hub: {self.fault or 'none was done'}")


def main():
    executable, scratch, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    ground = Ground(executable, scratch)
    try:
        ground.open()
        commands = Commands(ground)
        commands.start()
        strangers = by_document(ground, "strangers", {}, seconds // 3)
        known = by_document(ground, "known", KNOWN, seconds // 3)
        sent, answered = by_bytes(ground, seconds // 3)
        commands.end()
        if answered == 0:
            ground.fail("no bytes were answered at all")
        if ground.hub.poll() is not None:
            ground.fail(f"the hub ended with {ground.hub.returncode}")
        ground.wait_until_ready()
        resident = ground.resident_mb()
        if resident > RESIDENT_MB:
            ground.fail(f"the hub took {resident:.0f} MB")
        wal = (ground.folder / "registry.db-wal").stat().st_size / 1e6
        if wal > WAL_MB:
            ground.fail(f"the write-ahead log has {wal:.0f} MB")
        ground.hub.terminate()
        if ground.hub.wait(30) != 0:
            ground.fail(f"the hub ended with {ground.hub.returncode}")
        ground.run("audit", "verify", "--registry", "registry.db")
        print(
            f"Tests/API/run: {strangers} cases of the document with names that are not there, "
            f"{known} with names that are; {sent} times bytes, {answered} of them answered; the "
            f"hub took {resident:.0f} MB at most; {commands.done} commands beside it ended well; "
            f"the write-ahead log has {wal:.1f} MB, and the registry is whole")
    finally:
        ground.close()


if __name__ == "__main__":
    main()
