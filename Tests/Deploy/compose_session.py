#!/usr/bin/env python3
"""Carries out, as processes of this machine, what deploy/compose.yaml has its services of Swerve do.

Usage: compose_session.py EXECUTABLE [BOOTSTRAP]    kcat in PATH; without a Kafka a development broker

The commands are those of the file, to the letter; its volume, the image's models, its configuration and
`kafka:9092` are names of this machine in them. Everything runs twice on one volume, as `down` and
`up` do, and setup runs a second time beside the hub, as a second `up` does.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from network import LOOPBACK

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
OWN_NETWORK = ["unshare", "--user", "--map-root-user", "--net", "--kill-child"]
TOPICS = {"raw_requests": 4, "predictions": 4, "predictions.dlq": 4, "swerve.control": 1,
          "swerve.status": 1, "swerve.ledger": 1}
SECONDS = 90


class Ended(Exception):
    """What comes after it could only fail too."""


class Session:
    def __init__(self, folder, executable, bootstrap):
        self.folder, self.document = Path(folder), yaml.safe_load((DEPLOY / "compose.yaml").read_text())
        (self.folder / "bin").mkdir()
        (self.folder / "state").mkdir()
        (self.folder / "bin/swerve").symlink_to(executable)
        self.running, self.faults, self.development = [], [], {}
        if not bootstrap:
            # Its groups take ten seconds to settle.
            self.development = {"SWERVE_DEVELOPMENT": "true", "SWERVE_ASSIGNMENT": "fixed"}
            words = [word for topic, count in TOPICS.items() for word in ("--topic", f"{topic}:{count}")]
            broker = self.start("broker", ["swerve", "broker", *words], stdout=subprocess.PIPE, text=True)
            bootstrap = re.search(r"127[^\"]*", broker.stdout.readline())[0]
        self.names = {
            "/var/lib/swerve": str(self.folder / "state"), "/usr/share/swerve": str(DEPLOY.parent),
            "/etc/swerve/swerve.yaml": str(self.folder / "swerve.yaml"), "kafka:9092": bootstrap}
        given = (DEPLOY / self.document["configs"]["swerve"]["file"]).read_text()
        (self.folder / "swerve.yaml").write_text(self.here(given))

    def here(self, text):
        for name, meant in self.names.items():
            text = text.replace(name, meant)
        if self.development:
            # That broker has its topics from the start, and makes none when asked.
            text = re.sub(r"^ *swerve topics create .*\n", "", text, flags=re.M)
        return text.replace("$$", "$")

    def environment(self, service):
        said = self.document["services"][service].get("environment", {})
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SWERVE_")}
        return kept | self.development | said | {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "HOME": str(self.folder / "state"),
            "SWERVE_CONFIG": str(self.folder / "swerve.yaml"), "no_proxy": "127.0.0.1"}

    def words(self, service, command=None):
        said = self.document["services"][service]
        words = [*said.get("entrypoint", ["swerve"]), *(command or said["command"])]
        return [self.here(word) for word in words]

    def start(self, name, words, **more):
        """Goes on until it is stopped; its log is kept."""
        log = open(self.folder / f"{name}.log", "ab")
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stderr=log, cwd=self.folder / "state",
            start_new_session=True, **({"stdout": log} | more),
            env=self.environment(name) if name != "broker" else os.environ | {
                "PATH": f"{self.folder}/bin:{os.environ['PATH']}"})
        self.running.append((name, process))
        return process

    def stop(self, *names):
        for name, process in [entry for entry in self.running if entry[0] in names]:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                code = process.wait(SECONDS)
                if code and name not in ("generator", "broker"):
                    self.faults.append(f"{name} ended with {code}")
            except subprocess.TimeoutExpired:
                self.faults.append(f"{name} did not stop within {SECONDS} s")
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            self.running.remove((name, process))

    def comes(self, holds):
        """Until `control` says it: slots of a group that begins still exchange partitions."""
        end = time.monotonic() + SECONDS
        while True:
            try:
                return self.run("control", holds=holds)
            except Ended:
                if time.monotonic() > end:
                    raise

    def run(self, service, *command, holds=""):
        """One that ends; `holds` has to be in what it says."""
        done = subprocess.run(
            self.words(service, list(command)), capture_output=True, text=True, timeout=SECONDS,
            cwd=self.folder / "state", env=self.environment(service), stdin=subprocess.DEVNULL)
        said = f"{service} {' '.join(command)}: {done.returncode}: {done.stdout}{done.stderr}"
        if done.returncode or not re.search(holds, done.stdout):
            raise Ended(said)
        return said

    def healthy(self, service):
        """As the container's check asks."""
        check = self.document["services"][service].get("healthcheck", {}).get("test", [
            "CMD", "/usr/bin/swerve", "health"])
        end, done = time.monotonic() + SECONDS, None
        while time.monotonic() < end:
            done = subprocess.run(
                ["swerve", *check[2:]], capture_output=True, text=True, env=self.environment(service),
                cwd=self.folder / "state")
            if not done.returncode:
                return
            time.sleep(0.2)
        log = (self.folder / f"{service}.log").read_text()[-2000:]
        raise Ended(f"{service} is not healthy: {done.stdout}{done.stderr}{log}")


def rounds(session):
    def up():
        session.run("setup")
        session.start("hub", session.words("hub"))
        session.start("workers", session.words("workers"))
        session.start("generator", session.words("generator"))
        session.healthy("hub")
        session.healthy("workers")
        session.run("canary")

    # As one that was killed before its end.
    token = session.folder / "state/control.token"
    session.run("setup")
    token.unlink()
    up()
    if token.stat().st_mode & 0o777 != 0o600:
        session.faults.append(f"others may read the token: {token.stat().st_mode & 0o777:o}")
    session.comes(r"canary 2 against 1 at 10\.0%")
    session.run("setup")
    session.run("canary")
    session.run("control", "promote", "http-anomaly@2", "--wait")
    session.run("control", "rollback", "http-anomaly", "--wait")
    history = session.run("control", "history", "http-anomaly", "--json")
    session.stop("generator", "workers", "hub")
    up()
    if session.run("control", "history", "http-anomaly", "--json") != history:
        session.faults.append("a second start changed the deployment")
    session.comes("http-anomaly")
    session.stop("generator", "workers", "hub")


def main():
    if len(sys.argv) == 2 and not os.environ.get("SWERVE_OWN_NETWORK"):
        if not subprocess.run([*OWN_NETWORK, "true"], capture_output=True).returncode:
            os.environ["SWERVE_OWN_NETWORK"] = "yes"
            os.execvp("unshare", [*OWN_NETWORK, sys.executable, "-c", LOOPBACK, sys.executable, *sys.argv])
    with tempfile.TemporaryDirectory(prefix="swerve-compose-") as folder:
        session = Session(folder, str(Path(sys.argv[1]).resolve()), (sys.argv[2:] or [None])[0])
        try:
            rounds(session)
        except Ended as fault:
            session.faults.append(str(fault))
        finally:
            session.stop(*{name for name, _ in session.running})
    for fault in session.faults:
        print(f"compose: {fault}")
    if not session.faults:
        print("compose: setup, hub, workers, generator, canary and control ran as processes, twice")
    return 1 if session.faults else 0


if __name__ == "__main__":
    sys.exit(main())
