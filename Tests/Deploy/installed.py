#!/usr/bin/env python3
"""What the pages tell to do once the package is installed, done in the root where it is.

Usage: installed.py ROOT    as root; the package and sudo installed in ROOT; kcat in PATH

The commands of docs/operations.md from the installation to the first promotion, as they stand, by root in
its own folder; then those of all runbooks. The units' ExecStart is what systemctl would start, and a
development broker stands in for Kafka, which has its topics from its start; the network is the test's own.
"""
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import commands
import pages
from network import LOOPBACK

PAGE = "docs/operations.md"
TOPICS = ["raw_requests:4", "predictions:4", "predictions.dlq:4", "swerve.control:1", "swerve.status:1",
          "swerve.ledger:1"]
PATH = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/root"]


def section(name, heading):
    """Commands of one section of a page."""
    lines = (pages.ROOT / name).read_text().splitlines()
    begin = lines.index(heading) + 1
    end = next((n for n, line in enumerate(lines[begin:], begin + 1) if line.startswith("## ")), len(lines))
    return [command for line, command in commands.page_commands(name) if begin < line <= end]


class Machine:
    def __init__(self, root, folder):
        self.root, self.folder, self.started = Path(root), Path(folder), []

    def start(self, name, *words):
        """As systemd does: the package's user, in its folder."""
        log = self.folder / name
        with open(log, "wb") as output:
            process = subprocess.Popen(
                ["chroot", "--userspec=swerve:swerve", self.root, *PATH, "sh", "-c",
                 'cd /var/lib/swerve && exec "$@"', "sh", *words],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        process.log = log
        self.started.append(process)
        return process

    def unit(self, name, instance=""):
        text = (self.root / f"lib/systemd/system/{name}.service").read_text()
        words = re.search(r"^ExecStart=(.*)$", text, re.M)[1].replace("%i", instance).split()
        return self.start(name, *words)

    def wait(self, process, pattern):
        end = time.monotonic() + 60
        while not (match := re.search(pattern, process.log.read_text())):
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"installed: no '{pattern}': {process.log.read_text()[-3000:]}")
            time.sleep(0.1)
        return match[match.re.groups]

    def session(self, lines):
        """By root, in a folder that nobody else may read."""
        text = "set -e\ncd /root\n" + "\n".join(lines)
        done = subprocess.run(["chroot", self.root, *PATH, "bash", "-c", text], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        if done.returncode:
            logs = "".join(f"--- {p.log.name}\n{p.log.read_text()[-1500:]}" for p in self.started)
            sys.exit(f"installed: {done.returncode} at the end of:\n{text}\n{done.stdout}{done.stderr}\n{logs}")
        return done.stdout

    def configure(self, name, bootstrap, more=""):
        path = self.root / f"etc/swerve/{name}.yaml"
        text = path.read_text()
        if "localhost:9092" not in text:
            sys.exit(f"installed: {path} has other brokers")
        # In place: its owner and rights are the package's.
        path.write_text(text.replace("localhost:9092", bootstrap) + more)
        return path, text

    def feed(self, bootstrap):
        made = subprocess.run(["chroot", self.root, *PATH, "swerve", "generate", "--records", "3000"],
                              capture_output=True, check=True).stdout
        for data, place in ((b"no request\n", ["-p", "0"]), (made, [])):
            subprocess.run(["kcat", "-P", "-b", bootstrap, "-t", "raw_requests", *place], input=data, check=True)

    def play(self):
        broker = self.start("broker", "swerve", "broker", *(w for t in TOPICS for w in ("--topic", t)))
        bootstrap = self.wait(broker, r"(127[^\"]*)\"")
        # The development broker has no members that are told by name.
        before = [self.configure("default", bootstrap, "development: true\nassignment: fixed\n"),
                  self.configure("hub", bootstrap)]
        told = section(PAGE, "## On a machine with systemd")
        known = [c for c in told if c.startswith("swerve() {")]
        rest = [c for c in told if not re.match(r"make |apt |sudoedit |swerve\(\)|swerve topics create ", c)]
        start = next(n for n, command in enumerate(rest) if command.startswith("systemctl enable --now"))
        if len(known) != 1 or "systemctl enable --now swerve-serve@default" not in rest[start]:
            sys.exit(f"installed: {PAGE} has other steps than this test knows: {told}")
        self.session(known + rest[:start])
        self.unit("swerve-serve@", "default")
        said = self.session(known + [c for c in rest[start + 1:] if not c.startswith("systemctl ")])
        if "ready" not in said or "http-anomaly" not in said:
            sys.exit(f"installed: neither ready nor known: {said}")

        self.feed(bootstrap)
        self.session(known + [
            "swerve register /usr/share/swerve/models/http-anomaly-2.model --model http-anomaly "
            "--featurizer /usr/share/swerve/models/featurizer.json",
            "until swerve dead-letters list http-anomaly | grep ' 0:0'; do sleep 0.2; done"])
        count = 0
        self.wait(self.unit("swerve-hub"), "leads the registry")
        for name in sorted((pages.ROOT / "docs/runbooks").glob("Swerve*.md")):
            for _, command in commands.page_commands(str(name.relative_to(pages.ROOT))):
                if command.startswith("swerve ") and not commands.not_here(command, set()):
                    self.session(known + [command])
                    count += 1
        self.close()
        for path, text in before:
            path.write_text(text)
        return len(rest), count

    def close(self):
        while self.started:
            process = self.started.pop()
            process.terminate()
            process.wait(60)


def main():
    if sys.argv[2:] != ["within"]:
        return subprocess.run(["unshare", "--net", sys.executable, "-c", LOOPBACK, sys.executable, __file__,
                               os.path.realpath(sys.argv[1]), "within"]).returncode
    with tempfile.TemporaryDirectory(prefix="swerve-installed-") as folder:
        machine = Machine(sys.argv[1], folder)
        try:
            steps, count = machine.play()
        finally:
            machine.close()
    print(f"installed: {steps} steps to the first promotion, and {count} commands of runbooks, as they stand")
    return 0


if __name__ == "__main__":
    sys.exit(main())
