#!/usr/bin/env python3
"""Serves on a processor of x86-64's first years, without AVX, SSE4 or SSSE3, as qemu emulates it.

Usage: old_processor.py EXECUTABLE QEMU    kcat and cc in PATH

A supervisor by deploy/examples/small.yaml and its worker, both emulated, and the commands that they hear
of: a promotion is taken up while records come, all of them are scored, a worker that is killed is started
again, a reload replaces it, and a stop ends in order. What a processor has to give for each record is held
against this machine's by Tests/Deploy/baseline.
"""
import collections
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import small

RECORDS = 2_000


class Service(small.Service):
    """A service whose processes the emulator runs; the broker is this machine's."""

    def __init__(self, swerve, folder, emulator):
        self.emulator = emulator
        self.library = Path(folder) / "through_emulator.so"
        subprocess.run(
            ["cc", "-std=gnu11", "-Wall", "-Werror", "-fPIC", "-shared", "-o", self.library,
             small.ROOT / "Tests/Deploy/through_emulator.c", "-ldl"], check=True)
        super().__init__(swerve, folder)

    def start(self, *arguments, log):
        if arguments[0] != "serve":
            return super().start(*arguments, log=log)
        environment = self.environment | {
            "LD_PRELOAD": str(self.library), "SWERVE_TEST_EMULATOR": " ".join(self.emulator),
            "SWERVE_TEST_EMULATED": self.swerve}
        with open(self.folder / log, "wb") as output:
            process = subprocess.Popen(
                [*self.emulator, self.swerve, *arguments], cwd=self.folder, env=environment,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        self.processes.append(process)
        return process

    def run(self, *arguments):
        done = subprocess.run(
            [*self.emulator, self.swerve, *arguments], cwd=self.folder, env=self.environment,
            capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"old_processor: swerve {' '.join(arguments)}: {done.stderr}")

    def served(self, times):
        """Waits until a worker has said so often that it serves."""
        self.wait(lambda: (self.folder / "serve.log").read_text().count("is served") >= times)

    def check_emulated(self):
        """Both processes are the emulator's, and none is this processor's."""
        family = self.family()
        found = {os.path.realpath(f"/proc/{process}/exe") for process in family}
        if len(family) != 2 or found != {os.path.realpath(self.emulator[0])}:
            sys.exit(f"old_processor: {family} are {found}")


def predictions(service):
    """How many each version gave."""
    said = subprocess.run(
        ["kcat", "-C", "-b", service.environment["SWERVE_BOOTSTRAP"], "-t", "predictions", "-e", "-q"],
        check=True, capture_output=True).stdout
    return collections.Counter(json.loads(line)["version"] for line in said.splitlines())


def main():
    swerve, qemu = (os.path.abspath(word) for word in sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="swerve-old-processor-") as folder:
        service = Service(swerve, folder, [qemu, "-cpu", "qemu64"])
        try:
            service.check_emulated()
            for version in (1, 2):
                service.run("promote", f"http-anomaly@{version}", "--wait")
                service.feed(1, records=RECORDS // 2)
                service.wait(lambda: service.committed() >= version * RECORDS // 2)
            counts = predictions(service)
            said = (service.folder / "serve.log").read_text().count("is served")
            os.kill(service.family()[1], signal.SIGKILL)
            service.served(said + 1)
            service.supervisor.send_signal(signal.SIGHUP)
            service.served(said + 2)
            service.check_emulated()
            service.supervisor.terminate()
            code = service.supervisor.wait(60)
        finally:
            service.stop()
    if code != 0 or counts != {1: RECORDS // 2, 2: RECORDS // 2}:
        sys.exit(f"old_processor: the service ended with {code}, and gave {dict(counts)}")
    print(f"old_processor: {RECORDS} records served without AVX, with a swap between them, a worker that "
          "was killed and one that was replaced")


if __name__ == "__main__":
    main() if len(sys.argv) == 3 else sys.exit(__doc__)
