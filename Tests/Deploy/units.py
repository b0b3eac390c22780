#!/usr/bin/env python3
"""The hub and the workers of the example configurations, each in what its unit gives it.

Usage: units.py EXECUTABLE    kcat in PATH

sandbox.py makes the sandbox of the units' own lines. In it the hub's lease holds against a command from
outside and against another hub, which takes over; the workers serve, and take up what is promoted. The two
units agree where they are not about different things.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sandbox
from network import LOOPBACK

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = {"hub": ROOT / "deploy/systemd/swerve-hub.service", "serve": ROOT / "deploy/systemd/swerve-serve@.service"}
OWN = ["unshare", "--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
# A hub and workers differ in these.
DIFFER = {"ExecStart", "ExecReload", "KillMode", "OOMPolicy", "TasksMax", "MemoryHigh", "MemoryMax"}


def agree():
    hub, serve = (sandbox.service(UNITS[name]) for name in ("hub", "serve"))
    for name in sorted(set(hub) | set(serve) - DIFFER):
        if name not in DIFFER and hub.get(name) != serve.get(name):
            yield f"the units differ in {name}: {hub.get(name)}, {serve.get(name)}"


class Scene:
    def __init__(self, executable, folder):
        self.folder, self.started = Path(folder), []
        for name in ("bin", "etc", "state"):
            (self.folder / name).mkdir()
        shutil.copy2(executable, self.folder / "bin/swerve")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("SWERVE_")}
        words = [f"{topic}:{2 if topic[0] != 's' else 1}" for topic in (
            "raw_requests", "predictions", "predictions.dlq", "swerve.control", "swerve.status", "swerve.ledger")]
        broker = self.start("broker", [self.folder / "bin/swerve", "broker",
                                       *(word for topic in words for word in ("--topic", topic))])
        self.bootstrap = self.wait(broker, r"(127[^\"]*)\"")
        for name in ("default", "hub"):
            text = (ROOT / f"deploy/examples/{name}.yaml").read_text()
            text = text.replace("localhost:9092", self.bootstrap).replace("/var/lib/swerve", "/mnt/state")
            # The development broker has no members that are told by name.
            text += "development: true\nassignment: fixed\n" if name == "default" else ""
            (self.folder / f"etc/{name}.yaml").write_text(text)

    def start(self, name, command):
        log = self.folder / f"{name}.log"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                command, cwd=self.folder / "state", env=self.environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT)
        process.log = log
        self.started.append(process)
        return process

    def unit(self, kind, configuration, *more):
        """Its ExecStart, with the paths of the scene."""
        words = sandbox.service(UNITS[kind])["ExecStart"][0].replace("%i", configuration).split()
        words = [word.replace("/usr/bin/", "/mnt/bin/").replace("/etc/swerve/", "/mnt/etc/") for word in words]
        return self.start(f"{kind}-{len(self.started)}", [
            "unshare", "--mount", "--ipc", "--uts", "--propagation", "private", sys.executable,
            ROOT / "Tests/Deploy/sandbox.py", UNITS[kind], self.folder, *words, *more])

    def wait(self, process, pattern, seconds=60):
        end = time.monotonic() + seconds
        while not (match := re.search(pattern, process.log.read_text())):
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"units: no '{pattern}': {process.poll()}: {process.log.read_text()[-3000:]}")
            time.sleep(0.05)
        return match[1] if match.re.groups else match[0]

    def swerve(self, *words, code=0, says=""):
        """A command outside of all units."""
        done = subprocess.run(
            [self.folder / "bin/swerve", *words], cwd=self.folder / "state", env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != code or not re.search(says, done.stdout + done.stderr):
            logs = "".join(f"--- {p.log.name}\n{p.log.read_text()[-1500:]}" for p in self.started)
            sys.exit(f"units: {words} ended with {done.returncode}, not {code} and '{says}': "
                     f"{done.stdout}{done.stderr}\n{logs}")

    def end(self, process):
        process.terminate()
        if code := process.wait(60):
            sys.exit(f"units: {process.args[-3:]} ended with {code}: {process.log.read_text()[-3000:]}")
        self.started.remove(process)

    def play(self):
        models = ROOT / "models"
        outside = ["--registry", self.folder / "state/swerve.db", "--bootstrap", self.bootstrap]
        for version in (1, 2):
            self.swerve("register", models / f"http-anomaly-{version}.model", "--model", "http-anomaly",
                        "--featurizer", models / "featurizer.json", *outside[:2])
        self.swerve("promote", "http-anomaly@1", *outside)

        hub = self.unit("hub", "hub")
        self.wait(hub, "this hub leads the registry, term 1")
        self.swerve("promote", "http-anomaly@2", *outside, code=1, says="a hub leads the registry")
        other = self.unit("hub", "hub", "--set", "hub.listen=127.0.0.1:9466")
        self.wait(other, "answers at")
        self.swerve("health", "--hub", "--set", "hub.listen=127.0.0.1:9466", says="follows")
        self.end(hub)
        self.wait(other, "this hub leads the registry, term 2")
        self.swerve("promote", "http-anomaly@2", *outside, code=1, says="a hub leads the registry")
        self.end(other)

        workers = self.unit("serve", "default")
        self.wait(workers, r"health are at (\S+)")
        feed = subprocess.run([self.folder / "bin/swerve", "generate", "--records", "2000"],
                              capture_output=True, check=True)
        subprocess.run(["kcat", "-P", "-b", self.bootstrap, "-t", "raw_requests"], input=feed.stdout, check=True)
        # Nobody leads: the file is written, and the workers take it up.
        self.swerve("promote", "http-anomaly@2", *outside, "--wait")
        self.swerve("health", "--set", "http=127.0.0.1:9464", says="ready")
        self.end(workers)

    def close(self):
        for process in reversed(self.started):
            process.terminate()
        for process in reversed(self.started):
            process.wait(60)


def main():
    executable = str(Path(sys.argv[1]).resolve())
    if sys.argv[2:] != ["within"]:
        faults = list(agree())
        for fault in faults:
            print(f"units: {fault}")
        if faults:
            return 1
        if subprocess.run([*OWN, "true"], capture_output=True).returncode:
            print("units: not tried in their sandbox: this machine lets nobody make namespaces")
            return 0
        return subprocess.run([*OWN, sys.executable, "-c", LOOPBACK, sys.executable, __file__, executable,
                               "within"]).returncode
    with tempfile.TemporaryDirectory(prefix="swerve-units-") as folder:
        scene = Scene(executable, folder)
        try:
            scene.play()
        finally:
            scene.close()
    print("units: hub and workers do their work in what the units give them, and the lease holds outside")
    return 0


if __name__ == "__main__":
    sys.exit(main())
