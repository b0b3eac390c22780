#!/usr/bin/env python3
"""Counts the instructions of user space that one small slot's worker takes, where perf cannot.

Usage: instructions.py EXECUTABLE [SECONDS]    kcat, strace, strip and valgrind in PATH

valgrind runs one worker by deploy/examples/small.yaml, once without and once with 1,000 records a second,
each for a short and for a longer time: the difference is what the time costs, without the start.
"""
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import alone
import small

SHORT = 5


def run(service, rate, seconds):
    """(instructions, seconds that the worker ran), of one worker under valgrind."""
    counted = service.folder / "counted"
    begin = time.monotonic()
    worker, pipe = service.worker(
        "valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
        f"--log-file={counted}")
    time.sleep(SHORT)
    before, feed_begin = service.committed(), time.monotonic()
    if rate:
        service.feed(seconds)
    time.sleep(seconds)
    service.wait(lambda: service.committed() - before >= rate * seconds)
    late = time.monotonic() - feed_begin - seconds
    worker.terminate()
    worker.wait(60)
    ran = time.monotonic() - begin
    os.close(pipe)
    if late > 0.2 * seconds:
        sys.exit(f"instructions: valgrind does not keep up here: {late:.0f} s late")
    found = re.search(r"I +refs: +([\d,]+)", counted.read_text())
    if not found:
        sys.exit(f"instructions: nothing is counted: {counted.read_text()[-500:]}")
    return int(found[1].replace(",", "")), ran


def main():
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    with tempfile.TemporaryDirectory(prefix="swerve-instructions-") as folder:
        # Without symbols: valgrind gives up over Swift's.
        swerve = str(Path(folder) / "swerve")
        subprocess.run(["strip", "--strip-all", "-o", swerve, sys.argv[1]], check=True)
        service = alone.Service(swerve, folder)
        try:
            for rate in (0, small.RATE):
                short, long = (run(service, rate, each) for each in (SHORT, seconds))
                each = (long[0] - short[0]) / (long[1] - short[1])
                print(f"instructions: {each / 1e6:.1f} million a second at "
                      f"{rate} records a second", flush=True)
        finally:
            service.stop()


if __name__ == "__main__":
    main() if len(sys.argv) > 1 else sys.exit(__doc__)
