#!/usr/bin/env python3
"""Measures one slot by deploy/examples/small.yaml at 1,000 records a second, and fails above 64 MB.

Usage: small.py EXECUTABLE [SECONDS]    kcat in PATH; perf is used where it counts instructions

Supervisor and worker together: resident memory, each page once that both have (`ps` tells such pages of
each), looked at once a second; instructions and wakeups (voluntary switches) a second; over SECONDS (10)
of a steady feed, behind a swap of the version. The broker of the test is the
development broker, on the same machine and not counted.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
LIMIT_KB = 64_000_000 // 1_024
RATE = 1_000


def status(process):
    """Numbers of /proc/PID/status, by name."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return {n: int(v) for n, v in (re.match(r"(\w+):\s+(\d+)", l).groups() for l in lines
                                   if re.match(r"\w+:\s+\d+", l))}


def resident(processes):
    """Kilobytes that processes hold together: their own pages, and each page of a file once."""
    own, of_files, page = 0, set(), os.sysconf("SC_PAGESIZE")
    for process in processes:
        with open(f"/proc/{process}/pagemap", "rb", 0) as pagemap:
            for head, kilobytes in mappings(process):
                begin, end = (int(word, 16) for word in head[0].split("-"))
                if not kilobytes:
                    continue
                pagemap.seek(begin // page * 8)
                entries = memoryview(pagemap.read((end - begin) // page * 8)).cast("Q")
                offset, file = int(head[2], 16) // page, (head[3], head[4])
                for number, entry in enumerate(entries):
                    # Bit 63: it is there; bit 61: it is a file's.
                    if entry >> 63 and entry >> 61 & 1 and file[1] != "0":
                        of_files.add((*file, offset + number))
                    elif entry >> 63:
                        own += 1
    return (own + len(of_files)) * page // 1_024


def mappings(process):
    """(the words of its line in maps, kilobytes of it that are there) of each mapping."""
    head = None
    for line in Path(f"/proc/{process}/smaps").read_text().splitlines():
        words = line.split()
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            head = words
        elif words[0] == "Rss:" and head[0] != "ffffffffff600000-ffffffffff601000":
            yield head, int(words[1])


def wakeups(processes):
    total = 0
    for process in processes:
        for task in Path(f"/proc/{process}/task").iterdir():
            total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text(), re.M)[1])
    return total


def processor_ticks(processes):
    fields = [Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split() for p in processes]
    return sum(int(f[11]) + int(f[12]) for f in fields)


def instructions(processes, seconds):
    """Instructions in user space and in the kernel while the time goes by, or nothing."""
    begin = time.monotonic()
    try:
        done = subprocess.run(
            ["perf", "stat", "-x", ";", "-e", "instructions", "-p", ",".join(map(str, processes)),
             "sleep", str(seconds)], capture_output=True, text=True)
        found = re.search(r"^(\d+);;instructions", done.stderr, re.M)
    except FileNotFoundError:
        found = None
    time.sleep(max(0.0, begin + seconds - time.monotonic()))
    return int(found[1]) if found else None


class Service:
    def __init__(self, swerve, folder):
        self.swerve, self.folder, self.processes = swerve, Path(folder), []
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("SWERVE_")}
        topics = ["raw_requests:4", "predictions:4", "predictions.dlq:4"]
        topics += [f"swerve.{name}:1" for name in ("control", "status", "ledger")]
        self.start("broker", *(word for topic in topics for word in ("--topic", topic)), log="broker.json")
        self.environment["SWERVE_BOOTSTRAP"] = self.wait(
            lambda: re.search(r'127[^"]*(?=")', (self.folder / "broker.json").read_text()))[0]
        for version in (1, 2):
            self.run("register", f"{ROOT}/models/http-anomaly-{version}.model", "--model", "http-anomaly",
                     "--featurizer", f"{ROOT}/models/featurizer.json")
        self.run("promote", "http-anomaly@1")
        value = yaml.safe_load((ROOT / "deploy/examples/small.yaml").read_text())
        # What differs here: where it lies, and the broker.
        value |= {"registry": "swerve.db", "state": "state", "http": "127.0.0.1:0", "development": True,
                  "assignment": "fixed", "start": "earliest"}
        value["kafka"]["bootstrap.servers"] = self.environment["SWERVE_BOOTSTRAP"]
        (self.folder / "swerve.yaml").write_text(yaml.safe_dump(value))
        self.supervisor = self.start("serve", log="serve.log")
        self.wait(lambda: "epoch 1 is served" in (self.folder / "serve.log").read_text())

    def start(self, *arguments, log):
        with open(self.folder / log, "wb") as output:
            process = subprocess.Popen(
                [self.swerve, *arguments], cwd=self.folder, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        self.processes.append(process)
        return process

    def wait(self, holds):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if found := holds():
                return found
            time.sleep(0.05)
        sys.exit(f"small: the service does not start: {(self.folder / 'serve.log').read_text()[-2000:]}")

    def run(self, *arguments):
        done = subprocess.run([self.swerve, *arguments], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"small: swerve {' '.join(arguments)}: {done.stderr}")

    def family(self):
        main = self.supervisor.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return [main, *map(int, children)]

    def committed(self):
        """Records on the output."""
        asked = [word for p in range(4) for word in ("-t", f"predictions:{p}:-1")]
        said = subprocess.run(["kcat", "-Q", "-b", self.environment["SWERVE_BOOTSTRAP"], *asked],
                              check=True, capture_output=True, text=True).stdout
        return sum(int(line.rsplit(" ", 1)[1]) for line in said.splitlines())

    def feed(self, seconds, records=None):
        generate = subprocess.Popen(
            [self.swerve, "generate", "--records", str(records or RATE * seconds), "--rate", str(RATE)],
            stdout=subprocess.PIPE, env=self.environment)
        kcat = subprocess.Popen(
            ["kcat", "-P", "-b", self.environment["SWERVE_BOOTSTRAP"], "-t", "raw_requests"],
            stdin=generate.stdout, stderr=subprocess.DEVNULL)
        self.processes += [generate, kcat]

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)


