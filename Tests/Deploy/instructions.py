#!/usr/bin/env python3
"""Counts the instructions of user space that one small slot's worker takes, where perf cannot.

Usage: instructions.py EXECUTABLE [SECONDS]    kcat, strace, strip and valgrind in PATH

valgrind runs one worker by deploy/examples/small.yaml, once without and once with 1,000 records a second,
each for a short and for a longer time: the difference is what the time costs, without the start. valgrind
knows no pidfd_open(2), with which a supervisor starts its workers. So a supervisor's own worker is watched
once for the configuration that it gets, and a second worker is started with it, without a supervisor.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import small

SHORT = 5


class Watched(small.Service):
    """A service whose supervisor is watched for what it tells its worker, and has ended since."""

    def start(self, *arguments, log):
        if arguments[0] != "serve":
            return super().start(*arguments, log=log)
        with open(self.folder / log, "wb") as output:
            process = subprocess.Popen(
                ["strace", "-f", "-s", "600000", "-e", "trace=write", "-o", self.folder / "calls",
                 self.swerve, *arguments], cwd=self.folder, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        self.processes.append(process)
        return process

    def document(self):
        supervisor = int(self.family()[1])
        os.kill(supervisor, signal.SIGTERM)
        self.supervisor.wait(60)
        found = re.search(r'write\(\d+, ("\{.*\\n"), \d+', (self.folder / "calls").read_text())
        return json.loads(found[1]).encode()


def alone(service, document, rate, seconds):
    """(instructions, seconds that the worker ran, records), of one worker under valgrind."""
    theirs, ours = os.pipe()
    os.write(ours, document)

    def hand_on():
        os.dup2(theirs, 3)
        os.set_inheritable(3, True)

    told, counted = service.folder / "worker.log", service.folder / "counted"
    with open(told, "wb") as log:
        begin = time.monotonic()
        worker = subprocess.Popen(
            ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
             f"--log-file={counted}", service.swerve, "worker"], cwd=service.folder,
            env=service.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
            close_fds=False, preexec_fn=hand_on)
    service.processes.append(worker)
    service.wait(lambda: "epoch" in told.read_text())
    time.sleep(SHORT)
    before, feed_begin = service.committed(), time.monotonic()
    if rate:
        service.feed(seconds)
    time.sleep(seconds)
    service.wait(lambda: service.committed() - before >= rate * seconds)
    late = time.monotonic() - feed_begin - seconds
    records = service.committed() - before
    worker.terminate()
    worker.wait(60)
    os.close(ours)
    os.close(theirs)
    if late > 0.2 * seconds:
        sys.exit(f"instructions: valgrind does not keep up here: {late:.0f} s late")
    found = re.search(r"I +refs: +([\d,]+)", counted.read_text())
    if not found:
        sys.exit(f"instructions: nothing is counted: {counted.read_text()[-500:]}")
    return int(found[1].replace(",", "")), time.monotonic() - begin, records


def main():
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    with tempfile.TemporaryDirectory(prefix="swerve-instructions-") as folder:
        # Without symbols: valgrind gives up over Swift's.
        swerve = str(Path(folder) / "swerve")
        subprocess.run(["strip", "--strip-all", "-o", swerve, sys.argv[1]], check=True)
        service = Watched(swerve, folder)
        try:
            document = service.document()
            for rate in (0, small.RATE):
                short, long = (alone(service, document, rate, each) for each in (SHORT, seconds))
                each = (long[0] - short[0]) / (long[1] - short[1])
                print(f"instructions: {each / 1e6:.1f} million a second at "
                      f"{rate} records a second", flush=True)
        finally:
            service.stop()


if __name__ == "__main__":
    main() if len(sys.argv) > 1 else sys.exit(__doc__)
