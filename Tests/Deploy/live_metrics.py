#!/usr/bin/env python3
"""Runs a service with a canary under Prometheus, and asks it all that rules and dashboard ask.

Usage: live_metrics.py SWERVE PROMETHEUS

Each expression of an alert, of a recording rule and of the dashboard is taken as it stands. A metric
that is named there must be one that this run serves, with the labels that the expression chooses or
groups by; each query of the dashboard and each recording rule must have an answer. What this run
cannot have (a certificate, records that wait for a schema) must stand in Tests/Snapshots/metrics.txt,
the page of a service that has everything.
"""
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
# Answers that a healthy run does not have: families that only appear in trouble or by configuration.
ABSENT_HERE = {"swerve_certificate_expiry_timestamp_seconds", "ALERTS"}
# Labels that Prometheus adds.
ADDED = {"namespace", "job", "instance"}
WORDS = {"by", "on", "group_left", "ignoring", "without"}


def fetch(url):
    # Never through a proxy of the machine; the hub's certificate was made by this run.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl._create_unverified_context()))
    with opener.open(url, timeout=10) as answer:
        return answer.read().decode()


def wait_for(what, holds, seconds=60):
    """The first answer that is not false; an error names what did not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = holds()
        if answer:
            return answer
        time.sleep(0.1)
    sys.exit(f"live_metrics: {what} did not come within {seconds} s")


def families(page):
    """Labels by the name of each sample of a page."""
    found = {}
    for line in page.splitlines():
        match = re.match(r"([a-z_:]+)(?:\{(.*)\})? \S+$", line)
        if match:
            labels = re.findall(r'([a-z_]+)="', match[2] or "")
            found.setdefault(match[1], set()).update(labels)
    return found


def expressions():
    """(where, expression, whether it must have an answer) of rules and dashboard."""
    for group in yaml.safe_load((ROOT / "deploy/prometheus/swerve.rules.yml").read_text())["groups"]:
        for rule in group["rules"]:
            yield rule.get("record") or rule["alert"], rule["expr"], "record" in rule
    board = json.loads((ROOT / "deploy/grafana/swerve.json").read_text())
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield f"panel '{panel['title']}'", filled(target["expr"]), True
    for note in board["annotations"]["list"]:
        yield f"annotation '{note['name']}'", filled(note["expr"]), note["name"] == "Swaps"
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            query = re.match(r"label_values\((.*), (\w+)\)$", variable["query"]["query"])
            yield f"variable {variable['name']}", f"count by ({query[2]}) ({filled(query[1])})", True


def filled(expression):
    for name in ("$namespace", "$model", "$group"):
        expression = expression.replace(name, ".*")
    return expression.replace("$__rate_interval", "10s")


def check_names(where, expression, served, recorded):
    """Faults of an expression against what is served: unknown names, unknown labels."""
    faults = []
    bare = re.sub(r'"[^"]*"', '""', expression)
    known = set(ADDED)
    for name, choice in re.findall(r"\b((?:group:)?swerve_[a-z0-9_:]+)(\{[^}]*\})?", bare):
        labels = recorded.get(name) if name.startswith("group:") else served.get(name)
        if labels is None:
            faults.append(f"{where}: nothing serves {name}")
            continue
        known |= labels
        for label in re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", choice):
            if label not in labels | ADDED:
                faults.append(f"{where}: {name} has no label {label}")
    if not re.search(r"\b(ALERTS|up|kube_\w+)\b", bare):
        for word, labels in re.findall(r"\b([a-z_]+)\s*\(([a-z_, ]*)\)", bare):
            if word in WORDS:
                for label in filter(None, (label.strip() for label in labels.split(","))):
                    if label not in known | {"le"}:
                        faults.append(f"{where}: nothing here has the label {label}")
    return faults


class Run:
    """A broker, a registry with two versions, a service with a canary, a hub, and Prometheus."""

    def __init__(self, swerve, prometheus, folder):
        self.swerve, self.folder, self.processes = swerve, Path(folder), []
        self.environment = {
            key: value for key, value in os.environ.items() if not key.startswith("SWERVE_")
        }
        topics = ["raw_requests:4", "predictions:4", "predictions.dlq:4"]
        topics += [f"swerve.{name}:1" for name in ("control", "status", "ledger")]
        broker = self.start(["broker"] + [word for topic in topics for word in ("--topic", topic)])
        self.bootstrap = wait_for("the broker's address", lambda: self.said(broker, r"(127[^\"]*)\""))
        self.environment["SWERVE_BOOTSTRAP"] = self.bootstrap
        models = ROOT / "models"
        for version in (1, 2):
            self.run(
                "register", models / f"http-anomaly-{version}.model", "--model", "http-anomaly",
                "--featurizer", models / "featurizer.json", "--label", "attack=1",
                "--label", "normal=-1")
        self.run("promote", "http-anomaly@1")
        (self.folder / "swerve.yaml").write_text(
            "model: http-anomaly\nslots: {total: 2}\nstart: earliest\ndevelopment: true\n"
            "assignment: fixed\nhttp: 127.0.0.1:0\nhub.listen: 127.0.0.1:0\n")
        service = self.start(["serve"])
        self.port = wait_for(
            "the service's address", lambda: self.said(service, r"health are at http://\S*:(\d+)"))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90", "-keyout",
             "hub.key", "-out", "hub.pem", "-subj", "/CN=localhost"], cwd=self.folder, check=True,
            stderr=subprocess.DEVNULL)
        self.run("tokens", "create", "ci", "--role", "reader", "--registry", "hub.db")
        hub = self.start(
            ["hub", "--registry", "hub.db", "--set", "hub.tls.certificate=hub.pem", "--set",
             "hub.tls.key=hub.key"])
        self.hub_port = wait_for(
            "the hub's address", lambda: self.said(hub, r"answers at https://\S*:(\d+)"))
        self.prometheus_port = self.start_prometheus(prometheus)

    def start(self, arguments, executable=None):
        log = open(self.folder / f"log-{len(self.processes)}", "wb")
        process = subprocess.Popen(
            [executable or self.swerve, *arguments], cwd=self.folder, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        process.log_path = self.folder / log.name
        self.processes.append(process)
        return process

    def said(self, process, pattern):
        if process.poll() is not None:
            sys.exit(f"live_metrics: {process.args}: {process.log_path.read_text()}")
        match = re.search(pattern, process.log_path.read_text())
        return match and match[1]

    def run(self, *arguments):
        command = [str(word) for word in (self.swerve, *arguments)]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"live_metrics: {command}: {done.returncode}: {done.stderr}")

    def start_prometheus(self, prometheus):
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(ROOT / "deploy/prometheus/swerve.rules.yml")],
            "scrape_configs": [
                {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
                 "scheme": scheme, "tls_config": {"insecure_skip_verify": True}}
                for job, port, scheme in (
                    ("swerve", self.port, "http"), ("swerve-hub", self.hub_port, "https"))
            ],
        }
        (self.folder / "prometheus.yml").write_text(json.dumps(config))
        # It does not tell which port it was given, so it is given one that was free a moment ago.
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        process = self.start(
            ["--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
             f"--web.listen-address=127.0.0.1:{port}"], executable=prometheus)
        wait_for("Prometheus", lambda: self.said(process, "(ready to receive web requests)"))
        return port

    def ask(self, expression):
        query = urllib.parse.urlencode({"query": expression})
        url = f"http://127.0.0.1:{self.prometheus_port}/api/v1/query?{query}"
        return json.loads(fetch(url))["data"]["result"]

    def feed(self, records, rate):
        generate = subprocess.Popen(
            [self.swerve, "generate", "--records", str(records), "--rate", str(rate)],
            stdout=subprocess.PIPE, env=self.environment)
        # One line is no request, so that there is a dead letter.
        subprocess.run(
            ["kcat", "-P", "-b", self.bootstrap, "-t", "raw_requests"], input=b"no request\n",
            check=True)
        subprocess.run(
            ["kcat", "-P", "-b", self.bootstrap, "-t", "raw_requests"], stdin=generate.stdout,
            check=True)
        generate.wait()

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def main():
    swerve, prometheus = (str(Path(path).resolve()) for path in sys.argv[1:3])
    with tempfile.TemporaryDirectory(prefix="swerve-live-") as folder:
        run = Run(swerve, prometheus, folder)
        try:
            return check(run)
        finally:
            run.stop()


def untold(names):
    """Metrics that docs/metrics.md does not name."""
    told = (ROOT / "docs/metrics.md").read_text()
    for name in sorted({re.sub(r"_(bucket|sum|count)$", "", name) for name in names}):
        if f"`{name}`" not in told:
            yield f"docs/metrics.md does not name {name}"


def excited(run):
    """Alerts that a healthy run has, firing or pending; those of its start end within seconds.

    An alert with `for:` is pending long before it fires, so a short run can tell of it too.
    """
    end = time.monotonic() + 30
    while alerts := {alert["metric"]["alertname"] for alert in run.ask("ALERTS")}:
        if time.monotonic() > end:
            return [f"a healthy run has the alerts {sorted(alerts)}"]
        time.sleep(0.5)
    return []


def check(run):
    run.feed(2_000, 1_000)
    wait_for("the first deployment", lambda: run.ask("min(swerve_epoch_served) == 1"))
    run.run("promote", "http-anomaly@2", "--canary", "20%", "--wait")
    run.feed(6_000, 1_000)
    page = fetch(f"http://127.0.0.1:{run.port}/metrics")
    served = families(page)
    served.update(families(fetch(f"https://127.0.0.1:{run.hub_port}/metrics")))
    whole = families((ROOT / "Tests/Snapshots/metrics.txt").read_text())
    for name in ABSENT_HERE & set(whole):
        served[name] = whole[name]
    rules = yaml.safe_load((ROOT / "deploy/prometheus/swerve.rules.yml").read_text())
    recorded = {}
    for group in rules["groups"]:
        for rule in group["rules"]:
            if "record" in rule:
                labels = re.search(r"\b(?:sum|max|min) by \(([a-z, ]+)\)", rule["expr"])
                recorded[rule["record"]] = {
                    label.strip() for label in labels[1].split(",")} if labels else set()
    faults, count = [], 0
    # Rates need two scrapes of what came last, and the rules a turn after these.
    wait_for("a recorded canary", lambda: run.ask("group:swerve_flips:ratio5m"))
    for where, expression, answers in expressions():
        count += 1
        faults += check_names(where, expression, served, recorded)
        result = run.ask(expression)
        if answers and not result and not any(name in expression for name in ABSENT_HERE):
            faults.append(f"{where}: no answer to {expression}")
    faults += untold({*served, *whole})
    faults += excited(run)
    for fault in faults:
        print(f"live_metrics: {fault}")
    print(f"live_metrics: {count} expressions against {len(served)} served names")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