def main():
    swerve, seconds = str(Path(sys.argv[1]).resolve()), int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory(prefix="swerve-small-") as folder:
        service = Service(swerve, folder)
        try:
            return measure(service, seconds)
        finally:
            service.stop()


def measure(service, seconds):
    service.feed(seconds + 30)
    # Both versions in memory, as while a canary runs and behind a promotion.
    service.run("promote", "http-anomaly@2", "--wait")
    service.wait(lambda: service.committed() > 3 * RATE)
    processes = service.family()
    before = (service.committed(), wakeups(processes), processor_ticks(processes), time.monotonic())
    highest = 0
    counting = threading.Thread(target=lambda: counted.append(instructions(processes, seconds)))
    counted = []
    counting.start()
    while counting.is_alive():
        highest = max(highest, resident(processes))
        counting.join(1)
    counted = counted[0]
    span = time.monotonic() - before[3]
    records = service.committed() - before[0]
    woken = (wakeups(processes) - before[1]) / span
    busy = (processor_ticks(processes) - before[2]) / os.sysconf("SC_CLK_TCK") / span
    each = [status(process) for process in processes]
    print(f"small: {len(processes)} processes, {records / span:.0f} records a second for {span:.0f} s")
    alone = " and ".join(f"{s['VmRSS'] * 1.024e-3:.0f}" for s in each)
    print(f"small: {highest * 1.024e-3:.1f} MB resident at most (ps: {alone} MB, which share pages)")
    print(f"small: {woken:.0f} wakeups a second, {100 * busy:.1f} per cent of a processor of this machine")
    print("small: instructions are not counted here (perf is absent, or has no counters)" if counted is None
          else f"small: {counted / span / 1e6:.1f} million instructions a second, "
               f"{counted / max(records, 1) / 1e3:.1f} thousand a record")
    if records < 0.8 * RATE * span:
        print("small: the machine is too busy for the rate; the memory holds all the same")
    if highest > LIMIT_KB:
        print(f"small: more than 64 MB resident ({LIMIT_KB} KiB)")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main() if len(sys.argv) > 1 else __doc__)
