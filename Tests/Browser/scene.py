"""A broker, a registry with models, a hub, workers and traffic, as processes of their own."""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

SWERVE = os.path.abspath(os.environ["SWERVE_BIN"])
MODELS = pathlib.Path(__file__).resolve().parents[2] / "models"
TOPICS = (
    "raw_requests:4 predictions:4 predictions.dlq:4 swerve.control:1 swerve.status:1 "
    "swerve.ledger:1 predictions.corrections:4 closed.control:1"
).split()

# Of the tests, and no key of a configuration.
OURS = ("SWERVE_BIN", "SWERVE_SCREENS")

# What somebody would type who wants a page to do something else.
MARKUP = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
RIGHT_TO_LEFT = "\u202egnp.exe\u202c שלום עולם"
LONG = "x" * 200
HOSTILE = [MARKUP, RIGHT_TO_LEFT, LONG]


class Process:
    """A command that runs until it is ended; its lines are kept."""

    def __init__(self, *words, stdin=None, env=None, cwd=None):
        self.lines = []
        self.arrived = threading.Condition()
        self.process = subprocess.Popen(
            [SWERVE, *words], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", env=env, cwd=cwd)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.arrived:
                self.lines.append(line)
                self.arrived.notify_all()
        with self.arrived:
            self.arrived.notify_all()

    def wait_for(self, pattern, seconds=60):
        """The first match in what it says."""
        deadline = time.monotonic() + seconds
        with self.arrived:
            while True:
                for line in self.lines:
                    found = re.search(pattern, line)
                    if found:
                        return found
                left = deadline - time.monotonic()
                if left <= 0 or self.process.poll() is not None and not self.reader.is_alive():
                    raise AssertionError(f"{pattern} was never said:\n{''.join(self.lines)}")
                self.arrived.wait(min(left, 1))

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Scene:
    """What the tests look at; `url` is where the hub answers."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="swerve-browser-")
        self.registry = os.path.join(self.folder.name, "swerve.db")
        self.processes = []
        self.is_over = threading.Event()
        self.broker = self._start(
            "broker", *(word for topic in TOPICS for word in ("--topic", topic)),
            stdin=subprocess.PIPE)
        self.bootstrap = self.broker.wait_for(r"127[0-9.]+:\d+").group(0)
        self._register()
        self.workers = self._configure()
        self.hub, self.url = self.start_hub(
            "--set", "hub.open=loopback", "--set", f"hub.requests={self.workers}")
        self._serve()
        self._feed()

    # What is there

    def _register(self):
        labels = ["--label", "attack=1", "--label", "normal=-1"]
        featurizer = ["--featurizer", str(MODELS / "featurizer.json")]
        for number in (1, 2):
            self.run(
                "register", str(MODELS / f"http-anomaly-{number}.model"), "--model",
                "http-anomaly", *featurizer, *labels, "--metric", f"auc=0.98{number}", "--tag",
                "team=edge", "--training-data", "sha256:4f1c0de9b7aa", "--tool", "liblinear",
                "--author", "dana@corp.example", "--note", f"Retraining {number}")
            self.run(
                "register", str(MODELS / f"http-anomaly-{number}.model"), "--model", "shop",
                *featurizer, *labels)
        for number, text in enumerate(HOSTILE):
            self.run(
                "register", str(MODELS / "http-anomaly-1.model"), "--model", "hostile",
                *featurizer, "--label", f"{text.replace('=', ' ')}=1", "--label", "normal=-1", "--note", text,
                "--tag", f"who={text[:60]}", "--author", text)
        self.run("promote", "shop@1", "--reason", "first")
        self.run("promote", "hostile@1", "--reason", MARKUP)
        self.run("promote", "hostile@2", "--force", "--reason", RIGHT_TO_LEFT)
        self.run("promote", "http-anomaly@1", "--reason", "the first version")
        self.run(
            "promote", "http-anomaly@2", "--canary", "20%", "--reason", "weekly retraining")

    def run(self, *words):
        done = subprocess.run(
            [SWERVE, *words, "--registry", self.registry], env=self.env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert done.returncode == 0, f"swerve {' '.join(words)}: {done.stdout}"
        return done.stdout

    @property
    def env(self):
        own = {name: value for name, value in os.environ.items() if name not in OURS}
        return {**own, "SWERVE_BOOTSTRAP": self.bootstrap}

    def start_hub(self, *words, registry=None):
        hub = self._start(
            "hub", "--registry", registry or self.registry, "--set", "hub.listen=127.0.0.1:0",
            *words, env=self.env)
        url = hub.wait_for(r"the hub answers at (http://[0-9.:]+)").group(1)
        hub.wait_for(r"this hub leads the registry")
        return hub, url

    def _start(self, *words, **options):
        # Where a worker keeps what it served last, too.
        process = Process(*words, cwd=self.folder.name, **options)
        self.processes.append(process)
        return process

    def _configure(self):
        path = os.path.join(self.folder.name, "swerve.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(
                "model: http-anomaly\ngroup: edge-eu\nslots: {total: 2}\nstart: earliest\n"
                "development: true\nassignment: fixed\nhttp: none\nmask: [body]\n")
        return path

    def _serve(self):
        self._start("serve", "--config", self.workers, "--registry", self.registry, env=self.env)

    def _feed(self):
        from confluent_kafka import Producer

        lines = subprocess.run(
            [SWERVE, "generate", "--records", "4000"], stdout=subprocess.PIPE,
            check=True).stdout.splitlines()
        producer = Producer({"bootstrap.servers": self.bootstrap})

        def feed():
            number = 0
            while not self.is_over.is_set():
                for _ in range(20):
                    number += 1
                    producer.produce(
                        "raw_requests", lines[number % len(lines)], key=f"client-{number % 500}")
                producer.poll(0.1)
            producer.flush(5)

        self.feeder = threading.Thread(target=feed, daemon=True)
        self.feeder.start()

    # Beside the browser

    def ask(self, path, body=None, method=None):
        """What the API answers; a problem is one as well."""
        request = urllib.request.Request(
            self.url + path, method=method or ("POST" if body else "GET"),
            data=json.dumps(body).encode() if body else None,
            headers={"Content-Type": "application/json"} if body else {})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def page(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return answer.read().decode()

    def wait_until(self, condition, seconds=90):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"that never became so:\n{self.said}"
            time.sleep(0.5)

    @property
    def said(self):
        """The last lines of all processes, and how the fleet stands."""
        lines = [line for process in self.processes for line in process.lines[-8:]]
        return "".join(lines) + json.dumps(self.ask("/v1/fleet"))[:3000]

    def epoch(self, model):
        return self.ask(f"/v1/models/{model}")["deployment"]["epoch"]

    def settle(self, model, version):
        """No candidate, and that version for all records."""
        now = self.ask(f"/v1/models/{model}")["deployment"]
        if now.get("candidate"):
            self.change(model, kind="abort")
        if now["stable"]["version"] != version:
            self.change(model, kind="promote", version=version)

    def change(self, model, **change):
        answer = self.ask(
            f"/v1/models/{model}/deployment", {"change": change, "reason": "beside the browser"})
        assert "deployment" in answer, answer
        return answer

    def end(self):
        self.is_over.set()
        for process in reversed(self.processes):
            process.end()
        self.folder.cleanup()
