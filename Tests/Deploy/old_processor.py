#!/usr/bin/env python3
"""Serves on a processor of x86-64's first years, without AVX, SSE4 or SSSE3, as qemu emulates it.

Usage: old_processor.py EXECUTABLE QEMU    kcat and strace in PATH

One worker by deploy/examples/small.yaml takes up a promotion while records come, and scores all of them;
what it has to give for each is held against this machine's by Tests/Deploy/baseline.
"""
import collections
import json
import os
import subprocess
import sys
import tempfile

import alone
import small

RECORDS = 2_000


def predictions(service):
    """How many each version gave."""
    said = subprocess.run(
        ["kcat", "-C", "-b", service.environment["SWERVE_BOOTSTRAP"], "-t", "predictions", "-e", "-q"],
        check=True, capture_output=True).stdout
    return collections.Counter(json.loads(line)["version"] for line in said.splitlines())


def main():
    swerve, qemu = (os.path.abspath(word) for word in sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="swerve-old-processor-") as folder:
        service = alone.Service(swerve, folder)
        try:
            worker, pipe = service.worker(qemu, "-cpu", "qemu64")
            for version in (1, 2):
                service.run("promote", f"http-anomaly@{version}", "--wait")
                service.feed(1, records=RECORDS // 2)
                service.wait(lambda: service.committed() >= version * RECORDS // 2)
            worker.terminate()
            code = worker.wait(60)
            os.close(pipe)
            counts = predictions(service)
        finally:
            service.stop()
    if code != 0 or counts != {1: RECORDS // 2, 2: RECORDS // 2}:
        sys.exit(f"old_processor: the worker ended with {code}, and gave {dict(counts)}")
    print(f"old_processor: {RECORDS} records served without AVX, with a swap between them")


if __name__ == "__main__":
    main() if len(sys.argv) == 3 else sys.exit(__doc__)
